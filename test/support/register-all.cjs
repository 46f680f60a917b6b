// Registers all types of the pack as Node-RED does, makes a node of each type that is named, and tells what is loaded.
const { EventEmitter } = require('node:events');
const { join } = require('node:path');
const { registeredNodes } = require('../../scripts/pack.cjs');

const constructors = new Map();
const RED = {
  events: new EventEmitter(),
  settings: {},
  _: (key) => key,
  auth: { needsPermission: () => () => undefined },
  httpAdmin: { get: () => undefined, post: () => undefined },
  nodes: {
    createNode: (node, definition) => Object.assign(node, definition),
    getNode: () => undefined,
    registerType: (type, construct) => void constructors.set(type, construct),
  },
};

for (const { type, folder } of registeredNodes()) require(join(folder, `${type}.ts`))(RED);

for (const type of process.argv.slice(2)) {
  const node = { id: type, type, on: () => undefined, status: () => undefined, error: () => undefined };
  // Nothing is filled in: it is made all the same, and says so.
  constructors.get(type).call(node, { id: type, type, wires: [] });
}

process.stdout.write(Object.keys(require.cache).join('\n'), () => process.exit());
