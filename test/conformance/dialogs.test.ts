import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, keysAt } from '../../lib/core/fields';
import { errorCodes } from '../../lib/core/errors';
import { statusWords } from '../../nodes/runtime/status';
import { filesBelow, languages, registeredNodes, registeredPlugins, root } from '../../scripts/pack.cjs';
import { readCatalogue, readHelp, readNodeFiles, readSharedCatalogue } from '../support/node-files';

/** Silently thrown away by the editor, or with a meaning of their own there. */
const reserved =
  /^(?:[a-z]|_.*|id|type|users|valid|validationErrors|wires|changed|dirty|moved|selected|inputLabels|outputLabels|inputs|outputs|icon)$/i;

describe('every registered node', () => {
  it('is in package.json like every plugin, and nothing else under nodes/ is', () => {
    const folders = filesBelow(join(root, 'nodes'))
      .filter((file) => file.endsWith('.html') && !file.includes('locales'))
      .map((file) => file.split('/').at(-1)?.replace('.html', ''));
    assert.deepEqual(
      [...folders].sort(),
      [...registeredNodes().map(({ type }) => type), ...registeredPlugins().map(({ name }) => name)].sort(),
    );
  });

  for (const node of registeredNodes()) {
    const { type, isConfig } = node;
    const field = (name: string): string => `id="${isConfig ? 'node-config-input' : 'node-input'}-${name}"`;

    describe(type, () => {
      const { page, definition, defaults, credentials } = readNodeFiles(node);
      const names = [...defaults, ...Object.keys(credentials)];

      it('has a colour, a category and an icon that exists', () => {
        assert.equal(definition.category, isConfig ? 'config' : 'bitlane');
        assert.match(String(definition.color), /^#[0-9a-f]{6}$/);
        assert.equal(definition.icon, `${type}.svg`);
        assert.ok(existsSync(join(root, 'icons', `${type}.svg`)));
      });

      // Only in the palette, where the editor sets blanks around a hyphen and breaks a word that is wider than a node.
      if (!isConfig) {
        it('is called in the palette as in the flow, with blanks for hyphens, in words that fit', () => {
          const label = String(definition.paletteLabel);
          assert.equal(label.replaceAll(' ', ''), type.replaceAll('-', ''));
          assert.ok(label.split(' ').length >= type.split('-').length, label);
          assert.ok(
            label.split(' ').every((word) => word.length <= 10),
            label,
          );
        });
      }

      it('has no reserved property name', () => {
        assert.deepEqual(
          defaults.filter((name) => reserved.test(name)),
          [],
        );
      });

      it('has a form field for each property', () => {
        assert.deepEqual(
          names.filter((name) => !page.includes(field(name))),
          [],
        );
      });

      it('declares the same credentials in the dialog and in the runtime', () => {
        assert.deepEqual(credentialTypes(credentials), credentialTypes(runtimeCredentials(node)));
      });

      it('has a label for each field', () => {
        const ids = [
          ...page.matchAll(/<(?:input|select|textarea)\b(?![^>]*type="hidden")[^>]*\bid="([^"]+)"/g),
        ];
        assert.ok(ids.length > 0);
        assert.deepEqual(
          ids.filter(([, id]) => !page.includes(`<label for="${id}"`)).map(([, id]) => id),
          [],
        );
      });

      it('uses no colour or size of its own in the dialog', () => {
        const template = page.slice(page.indexOf('data-template-name'));
        assert.doesNotMatch(template, /(?:color|background)\s*:\s*(?:#|rgb|white|black)/i);
      });

      for (const language of languages) {
        const texts = readCatalogue(node, language);
        const help = readHelp(node, language);

        it(`has every text it uses in ${language}`, () => {
          const keys = [...page.matchAll(/data-i18n="([^"]+)"/g)]
            .flatMap(([, attribute = '']) => attribute.split(';'))
            .map((entry) => entry.replace(/^\[[^\]]+\]/, ''));
          const inCode = [...page.matchAll(/'((?:bitlane|[a-z]+(?:-[a-z]+)+)\.[A-Za-z.]+)'/g)].map(
            ([, key = '']) => key,
          );
          assert.deepEqual(
            [...keys, ...inCode].filter((key) => !key.endsWith('.svg') && !texts.get(key)),
            [],
          );
        });

        it(`explains every property in ${language}`, () => {
          const shown = names.filter((name) => !(name.endsWith('Type') && names.includes(name.slice(0, -4))));
          const unexplained = shown.filter((name) => {
            const label = texts.get(`${type}.label.${name}`);
            return label === undefined || !help.includes(`: ${label} (`);
          });
          assert.deepEqual(unexplained, []);
        });

        it(`has property lines in ${language} that Node-RED's Markdown understands: one colon, a type`, () => {
          const lines = help.split('\n').filter((line) => line.startsWith(': '));
          assert.deepEqual(
            lines.filter((line) => !/^: [^:()]+ \([^()]+\) : [^:]+$/.test(line)),
            [],
          );
        });

        it(`has help in the order that Node-RED asks for in ${language}`, () => {
          assert.ok(help.startsWith(`<script type="text/markdown" data-help-name="${type}">`));
          const headings = [...help.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
          const order =
            language === 'ru'
              ? ['Входы', 'Выходы', 'Подробности', 'Ошибки', 'Ссылки']
              : ['Inputs', 'Outputs', 'Details', 'Errors', 'References'];
          const needed = order.filter((heading) => headings.includes(heading));
          assert.deepEqual(headings, needed);
          assert.ok(needed.length >= 3);
        });
      }

      it('has the same texts in both languages', () => {
        const [first, ...others] = languages.map((language) => readCatalogue(node, language));
        for (const other of others)
          assert.deepEqual([...other.keys()].sort(), [...(first?.keys() ?? [])].sort());
      });
    });
  }
});

describe('the texts that all nodes share', () => {
  for (const language of languages) {
    const texts = readSharedCatalogue(language);

    it(`name every error twice in ${language}: a sentence and a few words for the status`, () => {
      const missing = errorCodes.filter(
        (code) => !texts.get(`bitlane.error.${code}`) || !texts.get(`bitlane.brief.${code}`),
      );
      assert.deepEqual(missing, []);
      for (const code of errorCodes)
        assert.ok((texts.get(`bitlane.brief.${code}`)?.length ?? 99) <= 24, code);
    });

    it(`name every state in ${language}`, () => {
      assert.equal(statusWords.length, 8);
      assert.deepEqual(
        statusWords.filter((word) => !texts.get(`bitlane.status.${word}`)),
        [],
      );
    });
  }

  it('fill in the same values in both languages', () => {
    const [english, russian] = languages.map(readSharedCatalogue);
    const values = (text = ''): string[] => [...text.matchAll(/__\w+?__/g)].map(([value]) => value).sort();
    for (const [key, text] of english ?? []) assert.deepEqual(values(russian?.get(key)), values(text), key);
  });
});

function credentialTypes(credentials: unknown): Record<string, unknown> {
  return Object.fromEntries(keysAt(credentials).map((name) => [name, at(credentials, name, 'type')]));
}

/** Registers the node with a Node-RED that only takes down what it is told. */
function runtimeCredentials({ type, folder }: { type: string; folder: string }): object {
  let declared: object | undefined;
  const RED = {
    nodes: {
      registerType(name: string, _construct: unknown, options: { credentials: object }) {
        if (name === type) declared = options.credentials;
      },
    },
    plugins: { registerPlugin: () => undefined },
    httpAdmin: { get: () => undefined, post: () => undefined },
    auth: { needsPermission: () => () => undefined },
  };
  const source = join(folder, `${type}.ts`);
  assert.match(readFileSync(source, 'utf8'), /^export = function register/m);
  // Loaded by path, because the list of nodes is only known at run time.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const register: unknown = require(source);
  if (typeof register !== 'function') assert.fail(`${type} exports no function`);
  Reflect.apply(register, undefined, [RED]);
  assert.ok(declared, `${type} is not registered`);
  return declared;
}
