import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, root } from '../../scripts/pack.cjs';

const page = readFileSync(join(root, 'docs/bitrix24-coverage.md'), 'utf8');
const open = '(#not-covered-yet)';

/** From a heading to the next one of the same rank. */
function section(heading: string): string {
  const [, below] = page.split(`\n## ${heading}\n`);
  assert.ok(below !== undefined, `the page has no section "${heading}"`);
  return below.split('\n## ')[0] ?? '';
}

/** The cells of every row, without heads and rulers. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  return lines
    .filter((line, place) => !isRuler(line) && !isRuler(lines[place + 1] ?? ''))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\|\s*|\s*\|$/g, '').trim()));
}

function isRuler(line: string): boolean {
  return /^\|[\s:|-]+\|$/.test(line);
}

interface Citation {
  file: string;
  words: string;
}

function citationsIn(text: string): Citation[] {
  return [...text.matchAll(/`(test\/[^`]+?\.test\.ts) › ([^`]+)`/g)].map(([, file = '', words = '']) => ({
    file,
    words,
  }));
}

function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** Names of methods and events that stand in the code as texts of their own. */
function namesInCode(pattern: RegExp): Set<string> {
  const sources = ['lib', 'nodes'].flatMap((folder) =>
    filesBelow(join(root, folder)).map((file) => join(root, folder, file)),
  );
  const texts = sources.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(file, 'utf8'));
  return new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name)));
}

const quotedMethod = /'((?:imbot|imopenlines|im|disk|crm|event|user|app(?!\.typebot)|voximplant|telephony)\.[\w.]+)'/g;
const quotedEvent = /\b(ON(?:IM|APP)[A-Z0-9]+)\b/g;

describe('the page on what the pack covers of Bitrix24', () => {
  const cited = citationsIn(page);

  it('names tests in one form only', () => {
    assert.ok(cited.length > 0);
    const mentioned = page.split('\n').flatMap((line) => [...line.matchAll(/[\w/.-]+\.test\.ts/g)]);
    const ownName = 1;
    assert.equal(mentioned.length, cited.length + ownName);
  });

  for (const file of new Set(cited.map((citation) => citation.file))) {
    it(`finds its words in ${file}`, () => {
      assert.ok(existsSync(join(root, file)), 'the file is gone');
      const text = readFileSync(join(root, file), 'utf8');
      const missing = cited.filter((citation) => citation.file === file && !text.includes(citation.words));
      assert.deepEqual(
        missing.map(({ words }) => words),
        [],
      );
    });
  }

  for (const [heading, letter, count] of [
    ['Traps of bots', 'B', 35],
    ['Traps of REST', 'R', 24],
  ] as const) {
    it(`has all ${count} ${heading.toLowerCase()}, in order`, () => {
      assert.deepEqual(
        rowsOf(section(heading)).map(([number]) => number),
        Array.from({ length: count }, (_, place) => `${letter}${place + 1}`),
      );
    });
  }

  it('has a test in every row, or says that there is none', () => {
    const rows = rowsOf(page);
    assert.ok(rows.length > 59);
    const bare = rows.filter((cells) => {
      const last = cells.at(-1) ?? '';
      return citationsIn(last).length === 0 && !last.includes(open);
    });
    assert.deepEqual(bare, []);
  });

  it('lists what is not covered once more, and nothing that is', () => {
    const said = rowsOf(page)
      .filter((cells) => cells.some((cell) => cell.includes(open)))
      .map(([first = '']) => first.replaceAll('`', ''));
    const listed = [...section('Not covered yet').matchAll(/^- \*\*(.+?)\*\*/gm)].map(([, name]) => name);
    assert.deepEqual([...listed].sort(), [...said].sort());
  });

  it('lists every method that the pack names, and no other as called', () => {
    const called = rowsOf(section('Methods that the pack calls')).flatMap(([method = '']) => codeIn(method));
    const named = namesInCode(quotedMethod);
    assert.ok(named.size > 20);
    assert.deepEqual(
      [...named].filter((method) => !called.includes(method)),
      [],
    );
    // These three are words of their own and have no module before them.
    const plain = ['profile', 'scope', 'batch'];
    assert.deepEqual(
      called.filter((method) => !named.has(method) && !plain.includes(method)),
      [],
    );
    const uncalled = rowsOf(section('Methods that the pack does not call')).flatMap(([, methods = '']) =>
      codeIn(methods),
    );
    assert.ok(uncalled.length > 20);
    assert.deepEqual(
      uncalled.filter((method) => named.has(method)),
      [],
    );
  });

  it('lists every event that the pack knows by name', () => {
    const listed = rowsOf(section('Events')).flatMap(([event = '']) => codeIn(event));
    const known = [...namesInCode(quotedEvent)].filter((name) => name !== 'ONIMBOTV2');
    assert.ok(known.length >= 18);
    assert.deepEqual(
      known.filter((name) => !listed.includes(name)),
      [],
    );
  });
});
