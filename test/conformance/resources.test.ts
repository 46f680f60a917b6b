import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, languages, registeredNodes, root } from '../../scripts/pack.cjs';
import { readCatalogue } from '../support/node-files';

const folder = join(root, 'resources');
const files = filesBelow(folder).filter((file) => /^[\w-]+\.js$/.test(file));
/** Its words are the editor's, or those that its callers bring. */
const wordless: ReadonlySet<string> = new Set([
  ...['dialog-access.js', 'every-dialog.js', 'flow-variables.js', 'node-labels.js', 'portal-lists.js'],
  'warnings.js',
]);
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');

describe('what the dialogs share', () => {
  it('is there', () => {
    assert.ok(files.length > 0);
  });

  for (const file of files) {
    it(`${file} writes nothing from outside as HTML`, () => {
      assert.doesNotMatch(textOf(file), /innerHTML|outerHTML|insertAdjacentHTML|\.html\(|parseHTML/);
      // Only literal tags are built: a variable after the tag's beginning could be anything.
      assert.doesNotMatch(textOf(file), /\$\((['"])<[^)]*\1\s*\+/);
    });

    it(`${file} has its texts in both languages`, () => {
      const keys = [...textOf(file).matchAll(/_\(\s*'((?:bitlane|bitrix-[a-z-]+)\.[A-Za-z.]+)'\s*[,)]/g)].map(
        ([, key = '']) => key,
      );
      assert.equal(keys.length > 0, !wordless.has(file));
      for (const language of languages) {
        const texts = new Set(registeredNodes().flatMap((node) => [...readCatalogue(node, language).keys()]));
        assert.deepEqual(
          keys.filter((key) => !texts.has(key)),
          [],
        );
      }
    });
  }
});
