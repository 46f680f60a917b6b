// Opens the store of a folder, or only reads its bytes, as the first thing that a process does; tells how long it took.
const { Buffer } = require('node:buffer');
const { readFile, readdir } = require('node:fs/promises');
const { join } = require('node:path');
const { performance } = require('node:perf_hooks');

const sealingKey = Buffer.alloc(32, 'k').toString('base64');
const ways = { open, read };

async function open(folder) {
  const { openEmbeddedStore } = require(join(__dirname, '../../dist/lib/store/embedded-store.js'));
  const startedAt = performance.now();
  const store = await openEmbeddedStore({ folder, key: sealingKey });
  const ms = performance.now() - startedAt;
  await store.close();
  return { ms, records: store.report.records, bytes: 0 };
}

async function read(folder) {
  const startedAt = performance.now();
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await readFile(join(folder, name))).length;
  return { ms: performance.now() - startedAt, bytes };
}

if (require.main === module) {
  const [how, folder] = process.argv.slice(2);
  ways[how](folder).then((told) => console.log(JSON.stringify(told)));
}

module.exports = { sealingKey };
