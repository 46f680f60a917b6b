import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { entriesAt, textAt } from '../../lib/core/fields';
import { root } from '../../scripts/pack.cjs';

const page = readFileSync(join(root, 'docs/call-sync-compared.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| (?!-)/.test(line) && !line.endsWith('| Test |'));
const cited = [...page.matchAll(/`(test\/[^`]+?\.test\.ts) › ([^`]+)`/g)].map(
  ([, file = '', words = '']) => ({
    file,
    words,
  }),
);

describe('the page on the call sync beside the official app', () => {
  let titles = new Map<string, string[]>();
  before(function () {
    titles = titlesIn([...new Set(cited.map(({ file }) => file))]);
  });

  it('has a test in every row', () => {
    assert.ok(rows.length >= 25, `${rows.length} rows`);
    assert.deepEqual(
      rows.filter((row) => !/`test\/[^`]+\.test\.ts › [^`]+` \|$/.test(row)),
      [],
    );
  });

  it('names tests that there are', () => {
    const missing = cited.filter(
      ({ file, words }) => !(titles.get(file) ?? []).some((title) => title.includes(words)),
    );
    assert.deepEqual(missing, []);
  });

  it('names the settings as the dialogs do', () => {
    const texts = ['voximplant-calls', 'speechsense-upload-audio']
      .map((type) => readFileSync(join(root, `nodes/${type}/locales/en-US/${type}.json`), 'utf8'))
      .join();
    const names = ['Calls from', 'Calls until', 'Users', 'Not shorter than', 'Not longer than', 'Directions'];
    const more = [
      'Lines',
      'Only calls that took place',
      'Wait for a recording',
      'Start every',
      'Cursor',
      'At once',
    ];
    for (const name of [...names, ...more]) {
      assert.ok(page.includes(`*${name}*`), `${name} is not on the page`);
      assert.ok(texts.includes(`"${name}"`), `${name} is no label`);
    }
  });
});

/** As mocha calls them, with those that a test file makes in a loop. Nothing is run. */
function titlesIn(files: readonly string[]): Map<string, string[]> {
  const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js');
  const existing = files.filter((file) => existsSync(join(root, file)));
  const args = [mocha, '--dry-run', '--reporter', 'json', ...existing];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.match(stdout, /^\s*\{/, stderr);
  const found = new Map<string, string[]>();
  const json: unknown = JSON.parse(stdout);
  for (const test of entriesAt(json, 'tests')) {
    const file = relative(root, textAt(test, 'file') ?? '').replaceAll(sep, '/');
    found.set(file, [...(found.get(file) ?? []), textAt(test, 'fullTitle') ?? '']);
  }
  return found;
}
