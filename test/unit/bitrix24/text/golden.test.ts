import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownToBb } from '../../../../lib/bitrix24/text/markdown';
import { assertHarmless } from './portal-reading';

const folder = join(__dirname, 'golden');
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.md'))
  .map((file) => file.slice(0, -'.md'.length));

describe('Markdown as BB code, by example', () => {
  it('has examples', () => assert.ok(names.length >= 30));

  for (const name of names) {
    it(name, () => {
      const bb = markdownToBb(readFileSync(join(folder, `${name}.md`), 'utf8'));
      assertHarmless(bb);
      // The character that breaks a tag is not seen; in the examples it is.
      assert.equal(`${bb.replaceAll('\u200B', '∅')}\n`, readFileSync(join(folder, `${name}.bb`), 'utf8'));
    });
  }
});
