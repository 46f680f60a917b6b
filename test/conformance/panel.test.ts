import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, keysAt } from '../../lib/core/fields';
import { problemCodes } from '../../nodes/runtime/overview/health';
import { filesBelow, languages, readJson, registeredPlugins, root } from '../../scripts/pack.cjs';
import { readSharedCatalogue } from '../support/node-files';

const folder = join(root, 'resources/panel');
const scripts = filesBelow(folder).map((file) => readFileSync(join(folder, file), 'utf8'));

describe('the panel', () => {
  const [plugin] = registeredPlugins();
  assert.ok(plugin);
  const page = readFileSync(join(plugin.folder, 'panel.html'), 'utf8');

  function textsIn(language: string): Map<string, string> {
    const catalogue = readJson(join(root, 'nodes/panel/locales', language, 'panel.json'));
    return new Map([...flatten(catalogue, ''), ...readSharedCatalogue(language)]);
  }

  it('is the only plugin, and its page loads every script of it', () => {
    assert.deepEqual(
      registeredPlugins().map(({ name }) => name),
      ['panel'],
    );
    const loaded = [...page.matchAll(/src="resources\/@bitlane\/node-red-bitrix24\/panel\/([^"]+)"/g)];
    assert.deepEqual(loaded.map(([, file]) => file).sort(), filesBelow(folder));
  });

  for (const language of languages) {
    it(`has every text it uses in ${language}`, () => {
      const texts = textsIn(language);
      const used = scripts.flatMap((script) => [
        ...script.matchAll(/(?<!hasPermission\()'((?:panel|bitlane)\.[\w.-]+)'/g),
      ]);
      assert.ok(used.length > 40);
      const missing = used
        .map(([, key = '']) => key)
        // One that ends in a dot goes on with a word of the server.
        .filter((key) =>
          key.endsWith('.') ? ![...texts.keys()].some((one) => one.startsWith(key)) : !texts.get(key),
        );
      assert.deepEqual(missing, []);
    });

    it(`has a text in ${language} for each problem that health knows`, () => {
      const texts = textsIn(language);
      assert.deepEqual(
        problemCodes.filter((code) => !texts.get(`panel.problem.${code}`)),
        [],
      );
    });

    it(`has no text in ${language} that nothing uses`, () => {
      const code = scripts.join('\n');
      const unused = [...textsIn(language).keys()].filter(
        (key) =>
          key.startsWith('panel.') &&
          !code.includes(`'${key}'`) &&
          !code.includes(`'${key.slice(0, key.lastIndexOf('.') + 1)}'`),
      );
      assert.deepEqual(unused, []);
    });
  }

  it('fills in the same values in both languages', () => {
    const [english, russian] = languages.map(textsIn);
    const values = (text = ''): string[] => [...text.matchAll(/__\w+?__/g)].map(([value]) => value).sort();
    assert.deepEqual([...(russian?.keys() ?? [])].sort(), [...(english?.keys() ?? [])].sort());
    for (const [key, text] of english ?? []) assert.deepEqual(values(russian?.get(key)), values(text), key);
  });

  it('never reads a text as HTML, and has no colours of its own', () => {
    for (const script of scripts) {
      assert.doesNotMatch(script, /innerHTML|outerHTML|insertAdjacentHTML|\.html\(|\$\(['"`]</);
    }
    assert.doesNotMatch(page, /(?:color|background|border)[\w-]*\s*:[^;]*(?:#[0-9a-f]{3}|rgb|white|black)/i);
  });
});

function flatten(tree: unknown, prefix: string): [string, string][] {
  return keysAt(tree).flatMap((key) => {
    const value = at(tree, key);
    const name = prefix === '' ? key : `${prefix}.${key}`;
    return typeof value === 'string' ? [[name, value] as [string, string]] : flatten(value, name);
  });
}
