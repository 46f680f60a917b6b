import assert from 'node:assert/strict';
import { at } from '../../../lib/core/fields';
import type { Part } from '../../../lib/core/parts';
import type { TurnOptions, TypebotTurn } from '../../../lib/typebot/request';
import type { Said } from '../../../lib/typebot/inputs/said';
import { startTypebot, type ScenarioName, type Typebot } from '../../../sandbox/typebot';
import { brief, failureOf, hastyClock, said, sessionOf, typebotBench } from './support';

/** What the other files here do not play of the stand-in's scenarios. */
describe('a conversation with the Typebot of the sandbox, in the rest of its scenarios', () => {
  const bench = typebotBench();
  let typebot: Typebot;
  beforeEach(async () => {
    typebot = await startTypebot();
  });
  afterEach(() => typebot.stop());

  const clientOf = (bot: string) => bench.client(typebot, { startUrl: typebot.publicUrl(bot) }, hastyClock);
  const file = (name: string, path = name): Said =>
    said('', { files: [{ name, url: () => Promise.resolve(`https://files.example/${path}`) }] });

  async function talk(
    scenario: ScenarioName,
    answers: readonly (string | Said)[],
    options: TurnOptions = {},
  ): Promise<TypebotTurn[]> {
    const client = clientOf(typebot.play(scenario).name);
    const turns = [await client.start(options)];
    for (const answer of answers) {
      const session = sessionOf(turns.at(-1) ?? assert.fail('no turn'));
      turns.push(await client.answer(session, typeof answer === 'string' ? said(answer) : answer, options));
    }
    return turns;
  }

  /** Texts as they are, files and links by their addresses, without the origin of the server. */
  const shown = (parts: readonly Part[]): string[] =>
    parts.map((part, place) => {
      const words = part.type === 'file' ? `[${part.name}] ${part.url ?? ''}` : (brief(parts)[place] ?? '');
      return words.replaceAll(typebot.origin, '');
    });

  for (const [scenario, answer, stored] of [
    ['picture-choice', 'BLUE', 'Blue'],
    ['picture-choice', '1', 'red'],
    ['picture-choices', 'blue and red', 'red, Blue'],
    ['rating-as-usual', '0', '0'],
    ['rating-as-usual', '10 из 10', '10'],
    ['number-from-zero', '0,5', '0.5'],
    ['email', 'моя почта Ann@Example.com', 'ann@example.com'],
    ['url', 'our site is https://example.com/a.', 'https://example.com/a'],
    ['phone', '8 912 345-67-89', '+79123456789'],
    ['phone-at-home', '8 (495) 123-45-67', '+74951234567'],
    ['date-and-time', '31.12.2030 в 9 вечера', '31/12/2030 21:00'],
    ['date-range', 'с 1 по 5 марта 2031', '01/03/2031 to 05/03/2031'],
    ['date-within', '30 декабря 2026', '30/12/2026'],
    ['date-month-first', '31 декабря 2030', '12/31/2030'],
    ['time', '9 вечера', '21:00'],
    [
      'files',
      'https://a.example/1.pdf, https://a.example/2.pdf',
      'https://a.example/1.pdf, https://a.example/2.pdf',
    ],
    ['file-limited', file('scan.pdf', 't0ken?sign=1'), 'https://files.example/t0ken?sign=1#.pdf'],
  ] as const) {
    const words = typeof answer === 'string' ? answer : 'a file';
    it(`brings "${words}" to the bot in "${scenario}"`, async () => {
      const turns = await talk(scenario, [answer]);
      assert.deepEqual(brief(turns[1]?.parts ?? []), [`Stored: ${stored}`, 'Anything else?']);
    });
  }

  for (const [scenario, answer, words] of [
    ['rating-as-usual', '-5', /^This number cannot be taken here\. A number from 0 to 10\.$/],
    ['number-from-zero', '-5', /^This number cannot be taken here\. A number, 0 or more\.$/],
    ['email', 'none', /^This email doesn't seem to be valid/],
    ['url', 'example', /^That is no address\.$/],
    ['date-within', '31.12.2025', /^Invalid message/],
    ['file-limited', file('archive.zip'), /^Invalid message/],
  ] as const) {
    it(`hears what is wrong with an answer in "${scenario}"`, async () => {
      const [first, second] = await talk(scenario, [answer]);
      assert.ok(first && second);
      assert.match(brief(second.parts)[0] ?? '', words);
      assert.deepEqual(sessionOf(second).input, sessionOf(first).input);
      assert.equal(typebot.results[0]?.answers.length, 0);
    });
  }

  it('shows pictures with their titles, and calls one without a title by its number', async () => {
    const [first, second] = await talk('picture-choice', ['option 3']);
    assert.deepEqual(shown(first?.parts ?? []), [
      'Which colour?',
      '[picture.png] /samples/picture.png',
      'Red\nLike a rose',
      '[second.png] /samples/second.png',
      'Blue',
      '[choices Red|Blue|Option 3]',
    ]);
    assert.equal(shown(second?.parts ?? [])[0], 'Stored: /samples/drawing.svg');
  });

  it('shows every bubble of "every-bubble", in order', async () => {
    const [turn] = await talk('every-bubble', []);
    assert.deepEqual(shown(turn?.parts ?? []), [
      'A text',
      '[picture.png] /samples/picture.png',
      '[url=https://example.com/more]More[/url]',
      '/samples/drawing.svg',
      '[film.mp4] /samples/film.mp4',
      'https://youtu.be/abc-DEF_123',
      'https://vimeo.com/76979871',
      'https://www.tiktok.com/@someone/video/7012345678901234567',
      'https://gumlet.tv/watch/64bfb0913ed6e5096d66dc1e',
      '[sound.wav] /samples/sound.wav',
      'https://example.com/map',
      '[prices.pdf] /samples/prices.pdf',
      'Anything else?',
    ]);
    assert.deepEqual(turn?.logs, [
      { status: 'warning', description: 'a bubble (image) is not shown: its address cannot be used' },
    ]);
  });

  it('has the marks, links and lists of "rich-text" as BB code', async () => {
    const variables = { FIRST_NAME: 'Ann [b]Lee', LINK: 'https://shop.example/?a=1' };
    const [turn] = await talk('rich-text', [], { variables });
    const [first, second] = brief(turn?.parts ?? []);
    assert.equal(
      first,
      [
        'Hi [b]Ann [\u200Bb]Lee[/b], [b][i]welcome[/i][/b]',
        '',
        '[s]was 5[/s] now [u]4[/u]',
        '• One',
        '  1. Inner one',
        '  2. Inner two',
        '• Two',
        'See [url=https://shop.example/?a=1]our site[/url].',
        '[code]npm start[/code]',
      ].join('\n'),
    );
    assert.match(second ?? '', /\[b\]Prices\[\/b\]/);
    assert.match(second ?? '', /Whatever this is$/);
  });

  it('has no button for an item without a text in "item-without-content"', async () => {
    const [first, second] = await talk('item-without-content', ['4']);
    assert.deepEqual(brief(first?.parts ?? []).at(-1), '[choices Sales|Support|Something else]');
    assert.match(brief(second?.parts ?? [])[0] ?? '', /^Invalid message/);
  });

  it('is begun by the first message in "first-message-taken" and "first-message-before-choices"', async () => {
    const taken = clientOf(typebot.play('first-message-taken').name);
    assert.deepEqual(brief((await taken.start({ said: said('My order') })).parts), [
      'You wrote: My order',
      'Anything else?',
    ]);
    const choices = clientOf(typebot.play('first-message-before-choices').name);
    assert.deepEqual(brief((await choices.start({ said: said('sales') })).parts), [
      'Sales it is.',
      'Anything else?',
    ]);
  });

  it('goes on with what the bot knows of a person in "remembered-user", and only there', async () => {
    const client = clientOf(typebot.play('remembered-user').name);
    const { resultId = '' } = await client.answer(sessionOf(await client.start()), said('Ann'));
    const again = await client.start({ resultId });
    assert.deepEqual([brief(again.parts)[0], again.resultId], ['Welcome, Ann.', resultId]);
    const other = clientOf('greeting');
    const first = await other.start();
    const second = await other.start({ resultId: first.resultId ?? '' });
    assert.notEqual(second.resultId, first.resultId);
  });

  it('gets through where an origin is guarded, as in "origin-refused": it names none', async () => {
    const client = clientOf(typebot.play('origin-refused').name);
    await client.answer(sessionOf(await client.start()), said('tea'));
    assert.deepEqual(
      typebot.requests.map(({ status, headers }) => [status, headers.origin]),
      [
        [200, undefined],
        [200, undefined],
      ],
    );
  });

  it('is closed in "closed-old-shape" as well', async () => {
    assert.equal((await failureOf(talk('closed-old-shape', []))).code, 'TYPEBOT_CLOSED');
  });

  it('says it as a bare text where a form is refused, as in "input-refused", and gives up after that', async () => {
    const client = clientOf('greeting');
    const session = sessionOf(await client.start());
    typebot.script('greeting', 'input-refused');
    const turn = await client.answer(session, said('A chair'));
    assert.equal(brief(turn.parts)[0], 'You wrote: A chair');
    const messages = typebot.requestsOf('continue').map(({ body }) => at(body, 'message'));
    assert.deepEqual(messages, [{ type: 'text', text: 'A chair' }, 'A chair']);
    typebot.script('greeting', 'input-refused', 'input-refused');
    const error = await failureOf(clientOf('greeting').start({ said: said('Hi') }));
    assert.deepEqual([error.code, typebot.requestsOf('start').length], ['TYPEBOT_REFUSED', 3]);
  });

  it('is brought to the event of a command, and back to its question, in "command"', async () => {
    const client = clientOf(typebot.play('command').name);
    const session = sessionOf(await client.start());
    const helped = await client.command(session, { name: 'help' });
    assert.deepEqual(brief(helped.parts), ['Just write your name.']);
    assert.deepEqual(sessionOf(helped).input, session.input);
  });

  for (const [scenario, name] of [
    ['command-unknown', 'help'],
    ['command-without-way', 'loose'],
  ] as const) {
    it(`says a command as a text in "${scenario}", after it was refused`, async () => {
      const bot = typebot.play(scenario).name;
      const client = clientOf(bot);
      const session = sessionOf(await client.start());
      const turn = await client.command(session, { name, params: 'me' });
      assert.ok(brief(turn.parts)[0]?.includes(`/${name} me`));
      const statuses = typebot.requestsOf('continue', bot).map(({ status }) => status);
      assert.deepEqual(statuses, [400, 200]);
    });
  }

  it('says a command as a text where commands are no form at all, as in "command-refused-as-form"', async () => {
    const client = clientOf('greeting');
    const session = sessionOf(await client.start());
    typebot.script('greeting', 'command-refused-as-form');
    const turn = await client.command(session, { name: 'help', params: 'me' });
    assert.equal(brief(turn.parts)[0], 'You wrote: /help me');
  });

  it('waits for an answer that takes half a minute, as in "slow"', async () => {
    const late = await startTypebot({ clock: bench.clock });
    try {
      late.script('greeting', 'slow');
      const client = bench.client(late, { startUrl: late.publicUrl('greeting') });
      const starting = client.start();
      await late.untilRequest(({ endpoint }) => endpoint === 'start');
      await bench.clock.advance(30_000);
      assert.equal((await starting).ended, false);
    } finally {
      await late.stop();
    }
  });
});
