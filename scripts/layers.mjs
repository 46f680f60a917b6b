// The layer rule as an ESLint rule: arrows point down only, and folders of one layer do not know each other.
import { dirname, relative, resolve, sep } from 'node:path';

/** For each part of the code, the parts that it may import. The first prefix that fits a file decides. */
const systems = ['bitrix24', 'dify', 'typebot', 'speechsense'].map((name) => `lib/${name}`);
const useCases = ['lib/conversation', 'lib/sync'];
const mayImport = [
  ['lib/core', []],
  ['lib/store', ['lib/core']],
  ...systems.map((folder) => [folder, ['lib/core', 'lib/store']]),
  ...useCases.map((folder) => [folder, ['lib/core', 'lib/store', ...systems]]),
  ['lib', []],
  ['nodes/runtime', ['lib']],
  ['nodes', ['lib', 'nodes/runtime']],
  ['sandbox', ['lib/core']],
];
/** Packages that only the shells may know. */
const nodeRedOnly = /^(node-red|@node-red\/.*|express)$/;

export const layerRule = {
  meta: {
    type: 'problem',
    schema: [{ type: 'object' }],
    messages: {
      layer: '{{from}} must not import {{to}}',
      unnamed: '{{from}} must name what it imports here: its layer cannot be seen',
    },
  },
  create(context) {
    const root = context.options[0].root;
    const file = portable(relative(root, context.filename));
    const layer = mayImport.find(([prefix]) => isBelow(file, prefix));
    if (!layer) return {};

    const check = (source) => {
      const name = textOf(source);
      if (name === undefined) return;
      const isOurs = name.startsWith('.');
      const target = isOurs ? portable(relative(root, resolve(dirname(context.filename), name))) : name;
      if (isOurs ? isAllowed(file, layer, target) : isAllowedPackage(file, target)) return;
      context.report({ node: source, messageId: 'layer', data: { from: file, to: target } });
    };
    const checkCall = (node, source) => {
      if (textOf(source) !== undefined) check(source);
      else context.report({ node, messageId: 'unnamed', data: { from: file } });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => checkCall(node, node.source),
      TSImportType: (node) => check(node.source ?? node.argument?.literal),
      TSExternalModuleReference: (node) => check(node.expression),
      'CallExpression[callee.name="require"]': (node) => checkCall(node, node.arguments[0]),
    };
  },
};

/** The text of a string or of a template with nothing to fill in. */
function textOf(node) {
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].value.cooked;
  return typeof node?.value === 'string' ? node.value : undefined;
}

function isAllowed(file, [prefix, allowed], target) {
  const home = prefix === 'nodes' ? nodeFolder(file) : prefix;
  return [home, ...allowed].some((folder) => isBelow(target, folder));
}

function isAllowedPackage(file, name) {
  return file.startsWith('nodes/') || !nodeRedOnly.test(name);
}

/** nodes/x/... for a flow node, nodes/config/x/... for a config node. */
function nodeFolder(file) {
  return file
    .split('/')
    .slice(0, file.startsWith('nodes/config/') ? 3 : 2)
    .join('/');
}

const isBelow = (path, folder) => path === folder || path.startsWith(`${folder}/`);
const portable = (path) => path.split(sep).join('/');
