import assert from 'node:assert/strict';
import { renderParts } from '../../../../lib/bitrix24/text/render-parts';
import { sanitiseBb } from '../../../../lib/bitrix24/text/sanitise';
import { cleanCharacters } from '../../../../lib/core/characters';
import type { Part } from '../../../../lib/core/parts';
import { richTextToBb, textParts } from '../../../../lib/typebot/rich-text/rich-text';
import { assertHarmless } from '../../bitrix24/text/portal-reading';
import { seededRandom } from '../../core/random';
import { randomTree } from './random-tree';
import { textBetweenTags } from './tag-checker';

const seed = Number(process.env['RICH_TEXT_SEED'] ?? 4711);

/** Without blanks and what breaks a tag, which are no words, and the sign of a quote, which each of its lines gets. */
function bare(text: string): string {
  return cleanCharacters(text).replace(/[\s\u200B>]/g, '');
}

function assertInOrder(bb: string, texts: readonly string[]): void {
  const shown = bare(textBetweenTags(bb));
  let from = 0;
  for (const text of texts.map(bare)) {
    const found = shown.indexOf(text, from);
    assert.ok(found >= 0, `${JSON.stringify(text)} is missing or out of order in ${JSON.stringify(bb)}`);
    from = found + text.length;
  }
}

function messages(parts: readonly Part[]): string[] {
  return renderParts(parts, { channel: 'bitrix', botId: 567 }).map((piece) =>
    piece.kind === 'message' ? piece.text : assert.fail(piece.kind),
  );
}

describe('Any rich text', () => {
  it('is said whole, in order, with every tag closed', () => {
    for (let count = 0; count < 10_000; count += 1) {
      const own = seed + count;
      const { richText, texts } = randomTree(seededRandom(own));
      try {
        const bb = richTextToBb(richText);
        assertInOrder(bb, texts);
        // The portal's own rendering has nothing to mend but what acts when all tags are dropped.
        assert.equal(sanitiseBb(bb).replaceAll('\u200B', ''), bb.replaceAll('\u200B', ''));
        const final = messages(textParts({ type: 'richText', richText }));
        final.forEach(assertHarmless);
        assertInOrder(final.join('\n'), texts);
        for (const message of messages(textParts({ richText }, { markdownInText: true })))
          assertHarmless(message);
      } catch (error) {
        throw new Error(`RICH_TEXT_SEED=${own}: ${JSON.stringify(richText)}`, { cause: error });
      }
    }
  });

  it('comes through however deep it is', () => {
    const types = [
      'p',
      'ul',
      'li',
      'blockquote',
      'a',
      'variable',
      'inline-variable',
      'h1',
      'code_block',
      'tr',
    ];
    for (const type of [...types, 'img', 'anything']) {
      let node: unknown = { text: 'deep', bold: true };
      for (let level = 0; level < 10_000; level += 1) {
        const label = type === 'img' ? { caption: [node] } : {};
        node = { type, url: 'https://example.com', children: [{ text: '' }, node], ...label };
      }
      const bb = richTextToBb([node]);
      assert.match(textBetweenTags(bb), /deep/, type);
      assert.ok(bb.length < 1_000, type);
      assert.equal(textParts({ richText: [node] }, { markdownInText: true }).length, 1, type);
    }
  });

  it('nests ten thousand lists in no more room than they need', () => {
    let list: unknown = { type: 'p', children: [{ text: 'end' }] };
    for (let level = 0; level < 10_000; level += 1) {
      const lic = { type: 'lic', children: [{ text: `${level}` }] };
      list = { type: level % 2 === 0 ? 'ul' : 'ol', children: [{ type: 'li', children: [lic, list] }] };
    }
    const bb = richTextToBb([list]);
    assert.equal(bb.split('\n').length, 10_001);
    assert.ok(bb.length < 400_000);
  });

  it('comes through however much it is', () => {
    const leaves = Array.from({ length: 40_000 }, (_unused, index) => ({
      text: `${index} `,
      bold: index % 2 === 0,
    }));
    const allMarks = { bold: true, italic: true, underline: true, strikethrough: true };
    const wide: unknown[][] = [
      [{ type: 'p', children: leaves }],
      leaves.map((leaf) => ({ type: 'p', children: [leaf] })),
      [{ type: 'p', children: [{ text: 'word '.repeat(200_000), ...allMarks }] }],
      [{ type: 'p', children: [{ text: 'a\n'.repeat(350_000), ...allMarks }] }],
      [{ type: 'p', children: [{ text: '[b]['.repeat(250_000) }] }],
      ...['-', '_a ', '](', '<b ', '`a\n'].map((sign) => [
        { type: 'p', children: [{ text: sign.repeat(200_000) }] },
      ]),
      [{ type: 'code_block', children: [{ text: '[/code]\n'.repeat(125_000) }] }],
      [{ type: 'a', url: `https://example.com/${'x'.repeat(2_000)}`, children: leaves }],
      [{ type: 'ul', children: leaves.map((leaf) => ({ type: 'li', children: [leaf] })) }],
      Array.from({ length: 300_000 }, () => ({})),
    ];
    for (const richText of wide) {
      const written = JSON.stringify(richText).length;
      for (const markdownInText of [false, true]) {
        const parts = textParts({ richText }, { markdownInText });
        for (const part of parts) {
          assert.ok(part.type === 'text' && part.text.length <= 2 * written);
          if (part.format === 'bbcode') textBetweenTags(part.text);
        }
        for (const message of messages(parts)) assert.ok(message.length <= 20_000);
      }
    }
  });

  it('ends where it goes round in a circle', () => {
    const paragraph = { type: 'p', children: [{ text: 'x' }] as unknown[] };
    paragraph.children.push(paragraph);
    const bb = richTextToBb([paragraph]);
    assert.match(bb, /^x+\n…$/);
  });
});
