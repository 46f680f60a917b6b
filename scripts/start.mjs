// npm start: builds the pack and starts the sandbox. npm run dev: the same, again after each change.
import { spawn, spawnSync } from 'node:child_process';
import { watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
const watched = ['nodes', 'lib', 'flows', 'icons', 'sandbox', 'package.json'];
const isWatching = process.argv.includes('--watch');
let sandbox;

const build = () => spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' }).status === 0;

function start() {
  sandbox = spawn(process.execPath, ['--import', 'tsx', 'sandbox/start.ts'], { stdio: 'inherit' });
  sandbox.once('exit', (code) => {
    if (!isWatching) process.exit(code ?? 1);
  });
}

async function restart() {
  if (!build()) return;
  const hasRun = sandbox?.exitCode === null;
  if (hasRun) await new Promise((resolve) => sandbox.once('exit', resolve) && sandbox.kill());
  start();
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    if (sandbox?.exitCode !== null) process.exit(0);
    sandbox.once('exit', (code) => process.exit(code ?? 0));
    sandbox.kill(signal);
  });
}

if (!isWatching && !build()) process.exit(1);
if (isWatching) {
  let settling;
  const onChange = () => {
    clearTimeout(settling);
    settling = setTimeout(() => restart().catch((error) => console.error(error)), 200);
  };
  for (const path of watched) watch(path, { recursive: true }, onChange);
  await restart();
} else {
  start();
}
