import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Script } from 'node:vm';
import { at, entriesAt, keysAt, textAt } from '../../lib/core/fields';
import { errorCodes } from '../../lib/core/errors';
import { lexMarkdown } from '../../lib/core/markdown-lexer';
import { problemCodes } from '../../nodes/runtime/overview/health';
import {
  coreTypes,
  filesBelow,
  readJson,
  registeredNodes,
  registeredPlugins,
  root,
  shippedFlows,
} from '../../scripts/pack.cjs';

interface Doc {
  readonly file: string;
  readonly text: string;
  readonly tokens: readonly unknown[];
}

interface Fence {
  readonly file: string;
  readonly language: string;
  readonly text: string;
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8').replaceAll('\r\n', '\n');
/** Without a dot in it: npm would show README.ru.md, where there is one, in the place of README.md. */
const russianReadme = 'README-ru.md';
const russianOf = (file: string): string =>
  file === 'README.md' ? russianReadme : file.replace(/\.md$/, '.ru.md');
const isRussian = (file: string): boolean => file === russianReadme || file.endsWith('.ru.md');
const pages = ['README.md', russianReadme, ...filesBelow(join(root, 'docs')).map((file) => `docs/${file}`)]
  .filter((file) => file.endsWith('.md'))
  .map(readDoc);
/** These go through what other systems have, name by name, and are in English alone. */
const isForDevelopers = (file: string): boolean =>
  /^docs\/(?:decisions\/|[\w-]*(?:benchmarks|coverage|compared))/.test(file);
const forPeople = pages.filter(({ file }) => !isForDevelopers(file));

function readDoc(file: string): Doc {
  const text = read(file);
  return { file, text, tokens: lexMarkdown(text).flatMap(allWithin) };
}

/** A token and those in it, down to the cells of tables. */
function allWithin(token: unknown): unknown[] {
  const rows = entriesAt(token, 'rows').flatMap((row) => entriesAt({ row }, 'row'));
  const inner = ['tokens', 'items', 'header'].flatMap((name) => entriesAt(token, name));
  return [token, ...[...inner, ...rows].flatMap(allWithin)];
}

const ofType = ({ tokens }: Doc, type: string): unknown[] =>
  tokens.filter((token) => textAt(token, 'type') === type);
const fieldsOf = (doc: Doc, type: string, name: string): string[] =>
  ofType(doc, type).map((token) => textAt(token, name) ?? '');
const fencesOf = (doc: Doc): Fence[] =>
  ofType(doc, 'code').map((token) => ({
    file: doc.file,
    language: textAt(token, 'lang') ?? '',
    text: textAt(token, 'text') ?? '',
  }));
const inlineCodesOf = (doc: Doc): string[] => fieldsOf(doc, 'codespan', 'text');

/** Everything that a page links to or shows, in Markdown or in HTML. */
function addressesIn(doc: Doc): string[] {
  const html = fieldsOf(doc, 'html', 'text').flatMap((text) => [
    ...text.matchAll(/\b(?:href|src)="([^"]+)"/g),
  ]);
  return [
    ...fieldsOf(doc, 'link', 'href'),
    ...fieldsOf(doc, 'image', 'href'),
    ...html.map(([, address = '']) => address),
  ];
}

/** As GitHub makes them: small letters, no signs, a dash for each space, a number for each repetition. */
function anchorsOf(doc: Doc): Set<string> {
  const seen = new Map<string, number>();
  const ids = fieldsOf(doc, 'heading', 'text').map((text) => {
    const words = text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const id = words.replace(/[^\p{L}\p{N}\p{M}\s_-]/gu, '').replace(/\s/g, '-');
    const times = seen.get(id) ?? 0;
    seen.set(id, times + 1);
    return times === 0 ? id : `${id}-${times}`;
  });
  const given = [...doc.text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id = '']) => id);
  return new Set([...ids, ...given]);
}

/** Every word of the code, to tell a name that exists from one that was mistyped. */
const codeWords = new Set(
  ['lib', 'nodes', 'flows', 'sandbox', 'scripts', 'resources', 'test/support', 'test/e2e'].flatMap((folder) =>
    filesBelow(join(root, folder))
      .filter((file) => /\.(?:[cm]?[jt]s|json|html)$/.test(file))
      .flatMap((file) => read(`${folder}/${file}`).match(/[A-Za-z][\w-]*/g) ?? []),
  ),
);

const packName = textAt(readJson(join(root, 'package.json')), 'name');

const asVariable = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g;
const flowTexts = shippedFlows().map((file) => read(`flows/${file}`));
const helpTexts = filesBelow(join(root, 'nodes'))
  .filter((file) => /locales\/.+\.html$/.test(file))
  .map((file) => read(`nodes/${file}`));
const namesIn = (texts: readonly string[], pattern: RegExp): string[] =>
  texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name));
/** What the flows, the sandbox and the scripts read of the environment. */
const environment = new Set([
  ...namesIn(flowTexts, /\$\{([A-Z][A-Z0-9_]*)\}/g),
  ...namesIn(flowTexts, /env\.get\(\\?["']([A-Z][A-Z0-9_]*)/g),
  ...['sandbox', 'lib', 'nodes', 'scripts'].flatMap((folder) =>
    filesBelow(join(root, folder))
      .filter((file) => /\.[cm]?[jt]s$/.test(file))
      .flatMap((file) =>
        read(`${folder}/${file}`)
          .split('\n')
          .filter((line) => line.includes('process.env')),
      )
      .flatMap((line) => line.match(/\b[A-Z][A-Z0-9_]+\b/g) ?? []),
  ),
]);
const prefixes = new Set(
  [...environment].filter((name) => name.includes('_')).map((name) => name.split('_')[0]),
);

/** What helps propose, and the name for any name. */
const proposedVariables = new Set(['NAME', ...namesIn(helpTexts, /\$\{([A-Z][A-Z0-9_]*)\}/g)]);

const npmWords = new Set(['ci', 'install', 'i', 'pack', 'update', 'uninstall', 'rebuild']);

const ourTypes = /^(?:bitlane|bitrix|dify|openline|session|speechsense|typebot|voximplant)-[a-z-]*[a-z]$/;
/** What readers are told that they could call something of theirs. */
const proposedNames = new Set(['bitrix-calls']);
const isNode = (name: string): boolean =>
  registeredNodes().some(({ type }) => type === name) ||
  registeredPlugins().some((plugin) => plugin.name === name);

/** A table of names alone. */
const inEnglishOnly = new Set(['docs/reference/metrics.md']);

describe('the pages of the documentation', () => {
  it('are there', () => {
    assert.ok(pages.length > 20);
    assert.ok(forPeople.length > 8);
  });

  for (const doc of pages) {
    const { file } = doc;

    it(`${file} links to what there is, and to the outside by https alone`, () => {
      assert.deepEqual(
        addressesIn(doc).filter((address) => !leadsSomewhere(doc, address)),
        [],
      );
    });

    it(`${file} has examples that can be read by those they are for`, () => {
      const faults = fencesOf(doc).flatMap((fence) => {
        const fault = faultOf(fence);
        return fault === undefined ? [] : [`${fault}\n${fence.text.slice(0, 200)}`];
      });
      assert.deepEqual(faults, []);
    });

    it(`${file} names commands that there are`, () => {
      const said = [...fencesOf(doc).map(({ text }) => text), ...inlineCodesOf(doc)].flatMap(commandsIn);
      assert.deepEqual(
        said.filter((command) => !isCommand(command)),
        [],
      );
    });

    it(`${file} names files of the pack that there are`, () => {
      const named = inlineCodesOf(doc).filter((code) =>
        /^(?:bench|docs|examples|flows|icons|lib|nodes|proto|resources|sandbox|scripts|test)\/[\w./-]+$/.test(
          code,
        ),
      );
      // The build makes examples/ of flows/.
      const missing = named.filter((path) => !existsSync(join(root, path.replace(/^examples\//, 'flows/'))));
      assert.deepEqual(missing, []);
    });
  }

  for (const doc of forPeople) {
    it(`${doc.file} names variables, codes and nodes that there are`, () => {
      const codes = inlineCodesOf(doc);
      const variables = [
        ...codes.flatMap(variablesIn),
        ...fencesOf(doc).flatMap(({ text }) => variablesIn(text)),
      ];
      const types = codes.filter((code) => ourTypes.test(code));
      const unknown = [
        ...variables.filter((name) => !isKnown(name)),
        ...types.filter((type) => !isNode(type) && !proposedNames.has(type) && !codeWords.has(type)),
      ];
      assert.deepEqual([...new Set(unknown)], []);
    });
  }
});

describe('the pictures', () => {
  for (const file of filesBelow(join(root, 'docs/pictures')))
    it(`${file} is shown on a page`, () => {
      assert.ok(pages.some(({ text }) => text.includes(`pictures/${file})`)));
    });
});

describe('the documentation in two languages', () => {
  const english = forPeople.filter(({ file }) => !isRussian(file) && !inEnglishOnly.has(file));

  for (const doc of english) {
    const russianFile = russianOf(doc.file);

    it(`${doc.file} has a Russian page with the same headings and examples`, () => {
      const russian = pages.find(({ file }) => file === russianFile);
      assert.ok(russian, `${russianFile} is missing`);
      const ranks = (page: Doc): unknown[] => ofType(page, 'heading').map((heading) => at(heading, 'depth'));
      assert.deepEqual(ranks(russian), ranks(doc));
      const languages = ({ language }: Fence): string => language;
      assert.deepEqual(fencesOf(russian).map(languages), fencesOf(doc).map(languages));
    });
  }

  it('has no Russian page without an English one', () => {
    const lone = pages.filter(
      ({ file }) => file.endsWith('.ru.md') && !existsSync(join(root, file.replace('.ru.md', '.md'))),
    );
    assert.deepEqual(
      lone.map(({ file }) => file),
      [],
    );
  });
});

describe('the reference', () => {
  let made = new Map<string, string>();
  before(async function () {
    const { referencePages } = await import('../../scripts/reference.mjs');
    made = await referencePages();
  });

  it('says what the pack says now', () => {
    const committed = filesBelow(join(root, 'docs/reference')).filter((file) => file.endsWith('.md'));
    assert.deepEqual(committed, [...made.keys()].sort(), 'run `npm run docs` and commit what it writes');
    const stale = [...made].filter(([file, text]) => read(`docs/reference/${file}`) !== text);
    assert.deepEqual(
      stale.map(([file]) => file),
      [],
      'run `npm run docs` and commit what it writes',
    );
  });

  it('has every property of every node, and every code', () => {
    for (const { type } of registeredNodes()) {
      assert.ok(made.get('settings.md')?.includes(`\n### ${type}\n`), type);
      assert.ok(made.get('settings.ru.md')?.includes(`\n### ${type}\n`), type);
    }
    for (const code of errorCodes) assert.ok(made.get('errors.md')?.includes(`\n### ${code}\n`), code);
    for (const [file, text] of made) assert.doesNotMatch(text, /undefined|\[object|__\w+__/, file);
  });
});

function leadsSomewhere({ file }: Doc, address: string): boolean {
  if (/^https:\/\/[^\s/]+/.test(address)) return true;
  if (/^http:\/\/(?:127\.0\.0\.1|localhost)(?=[:/]|$)/.test(address)) return true;
  if (/^[a-z][a-z+.-]*:/i.test(address)) return false;
  const [path = '', anchor] = decodeURIComponent(address).split('#');
  const target = path === '' ? file : relative(root, join(root, dirname(file), path)).replaceAll('\\', '/');
  if (target.startsWith('..') || !existsSync(join(root, target))) return false;
  if (anchor === undefined) return true;
  return statSync(join(root, target)).isFile() && anchorsOf(readDoc(target)).has(anchor);
}

/** What is wrong with an example, for those languages that can be tried. */
function faultOf({ language, text }: Fence): string | undefined {
  try {
    if (language === 'json') assertFlow(JSON.parse(text));
    // As a Function node runs it.
    if (/^(?:js|javascript)$/.test(language))
      new Script(`(async function (msg, node, context, flow, global, env) {\n${text}\n})`);
    return undefined;
  } catch (thrown) {
    return String(thrown);
  }
}

/** An example that is to be imported has types that exist and wires that lead somewhere. */
function assertFlow(example: unknown): void {
  const nodes = entriesAt({ example }, 'example').filter(
    (node) => textAt(node, 'type') !== undefined && at(node, 'wires') !== undefined,
  );
  const ids = new Set(entriesAt({ example }, 'example').map((node) => textAt(node, 'id')));
  const known = new Set([...coreTypes(), ...registeredNodes().map(({ type }) => type)]);
  for (const node of nodes) {
    assert.ok(known.has(textAt(node, 'type') ?? ''), `unknown type ${textAt(node, 'type')}`);
    const wires = entriesAt(node, 'wires').flatMap((port) => entriesAt({ port }, 'port'));
    assert.deepEqual(
      wires.filter((id) => !ids.has(String(id))),
      [],
    );
  }
}

/** `npm run x`, `npm x` and `npx x y`, wherever they stand in a line. */
function commandsIn(text: string): string[] {
  return [
    ...text.matchAll(
      /(?:^|[\s;&|(])((?:npm (?:run(?: -s)? )?|npx (?:-y |--yes )?)[\w@/.:-]+(?: [\w./:-]+)?)/g,
    ),
  ].map(([, command = '']) => command);
}

function isCommand(command: string): boolean {
  const scripts = keysAt(readJson(join(root, 'package.json')), 'scripts');
  const [program, ...words] = command.split(' ').filter((word) => !word.startsWith('-'));
  const [first = '', second = ''] = words;
  if (program === 'npm') {
    if (first === 'run') return scripts.includes(second);
    return npmWords.has(first) || (['test', 'start'].includes(first) && scripts.includes(first));
  }
  if (first.replace(/(?<=.)@[\w.]+$/, '') === packName) return second === 'sandbox';
  if (first === 'tsx') return existsSync(join(root, second));
  return existsSync(join(root, 'node_modules/.bin', first));
}

/** What is written as a variable, and names in capitals that begin as those of the pack do; others are of other systems. */
function variablesIn(text: string): string[] {
  const written = [...text.matchAll(/\$\{([A-Z][A-Z0-9_]*)\}/g)].map(([, name = '']) => name);
  const named = (text.match(asVariable) ?? []).filter((name) => prefixes.has(name.split('_')[0]));
  return [...written, ...named];
}

function isKnown(name: string): boolean {
  const codes: readonly string[] = [...errorCodes, ...problemCodes];
  return environment.has(name) || proposedVariables.has(name) || codes.includes(name);
}
