import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderParts } from '../../../../lib/bitrix24/text/render-parts';
import { textParts } from '../../../../lib/typebot/rich-text/rich-text';
import { assertHarmless } from '../../bitrix24/text/portal-reading';

const folder = join(__dirname, 'golden');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length));

/** As the portal gets it, from the content of a bubble. */
function shown(content: unknown, markdownInText: boolean): string {
  const pieces = renderParts(textParts(content, { markdownInText }), { channel: 'bitrix', botId: 567 });
  const texts = pieces.map((piece) => (piece.kind === 'message' ? piece.text : assert.fail(piece.kind)));
  assert.ok(texts.length <= 1);
  return texts.join('');
}

describe('Rich text of Typebot as BB code, by example', () => {
  it('has examples', () => assert.ok(names.length >= 40));

  for (const name of names) {
    it(name, () => {
      const content: unknown = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
      const bb = shown(content, name.startsWith('raw-markdown-'));
      assertHarmless(bb);
      // The character that breaks a tag is not seen; in the examples it is.
      assert.equal(`${bb.replaceAll('\u200B', '∅')}\n`, readFileSync(join(folder, `${name}.bb`), 'utf8'));
    });
  }
});
