import assert from 'node:assert/strict';
import type { Choice, Part, TextFormat } from '../../../lib/core/parts';
import { cleanIncoming } from '../../../lib/bitrix24/text/incoming';
import { matchChoice } from '../../../lib/core/choices/match-choice';
import { bbToPlain } from '../../../lib/bitrix24/text/plain';
import { renderParts } from '../../../lib/bitrix24/text/render-parts';
import { splitText } from '../../../lib/bitrix24/text/split';
import { pick, seededRandom } from '../../unit/core/random';
import { hostileText } from '../../unit/bitrix24/text/hostile-text';
import { assertHarmless } from '../../unit/bitrix24/text/portal-reading';

function anyChoice(random: () => number): Choice {
  const choice = { id: hostileText(random, 2), label: hostileText(random, 4) };
  return random() < 0.5 ? choice : { ...choice, value: hostileText(random, 2) };
}

function anyPart(random: () => number): Part {
  const kind = random();
  if (kind < 0.7) {
    return {
      type: 'text',
      text: hostileText(random, 12),
      format: pick<TextFormat>(random, ['markdown', 'bbcode', 'plain']),
    };
  }
  if (kind < 0.8) return { type: 'wait', ms: Math.floor(random() * 3) };
  if (kind < 0.85) return { type: 'file', name: hostileText(random, 3) };
  return {
    type: 'choices',
    items: Array.from({ length: Math.floor(random() * 5) }, () => anyChoice(random)),
    multiple: random() < 0.3,
    prompt: hostileText(random, 4),
  };
}

describe('whatever a bot or a person writes', () => {
  it('is rendered without a failure, 100 000 times', () => {
    const random = seededRandom(2026);
    let messages = 0;
    for (let count = 0; count < 60_000; count += 1) {
      const limit = 20 + Math.floor(random() * 500);
      const pieces = renderParts([anyPart(random), anyPart(random)], {
        channel: pick(random, ['bitrix', 'open-channel']),
        choices: pick(random, ['auto', 'keyboard', 'list', 'both']),
        botId: 1,
        limit,
      });
      for (const piece of pieces) {
        if (piece.kind !== 'message') continue;
        messages += 1;
        assert.ok(piece.text.trim() !== '' && piece.text.length <= limit, JSON.stringify(piece));
        assertHarmless(piece.text);
        for (const button of piece.keyboard?.BUTTONS ?? []) {
          if ('ACTION_VALUE' in button) assertHarmless(button.ACTION_VALUE);
        }
      }
    }
    for (let count = 0; count < 40_000; count += 1) {
      const text = hostileText(random, 12);
      cleanIncoming(text);
      bbToPlain(text);
      splitText(text, 2 + Math.floor(random() * 40));
      const items = [anyChoice(random), anyChoice(random), anyChoice(random)];
      const found = matchChoice(items, text, { multiple: random() < 0.5 });
      assert.ok(found === undefined || found.every((choice) => items.includes(choice)));
    }
    assert.ok(messages > 60_000);
  });
});
