// What the pack consists of, read from package.json and the folders: the build and the tests both ask here.
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { basename, dirname, join, relative } = require('node:path');

const root = join(__dirname, '..');
const languages = ['en-US', 'ru'];

/** @param {string} path @returns {unknown} */
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Every file below a folder, as paths relative to it. @param {string} folder */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/** The registered nodes: type, compiled file, source folder, and whether it is a config node. */
function registeredNodes() {
  /** @type {Record<string, string>} */
  const nodes = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))['node-red'].nodes;
  return Object.entries(nodes).map(([type, file]) => {
    const folder = join(root, dirname(relative('dist', file)));
    return { type, file, folder, isConfig: basename(dirname(folder)) === 'config' };
  });
}

/** The plugins: name, compiled file, source folder. */
function registeredPlugins() {
  /** @type {Record<string, string>} */
  const plugins = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))['node-red'].plugins;
  return Object.entries(plugins).map(([name, file]) => ({
    name,
    file,
    folder: join(root, dirname(relative('dist', file))),
  }));
}

function shippedFlows() {
  return filesBelow(join(root, 'flows')).filter((file) => file.endsWith('.json'));
}

/** Node-RED's own types, read off its editor files. */
function coreTypes() {
  const folder = join(dirname(require.resolve('@node-red/nodes/package.json')), 'core');
  const pages = filesBelow(folder).filter((file) => file.endsWith('.html') && !file.includes('locales'));
  const types = pages.flatMap((file) => {
    const page = readFileSync(join(folder, file), 'utf8');
    return [...page.matchAll(/registerType\(['"]([^'"]+)/g)].map((match) => match[1] ?? '');
  });
  return ['tab', 'group', 'subflow', ...types];
}

module.exports = {
  root,
  languages,
  readJson,
  filesBelow,
  registeredNodes,
  registeredPlugins,
  shippedFlows,
  coreTypes,
};
