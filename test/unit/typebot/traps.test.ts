import assert from 'node:assert/strict';
import { inputContext, readInput, type TypebotInput } from '../../../lib/typebot/inputs/input';
import { inputParts } from '../../../lib/typebot/inputs/input-parts';
import { replyTo, type ReplyPlan, type Said } from '../../../lib/typebot/inputs/reply';
import { prefilledVariables } from '../../../lib/typebot/variables';
import type { InputBlock, ItemInit } from '../../../sandbox/typebot/blocks';
import * as blocks from '../../../sandbox/typebot/input-blocks';
import { createBot, type PlacedInput } from '../../../sandbox/typebot/bot';
import { readMessage } from '../../../sandbox/typebot/messages';
import { checkReply } from '../../../sandbox/typebot/reply-check';
import { shownInput } from '../../../sandbox/typebot/shown-input';
import type { Verdict } from '../../../sandbox/typebot/verdict';
import { pick, seededRandom } from '../core/random';

/** A Friday. */
const now = Date.UTC(2026, 5, 12, 9, 30);
const lookup = () => undefined;

interface Question {
  input: TypebotInput;
  /** What the server makes of an answer; nothing when it was not sent. */
  taken(said: Partial<Said>, knowsReplyIds?: boolean): Promise<Verdict | undefined>;
}

/** The question as the stand-in shows it, and the answer as the stand-in takes it. */
function ask(init: InputBlock): Question {
  const groups = Object.fromEntries(init.items.flatMap(({ to }) => (to === undefined ? [] : [[to, []]])));
  const bot = createBot({ name: 'trap', groups: { start: [init], ...groups } }, now);
  const [block] = bot.inputs();
  assert.ok(block);
  const input = readInput(shownInput(bot, block, lookup));
  assert.ok(input);
  return {
    input,
    async taken(said, knowsReplyIds = true) {
      const plan = await replyTo(input, { text: '', files: [], ...said });
      return plan.kind === 'send' ? verdictOn(block, plan, knowsReplyIds) : undefined;
    },
  };
}

function verdictOn(
  block: PlacedInput,
  { message }: Extract<ReplyPlan, { kind: 'send' }>,
  knowsReplyIds: boolean,
): Verdict {
  const read = message === null ? undefined : readMessage(message);
  assert.ok(message === null || (read && read.type !== 'command'), 'the server knows this form');
  return checkReply(read?.type === 'command' ? undefined : read, block, { lookup, now, knowsReplyIds });
}

const contentOf = (verdict: Verdict | undefined): string | undefined =>
  verdict?.status === 'success' ? verdict.content : verdict?.status;

describe('what the server makes of an answer', () => {
  // Traps 5 and 6: ids that are numbers, values that are labels of others, labels that differ by case alone.
  it('is the choice that was clicked, and never another one', async () => {
    const random = seededRandom(5);
    const names = ['1', '2', '0', 'choice0', 'choice1', 'Yes', 'yes', 'Yes ', 'No', 'Not now', 'Да'] as const;
    const allIds = ['choice0', 'choice1', 'choice2', '0', '1', 'yes', 'cm1'] as const;
    const optional = [undefined, undefined, ...names] as const;
    let clicked = 0;
    for (let count = 0; count < 3_000; count += 1) {
      const ids = [
        ...new Set(Array.from({ length: 2 + Math.floor(random() * 4) }, () => pick(random, allIds))),
      ];
      const items = ids.map((id, place): ItemInit => {
        const value = pick(random, optional);
        return {
          id,
          content: pick(random, names),
          to: `way-${place}`,
          ...(value !== undefined && { value }),
        };
      });
      const { input, taken } = ask(blocks.choice(items));
      for (const [place, { id }] of items.entries()) {
        const choice = { ids: [id ?? ''], context: inputContext(input.id) };
        for (const knowsReplyIds of [true, false]) {
          const verdict = await taken({ text: 'the label', choice }, knowsReplyIds);
          const message = JSON.stringify([items, id, knowsReplyIds]);
          // A server that knows no ids of answers may find none of them clear, and asks again.
          if (verdict?.status !== 'success') assert.equal(knowsReplyIds, false, message);
          else assert.equal(verdict.to, `way-${place}`, message);
          clicked += 1;
        }
      }
    }
    assert.ok(clicked > 10_000);
  });

  it('is all that was chosen of several, and nothing besides', async () => {
    const random = seededRandom(55);
    const names = ['1', '2', 'Tea', 'tea', 'Tea with milk', 'Milk', 'Green tea', 'C', 'C++', 'Чай'] as const;
    for (let count = 0; count < 2_000; count += 1) {
      const labels = [...new Set(Array.from({ length: 4 }, () => pick(random, names)))];
      const items = labels.map((content, place): ItemInit => ({ id: `choice${place}`, content }));
      const { input, taken } = ask(blocks.choice(items, { isMultipleChoice: true }));
      const chosen = items.filter(() => random() < 0.5);
      if (chosen.length === 0) continue;
      const choice = { ids: chosen.map(({ id = '' }) => id), context: inputContext(input.id) };
      const wanted = chosen.map(({ content }) => content).join(', ');
      assert.equal(contentOf(await taken({ choice })), wanted, JSON.stringify([labels, wanted]));
    }
  });

  // Trap 14: the server knows the order of its format, and English.
  describe('to a question for a date', () => {
    const ru = 'января февраля марта апреля мая июня июля августа сентября октября ноября декабря'.split(' ');
    const en = 'January February March April May June July August September October November December'.split(
      ' ',
    );
    const two = (number: number): string => String(number).padStart(2, '0');
    const days = Array.from({ length: 366 }, (_unused, index) => new Date(Date.UTC(2028, 0, index + 1)));
    const writings: readonly ((day: number, month: number) => string)[] = [
      (day, month) => `${two(day)}.${two(month)}.2028`,
      (day, month) => `${day}.${month}.28`,
      (day, month) => `2028-${two(month)}-${two(day)}`,
      (day, month) => `${day} ${ru[month - 1]} 2028 года`,
      (day, month) => `${day} ${ru[month - 1]?.slice(0, 3)}. 2028`,
      (day, month) => `${en[month - 1]} ${day}, 2028`,
      (day, month) => `${day} ${en[month - 1]?.slice(0, 3)} 2028`,
    ];
    const formats = [undefined, 'dd.MM.yyyy', 'MM/dd/yyyy', 'yyyy-MM-dd'];
    const inFormat = (format = 'dd/MM/yyyy', date: Date): string =>
      format
        .replace('dd', two(date.getUTCDate()))
        .replace('MM', two(date.getUTCMonth() + 1))
        .replace('yyyy', '2028');

    for (const format of formats) {
      it(`is the day that was meant, with the format ${format ?? 'of the server'}`, async () => {
        const options = format === undefined ? {} : { format };
        const one = ask(blocks.dateInput(options));
        const timed = ask(
          blocks.dateInput({ ...options, hasTime: true, format: `${format ?? 'dd/MM/yyyy'} HH:mm` }),
        );
        for (const date of days) {
          const [day, month] = [date.getUTCDate(), date.getUTCMonth() + 1];
          const stored = inFormat(format, date);
          for (const write of writings) {
            const text = write(day, month);
            assert.equal(contentOf(await one.taken({ text })), stored, text);
            const evening = `${text}, 9 вечера`;
            assert.equal(contentOf(await timed.taken({ text: evening })), `${stored} 21:00`, evening);
          }
        }
      });

      it(`is both ends of a range, with the format ${format ?? 'of the server'}`, async () => {
        const options = { isRange: true, ...(format !== undefined && { format }) };
        const { taken } = ask(blocks.dateInput(options));
        for (const [place, from] of days.entries()) {
          const to = days[Math.min(place + 40, days.length - 1)] ?? from;
          const stored = `${inFormat(format, from)} to ${inFormat(format, to)}`;
          const [start, end] = [from, to].map((date) => [date.getUTCDate(), date.getUTCMonth() + 1] as const);
          assert.ok(start && end);
          for (const write of writings.slice(0, 4)) {
            for (const text of [
              `с ${write(...start)} по ${write(...end)}`,
              `${write(...start)} – ${write(...end)}`,
            ]) {
              assert.equal(contentOf(await taken({ text })), stored, text);
            }
          }
        }
      });
    }
  });

  // Trap 15: every address has to end with an extension that is allowed.
  it('is a file, although its address has a query or no extension at all', async () => {
    for (const [types, name] of [
      [['image/*', '.pdf'], 'scan.PDF'],
      [['image/*'], 'photo.jpg'],
      [['image/jpeg'], 'photo.jpg'],
      [['.jpg'], 'photo.jpeg'],
      [['application/pdf', 'audio/*'], 'voice.oga'],
    ] as const) {
      const { taken } = ask(
        blocks.fileInput({ isMultipleAllowed: true, allowedFileTypes: { isEnabled: true, types } }),
      );
      const addresses = ['/f/t0ken', '/f/t0ken?sign=1', `/f/t0ken/${name}?x=.zip`, `/f/t0ken/${name}#top`];
      const files = addresses.map((path) => ({ name, url: async () => `https://files.example${path}` }));
      assert.equal((await taken({ files }))?.status, 'success', `${name} for ${types.join()}`);
    }
  });

  // Trap 19: a limit of 0 is none to the server, and a rating has no lower end.
  it('is a number within its limits, 0 as well', async () => {
    for (const [min, max] of [
      [0, 10],
      [-10, 0],
      [1, 10],
      [-5, 5],
    ] as const) {
      const { taken } = ask(blocks.numberInput({ min, max }));
      for (let number = -12; number <= 12; number += 0.5) {
        for (const text of [String(number), String(number).replace('.', ','), `${number} шт.`]) {
          const isWithin = number >= min && number <= max;
          const verdict = await taken({ text });
          assert.equal(contentOf(verdict) === String(number), isWithin, `${text} from ${min} to ${max}`);
        }
      }
    }
    const rating = ask(blocks.ratingInput({ startsAt: 1, length: 5 }));
    for (let mark = -3; mark <= 8; mark += 1) {
      const verdict = await rating.taken({ text: String(mark) });
      assert.equal(verdict?.status === 'success', mark >= 1 && mark <= 5, String(mark));
    }
  });
});

const everyKind: readonly InputBlock[] = [
  blocks.textInput(),
  blocks.textInput({ attachmentsTo: 'FILES', audioTo: 'VOICE' }),
  blocks.numberInput({ min: 0 }),
  ...[blocks.emailInput(), blocks.urlInput(), blocks.phoneInput(), blocks.dateInput(), blocks.timeInput()],
  ...[blocks.ratingInput(), blocks.ratingInput({ startsAt: 0, length: 5 })],
  blocks.choice(['Yes', 'No']),
  blocks.choice(['Yes', 'No'], { isMultipleChoice: true }),
  blocks.pictureChoice([{ title: 'Red' }, { pictureSrc: 'https://a.example/b.png' }]),
  blocks.cards([{ title: 'Small', paths: [{ text: 'Take it' }] }]),
  ...[blocks.fileInput(), blocks.fileInput({ isRequired: false })],
  blocks.paymentInput(),
  blocks.unknownInput('signature input'),
];

describe('an answer of nothing', () => {
  // Trap 10: to the server it is a wrong answer, to a rating the mark 0, and to a payment the money.
  it('is never sent, whatever was asked', async () => {
    for (const init of everyKind) {
      const { input, taken } = ask(init);
      const context = inputContext(input.id);
      for (const text of ['', ' ', '\n\t', '\u00A0']) {
        assert.equal(await taken({ text }), undefined, init.type);
        assert.equal(await taken({ text, choice: { ids: [], context } }), undefined, init.type);
        assert.equal(await taken({ text, choice: { ids: ['gone'], context } }), undefined, init.type);
      }
    }
  });

  it('goes to a question for a file that one may leave, and only by its button or its word', async () => {
    const { input, taken } = ask(blocks.fileInput({ isRequired: false }));
    const [choices] = inputParts(input, 'ru').filter((part) => part.type === 'choices');
    const ids = choices?.items.map(({ id }) => id) ?? [];
    assert.deepEqual(await taken({ choice: { ids, context: inputContext(input.id) } }), { status: 'skip' });
    assert.deepEqual(await taken({ text: 'пропустить' }), { status: 'skip' });
    assert.equal(await taken({ text: 'потом' }), undefined);
  });
});

describe('variables for a bot', () => {
  // Trap 3: the bot knows them by their exact names, and says nothing of others.
  it('keep their names as they are', () => {
    const names = [
      'FIRST_NAME',
      'First_Name',
      'first name',
      'имя',
      ' padded ',
      '0',
      'constructor',
      '__proto__',
    ];
    const given = Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
    const prefilled = prefilledVariables(given);
    assert.deepEqual(Object.keys(prefilled).sort(), [...names].sort());
    for (const [name, value] of Object.entries(prefilled)) assert.equal(value, `value of ${name}`);
    assert.match(JSON.stringify(prefilled), /"__proto__":"value of __proto__"/);
  });
});
