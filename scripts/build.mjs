// Compiles the pack into dist/ and copies what Node-RED looks for beside the code; refuses to build half a node.
// All of it is made in a folder aside and put in place at the end: a Node-RED may be running from dist/.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import pack from './pack.cjs';

const { coreTypes, filesBelow, languages, readJson, registeredNodes, registeredPlugins, root, shippedFlows } =
  pack;
const started = performance.now();
const problems = [
  ...registeredNodes().flatMap(missingNodePieces),
  ...registeredPlugins().flatMap(missingPluginPieces),
  ...shippedFlows().flatMap(unknownTypes),
];
if (problems.length > 0) fail(problems);

mkdirSync(join(root, 'artefacts'), { recursive: true });
const aside = mkdtempSync(join(root, 'artefacts/build-'));
process.once('exit', () => rmSync(aside, { recursive: true, force: true }));

compile();
for (const file of ofSandbox()) copy(join(root, 'sandbox', file), join(aside, 'dist/sandbox', file));
for (const node of registeredNodes()) copyNode(node);
for (const plugin of registeredPlugins()) copyPlugin(plugin);
for (const file of shippedFlows()) copy(join(root, 'flows', file), join(aside, 'examples', file));
for (const folder of ['dist', 'examples']) putInPlace(folder);
console.error(
  `built ${registeredNodes().length} nodes in ${((performance.now() - started) / 1000).toFixed(1)} s`,
);

function missingNodePieces({ type, folder }) {
  const helps = languages.map((language) => localePath(folder, language, type, 'html'));
  return missingPieces(type, folder, [join(root, 'icons', `${type}.svg`), ...helps]);
}

function missingPluginPieces({ name, folder }) {
  return missingPieces(name, folder, []);
}

function missingPieces(name, folder, others) {
  const pieces = [
    join(folder, `${name}.ts`),
    join(folder, `${name}.html`),
    ...languages.map((language) => localePath(folder, language, name, 'json')),
    ...others,
  ];
  const missing = pieces.filter((path) => !existsSync(path));
  if (missing.length === 0) return missingTexts(name, folder);
  return missing.map((path) => `${name}: ${relative(root, path)} is missing`);
}

function missingTexts(type, folder) {
  const catalogues = languages.map((language) =>
    textKeys(readJson(localePath(folder, language, type, 'json'))),
  );
  const all = new Set(catalogues.flat());
  return languages.flatMap((language, place) =>
    [...all]
      .filter((key) => !catalogues[place].includes(key))
      .map((key) => `${key} has no text in ${language}`),
  );
}

function textKeys(tree, prefix = '') {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : textKeys(value, `${prefix}${key}.`),
  );
}

function unknownTypes(file) {
  const known = new Set([...coreTypes(), ...registeredNodes().map(({ type }) => type)]);
  const types = new Set(readJson(join(root, 'flows', file)).map((node) => node.type));
  return [...types].filter((type) => !known.has(type)).map((type) => `flows/${file}: unknown type ${type}`);
}

function compile() {
  try {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const args = ['-p', join(root, 'scripts/tsconfig.build.json'), '--outDir', join(aside, 'dist')];
    execFileSync(process.execPath, [tsc, ...args], { stdio: 'pipe' });
  } catch (error) {
    fail([error.stdout?.toString() || error.message]);
  }
}

function copyNode({ type, folder, file }) {
  const target = join(aside, dirname(file));
  copyPage(type, folder, target);
  copy(join(root, 'icons', `${type}.svg`), join(target, 'icons', `${type}.svg`));
  for (const language of languages) {
    copy(localePath(folder, language, type, 'html'), localePath(target, language, type, 'html'));
  }
}

function copyPlugin({ name, folder, file }) {
  copyPage(name, folder, join(aside, dirname(file)));
}

/** What the editor loads, and its texts. */
function copyPage(name, folder, target) {
  copy(join(folder, `${name}.html`), join(target, `${name}.html`));
  for (const language of languages) {
    // Statuses and errors have the same words everywhere, and each page can only see its own catalogue.
    const shared = readJson(join(root, 'nodes/runtime/locales', `${language}.json`));
    const catalogue = { ...readJson(localePath(folder, language, name, 'json')), ...shared };
    const path = localePath(target, language, name, 'json');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(catalogue));
  }
}

function localePath(folder, language, type, kind) {
  return join(folder, 'locales', language, `${type}.${kind}`);
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

/** What the command `sandbox` reads beside its code. */
function ofSandbox() {
  const pages = filesBelow(join(root, 'sandbox/web/pages')).map((file) => `web/pages/${file}`);
  return [...pages, 'speechsense/reference.proto'];
}

/** The old one goes by a rename too, which takes no time, and is deleted with the folder aside. */
function putInPlace(folder) {
  const current = join(root, folder);
  if (existsSync(current)) renameSync(current, join(aside, `old-${folder}`));
  renameSync(join(aside, folder), current);
}

function fail(lines) {
  console.error(lines.join('\n'));
  process.exit(1);
}
