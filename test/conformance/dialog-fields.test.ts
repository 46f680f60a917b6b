import assert from 'node:assert/strict';
import { at } from '../../lib/core/fields';
import { languages, registeredNodes } from '../../scripts/pack.cjs';
import { readCatalogue, readNodeFiles } from '../support/node-files';

/** Above the folds: a row that another one takes the place of counts as well. */
const mostRowsAtFirst = 9;

for (const node of registeredNodes()) {
  const { type, isConfig } = node;
  const { page, definition, defaults } = readNodeFiles(node);
  const template = page.slice(page.indexOf('data-template-name'));
  const prefix = isConfig ? 'node-config-input' : 'node-input';

  describe(`the fields of ${type}`, () => {
    const numbers = defaults.filter((name) => isNumber(name, at(definition, 'defaults', name, 'value')));
    const marked = [...template.matchAll(/<input\b[^>]*>/g)]
      .map(([tag]) => tag)
      .filter((tag) => /type="number"|inputmode="(?:numeric|decimal)"|bitlane-number/.test(tag))
      .map((tag) => new RegExp(`id="${prefix}-([^"]+)"`).exec(tag)?.[1] ?? tag);

    it('look like a number where they take one, and nowhere else', () => {
      assert.deepEqual([...marked].sort(), [...numbers].sort());
    });

    for (const language of languages) {
      const texts = readCatalogue(node, language);

      it(`have their unit behind each number in ${language}, and not in its name`, () => {
        const faulty = numbers.filter((name) => {
          const behind = new RegExp(
            `id="${prefix}-${name}"[^>]*/> <span data-i18n="(${type}\\.unit\\.\\w+)"></span>\\n`,
          ).exec(template)?.[1];
          const unit = behind === undefined ? '' : (texts.get(behind) ?? '');
          const label = texts.get(`${type}.label.${name}`) ?? '';
          return unit === '' || /, (?:seconds|minutes|days|секунд|минут|дней)$/.test(label);
        });
        assert.deepEqual(faulty, []);
      });
    }

    it('are few on the first screen, with no table among them; the rest is folded', () => {
      const first = template.replace(/<details[^]*?<\/details>/g, '');
      const rows = [...first.matchAll(/<div class="form-row/g)].length;
      assert.ok(rows > 0 && rows <= mostRowsAtFirst, `${rows} rows`);
      assert.doesNotMatch(first, /<ol\b|<table\b/);
    });

    it('have an icon before each name, unless it stands behind its box', () => {
      const names = [
        ...template.matchAll(/<label for="([^"]+)"([^>]*)>(\s*<i class="fa fa-[\w-]+"><\/i>)?/g),
      ];
      assert.ok(names.length > 0);
      assert.deepEqual(
        names.filter(([, , rest = '', icon]) => !rest.includes('bitlane-tick') && !icon).map(([, id]) => id),
        [],
      );
    });

    it('stand in folds that say what they hold', () => {
      const folds = [...template.matchAll(/<details[^>]*>\s*(<summary[^>]*>)([^]*?)<\/summary>/g)];
      assert.equal(folds.length, [...template.matchAll(/<details\b/g)].length);
      assert.deepEqual(
        folds.filter(([, tag, inner]) => !/data-i18n="/.test(`${tag}${inner}`)).map(([all]) => all),
        [],
      );
    });
  });
}

function isNumber(name: string, value: unknown): boolean {
  return typeof value === 'number' || /[a-z](?:Seconds|Minutes|Hours|Days|Megabytes)$/.test(name);
}
