// Loaded before Node-RED, with the pack or without: tells of the process what only it knows, and slows its disk on request.
//
//   GET /memory       what it holds after a collection of garbage, in bytes
//   GET /delay        the 99th percentile of the event loop's delay since the last question, in milliseconds
//   GET /fsync?ms=20  from now on each fsync and fdatasync takes so much longer
//
// It listens on a port of its own, which is in a file named after the process. The slowness is a timer behind the true
// call: that one still runs on the pool of threads, and nobody who awaits it can tell the two apart.
const { rmSync, writeFileSync } = require('node:fs');
const fs = require('node:fs/promises');
const { createServer } = require('node:http');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

const resolution = 1;
const portFile = join(tmpdir(), `bitlane-probe-${process.pid}`);
const delays = monitorEventLoopDelay({ resolution });
let fsyncMs = 0;

async function memory() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  // What the first one finds dead may hold what only the next one can.
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { held: heapUsed + external, rss };
}

function delay() {
  const p99 = delays.percentile(99) / 1e6 - resolution;
  delays.reset();
  return p99;
}

async function slowDown(ms) {
  fsyncMs = ms;
  if (slowDown.done) return;
  slowDown.done = true;
  // The class of file handles has no other way in.
  const handle = await fs.open(join(__dirname, 'probe.cjs'));
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  for (const name of ['sync', 'datasync']) {
    const plain = prototype[name];
    prototype[name] = async function () {
      const result = await plain.call(this);
      if (fsyncMs > 0) await new Promise((resolve) => setTimeout(resolve, fsyncMs));
      return result;
    };
  }
}

const answers = { memory, delay, fsync: (ms) => slowDown(ms) };

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://probe');
  const answer = answers[pathname.slice(1)];
  Promise.resolve(answer(Number(searchParams.get('ms'))))
    .then((told) => response.end(JSON.stringify(told ?? null)))
    .catch((error) => response.writeHead(500).end(String(error)));
});

// Tools that Node-RED starts load this as well.
server.listen(0, '127.0.0.1', () => writeFileSync(portFile, String(server.address().port)));
server.unref();
delays.enable();
process.once('exit', () => rmSync(portFile, { force: true }));
