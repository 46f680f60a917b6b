// npm start: builds the pack and starts the sandbox. npm run dev: the same, again after each change.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
const watched = ['nodes', 'lib', 'flows', 'icons', 'sandbox', 'package.json'];
const isWatching = process.argv.includes('--watch');
const isWindows = process.platform === 'win32';
/** What runs now, and the promise of its exit code. */
const running = new Map();
let sandbox;
let isEnding = false;

function run(...args) {
  const child = spawn(process.execPath, args, { stdio: 'inherit', detached: !isWindows });
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child);
    return code ?? 1;
  });
  running.set(child, ended);
  return child;
}

/** With all that it started: a sandbox that is not up yet would leave its Node-RED behind, and that the port taken. */
async function end(child, signal) {
  const ended = running.get(child);
  if (!ended) return;
  if (isWindows) spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f']);
  else process.kill(-child.pid, signal);
  await ended;
}

async function build() {
  return (await running.get(run('scripts/build.mjs'))) === 0;
}

async function restart() {
  await end(sandbox, 'SIGTERM');
  if (!isEnding) sandbox = run('--import', 'tsx', 'sandbox/start.ts');
}

let isBuilding = false;
let isStale = false;

/** One at a time: what changes meanwhile is built afterwards, and only the last build is started. */
async function rebuild() {
  isStale = true;
  if (isBuilding) return;
  isBuilding = true;
  while (isStale && !isEnding) {
    isStale = false;
    const isBuilt = await build();
    if (isBuilt && !isStale) await restart();
  }
  isBuilding = false;
}

async function endAll(signal) {
  isEnding = true;
  await Promise.all([...running.keys()].map((child) => end(child, signal)));
  process.exit(0);
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    endAll(signal).catch(fail);
  });
}

if (isWatching) {
  let settling;
  const onSettled = () => {
    rebuild().catch(fail);
  };
  const onChange = () => {
    clearTimeout(settling);
    settling = setTimeout(onSettled, 200);
  };
  for (const path of watched) watch(path, { recursive: true }, onChange);
  await rebuild();
} else {
  if (!(await build())) process.exit(1);
  await restart();
  process.exitCode = await running.get(sandbox);
  process.exit();
}
