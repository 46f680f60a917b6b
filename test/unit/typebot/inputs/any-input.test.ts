import assert from 'node:assert/strict';
import { choiceLabels } from '../../../../lib/core/choices/labels';
import { askAgainText } from '../../../../lib/typebot/inputs/ask-again';
import { readInput, readStoredInput, inputContext } from '../../../../lib/typebot/inputs/input';
import { inputParts } from '../../../../lib/typebot/inputs/input-parts';
import { replyTo, typedChoice, type Said } from '../../../../lib/typebot/inputs/reply';
import { hostileText } from '../../bitrix24/text/hostile-text';
import { pick, randomText, seededRandom } from '../../core/random';
import { file } from './questions';

type Random = () => number;

const types = [
  ...([
    'text input',
    'number input',
    'email input',
    'url input',
    'phone number input',
    'date input',
  ] as const),
  ...([
    'time input',
    'rating input',
    'choice input',
    'picture choice input',
    'cards',
    'payment input',
  ] as const),
  ...(['file input', 'signature input', ''] as const),
] as const;
const [firstType, ...otherTypes] = types;
const optionNames =
  'min max step startsAt length format hasTime isRange isRequired isMultipleChoice isMultipleAllowed defaultCountryCode buttonType'.split(
    ' ',
  );
const likelyTexts =
  '31.12.2026 - 5 января|1-2-3|10 000,5|8 912 345 67 89|a@b.ru|https://a.example/b?c|14.30|5 из 5|skip|1, 2 и 3|завтра в 9|-Infinity|++1'.split(
    '|',
  );

function anyValue(random: Random): unknown {
  return pick<() => unknown>(random, [
    () => hostileText(random, 4),
    () => Math.round(random() * 40) - 10,
    () => random() < 0.5,
    () => null,
    () => undefined,
    () => 'RU',
    () => 'dd/MM/yyyy',
    () => `https://x.example/${hostileText(random, 2)}`,
    () => ({ isEnabled: true, types: ['.pdf', 'image/*', hostileText(random, 1)] }),
    () => [hostileText(random, 2)],
  ])();
}

function anyItem(random: Random): unknown {
  if (random() < 0.1) return anyValue(random);
  const names = ['content', 'title', 'description', 'pictureSrc', 'imageUrl', 'value'];
  const paths = Array.from({ length: Math.floor(random() * 3) }, () => ({
    id: anyValue(random),
    text: anyValue(random),
  }));
  return {
    id: random() < 0.9 ? randomText(random, 'choice012', 1, 7) : anyValue(random),
    ...Object.fromEntries(names.map((name) => [name, anyValue(random)])),
    ...(random() < 0.7 && { paths }),
  };
}

function anyInput(random: Random): unknown {
  const options = Object.fromEntries(
    optionNames.map((name) => [name, random() < 0.4 ? anyValue(random) : undefined]),
  );
  const labels = Object.fromEntries(
    ['placeholder', 'left', 'right', 'skip', 'separator'].map((name) => [name, anyValue(random)]),
  );
  return {
    id: random() < 0.8 ? 'q1' : anyValue(random),
    type: pick(random, [firstType, ...otherTypes]),
    items:
      random() < 0.9
        ? Array.from({ length: Math.floor(random() * 8) }, () => anyItem(random))
        : anyValue(random),
    options: {
      ...options,
      labels,
      allowedFileTypes: anyValue(random),
      attachments: anyValue(random),
      audioClip: anyValue(random),
    },
    runtimeOptions: anyValue(random),
  };
}

function anySaid(random: Random): Said {
  const text =
    random() < 0.5 ? hostileText(random, 8) : (likelyTexts[Math.floor(random() * likelyTexts.length)] ?? '');
  const context = pick(random, [inputContext('q1'), inputContext('q0'), hostileText(random, 2)]);
  return {
    text: random() < 0.1 ? '' : text,
    files: Array.from({ length: Math.floor(random() * 1.5) }, () => file(hostileText(random, 2))),
    ...(random() < 0.4 && {
      choice: { ids: ['choice0', hostileText(random, 1)].slice(0, Math.floor(random() * 3)), context },
    }),
  };
}

describe('any question and any answer', () => {
  it('come to parts and to a plan', async () => {
    const random = seededRandom(6);
    for (let count = 0; count < 2_000; count += 1) {
      const raw = anyInput(random);
      const input = readInput(raw);
      assert.deepEqual(readStoredInput(JSON.parse(JSON.stringify(input ?? null))), input);
      for (const language of ['en', 'ru']) {
        for (const part of input ? inputParts(input, language) : []) {
          if (part.type === 'text') assert.notEqual(part.text.trim(), '', JSON.stringify(raw));
          if (part.type === 'choices')
            assert.ok(part.items.length > 0 && part.items.every(({ label }) => label !== ''));
        }
      }
      const plan = await replyTo(input, anySaid(random));
      if (input?.type === 'payment input') assert.notEqual(plan.kind, 'send');
      if (plan.kind === 'send' && plan.message === null) assert.equal(input?.isRequired, false);
      if (plan.kind === 'ask-again') assert.notEqual(askAgainText(plan.why, input, 'ru'), '');
    }
  });

  it('answer every choice that is shown, and a label that is typed with the same or not at all', async () => {
    const random = seededRandom(60);
    let shown = 0;
    let matched = 0;
    for (let count = 0; count < 1_000; count += 1) {
      const input = readInput(anyInput(random));
      if (input === undefined || input.id === '') continue;
      for (const part of inputParts(input, 'ru')) {
        if (part.type !== 'choices') continue;
        assert.equal(part.context, inputContext(input.id));
        const labels = choiceLabels(part.items);
        for (const [index, { id, label }] of part.items.entries()) {
          shown += 1;
          const plan = await replyTo(input, {
            text: label,
            files: [],
            choice: { ids: [id], context: inputContext(input.id) },
          });
          assert.ok(plan.kind === 'send', JSON.stringify([input, id]));
          const typed = typedChoice(input, labels[index] ?? '');
          if (typed === undefined) continue;
          assert.deepEqual(typed, plan.message, JSON.stringify([input, id]));
          matched += 1;
        }
      }
    }
    assert.ok(shown > 500 && matched > 500);
  });

  it('come to a plan however long the answer is', async () => {
    const long = [
      '1 '.repeat(20_000),
      '1-'.repeat(20_000),
      'a'.repeat(40_000),
      'a.'.repeat(20_000),
      '('.repeat(40_000),
      '⭐'.repeat(20_000),
    ];
    for (const type of types.filter((one) => one !== '')) {
      const input = readInput({
        id: 'q1',
        type,
        items: [{ id: 'a', content: 'A', title: 'A' }],
        options: { isRange: true },
      });
      for (const text of long) assert.ok(await replyTo(input, { text, files: [] }));
    }
  });
});
