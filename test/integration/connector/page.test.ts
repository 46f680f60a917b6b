import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { textAt } from '../../../lib/core/fields';
import { reviewUsualInputs } from '../../../nodes/runtime/dify/usual-inputs';
import { readJson, registeredNodes, root } from '../../../scripts/pack.cjs';
import { readCatalogue } from '../../support/node-files';
import { shippedFlow } from '../bitrix24-nodes/shipped';

const pages = [
  {
    file: 'docs/bitbot.md',
    language: 'en-US',
    notLabels: /^(?:italics|not there|[Nn]ew bots:|The bots you have:)$/,
  },
  { file: 'docs/bitbot.ru.md', language: 'ru', notLabels: /^(?:нет|[Нн]овые боты:|Прежние боты:)$/ },
] as const;

/** Paths of the import dialog, what BitBot says, and the nodes of the flow that is on the page itself. */
const elsewhere =
  /^(?:(?:Import|Examples|Импорт|Примеры) > .*|The bot is not responding|copy them|line by line|key and id)$/;

for (const { file, language, notLabels } of pages) {
  describe(file, () => {
    const page = readFileSync(join(root, file), 'utf8');

    it('calls nodes and settings what they are called', () => {
      const labels = registeredNodes().flatMap((node) => [...readCatalogue(node, language).values()]);
      const names = shippedFlow('BitBot/4 BitBot connector.json').map((node) => textAt(node, 'name') ?? '');
      const panel = readJson(join(root, 'nodes/panel/locales', language, 'panel.json'));
      const known = new Set([...labels, ...names, textAt(panel, 'panel', 'name')]);
      const prose = page.replace(/```[^]*?```/g, '');
      const named = [...prose.matchAll(/(?<!\*)\*([^*\n]+)\*(?!\*)/g)].map(([, name = '']) => name);
      assert.ok(named.length > 50);
      assert.deepEqual(
        named.filter((name) => !known.has(name) && !notLabels.test(name) && !elsewhere.test(name)),
        [],
      );
    });

    it('names every variable, and no other', () => {
      const [, table = ''] = page.split(/^### (?:Variables|Переменные)$/m);
      const rows = table.split('\n').filter((row) => row.startsWith('| `'));
      const told = rows.flatMap((row) =>
        [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
      );
      // An app without a form declares none of them.
      assert.deepEqual(told.sort(), reviewUsualInputs([]).undeclared.sort());
    });
  });
}
