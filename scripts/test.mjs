// npm test. `node scripts/test.mjs` checks everything; `node scripts/test.mjs unit e2e` runs those layers alone.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureSystemPackages } from './system-packages.mjs';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));

const bin = (file) => join('node_modules', file);
const staticChecks = {
  build: ['scripts/build.mjs'],
  types: [bin('typescript/bin/tsc'), '--noEmit'],
  lint: [bin('eslint/bin/eslint.js'), '.'],
  format: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
};

// `system`: programs that must be there. `built`: works on dist/. `runtimes`: works with
// those of test/tools. `tarball`: works on the packed pack.
const layers = {
  unit: { minutes: 8, jobs: 4, system: ['openssl'] },
  node: { minutes: 8, jobs: 4 },
  conformance: { minutes: 6 },
  integration: { minutes: 20, jobs: 8, system: ['redis', 'openssl'], built: true, runtimes: true },
  // In short with all the others; alone, in full.
  faults: { minutes: 20, jobs: 4, built: true },
  e2e: { minutes: 20, jobs: 4, system: ['chromium'], runtimes: true, tarball: true },
  scorecard: { minutes: 6, runtimes: true, tarball: true },
};

const packFolder = resolve('artefacts/pack');
const isWindows = process.platform === 'win32';
const running = new Set();

/** Runs a script of JavaScript, never npm or npx by name: on Windows those are no programs and would need a shell. */
function run(args, { minutes = 5, output = 'inherit', env = {} } = {}) {
  return new Promise((resolveRun) => {
    const stdio = ['ignore', output, 'inherit'];
    const ownEnv = { ...process.env, ...env };
    const child = spawn(process.execPath, args, { stdio, detached: !isWindows, env: ownEnv });
    running.add(child);
    let tooLate = false;
    const limit = setTimeout(() => {
      tooLate = true;
      end(child, 'SIGKILL');
    }, minutes * 60_000);
    child.once('error', (error) => resolveRun({ code: null, fault: error.message }));
    child.once('exit', (code, signal) => {
      running.delete(child);
      clearTimeout(limit);
      if (tooLate) return resolveRun({ code: null, fault: `did not end within ${minutes} minutes` });
      resolveRun({ code, fault: signal ? `was ended by ${signal}` : `ended with exit code ${code}` });
    });
  });
}

/** With all that it started: outside Windows it leads a process group of its own. */
function end({ pid }, signal) {
  if (isWindows) spawnSync('taskkill', ['/pid', String(pid), '/t', '/f']);
  else process.kill(-pid, signal);
}

async function runOrThrow(args, options) {
  const { code, fault } = await run(args, options);
  if (code !== 0) throw new Error(`${args.join(' ')} ${fault}`);
}

/** npm's own script: of the npm that runs this, or beside Node as its installers put it. */
function npmScript() {
  const home = dirname(process.execPath);
  const beside = ['node_modules', '../lib/node_modules'].map((folder) =>
    join(home, folder, 'npm/bin/npm-cli.js'),
  );
  const found = [process.env.npm_execpath ?? '', ...beside].find(
    (file) => file.endsWith('npm-cli.js') && existsSync(file),
  );
  if (!found) throw new Error('npm was not found beside Node: start the tests with `npm test`');
  return found;
}

async function installTestTools() {
  const { platform, arch } = process;
  if (platform !== 'linux' || arch !== 'x64') {
    const untested = 'Node-RED 4.1 on Node 20, Node-RED 5 on Node 22, Node-RED 5 on Node 24';
    throw new Error(
      `The runtimes come from linux-x64 packages; on ${platform}-${arch} these stay untested: ${untested}.`,
    );
  }
  const writtenAt = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);
  const lock = writtenAt('test/tools/package-lock.json');
  if (writtenAt('test/tools/node_modules/.package-lock.json') >= lock) return;
  const quiet = ['--no-audit', '--no-fund'];
  await runOrThrow([npmScript(), 'ci', '--prefix', 'test/tools', '--ignore-scripts', ...quiet]);
}

/** `npm pack` once for all layers that need the tarball; its prepack script builds. */
async function packOnce() {
  if (packOnce.tarball) return packOnce.tarball;
  rmSync(packFolder, { recursive: true, force: true });
  mkdirSync(packFolder, { recursive: true });
  const quiet = ['--loglevel=error', '--foreground-scripts=false'];
  await runOrThrow([npmScript(), 'pack', '--pack-destination', packFolder, ...quiet], { output: 'ignore' });
  packOnce.tarball = join(packFolder, readdirSync(packFolder)[0]);
  return packOnce.tarball;
}

/** For a layer that is run alone; in a full run the build is a step of its own. */
async function buildOnce() {
  if (!buildOnce.done) await runStaticCheck('build');
}

async function runStaticCheck(name) {
  await runOrThrow(staticChecks[name]);
  if (name === 'build') buildOnce.done = true;
  return { passed: 1, failed: 0 };
}

function readReport(file) {
  const { stats, failures } = JSON.parse(readFileSync(file, 'utf8'));
  for (const { fullTitle, err } of failures) console.log(`\n  ✗ ${fullTitle}\n${err.stack ?? err.message}\n`);
  if (stats.pending > 0) console.log(`  ✗ ${stats.pending} skipped: a skipped test proves nothing`);
  return { passed: stats.passes, failed: stats.failures + stats.pending };
}

async function runLayer(name) {
  const { minutes, jobs, system = [], built = false, runtimes = false, tarball = false } = layers[name];
  ensureSystemPackages(system);
  if (built) await buildOnce();
  if (runtimes) await installTestTools();
  const env = tarball ? { BITLANE_TARBALL: await packOnce() } : { BITLANE_FAULTS: extent };
  const report = resolve(`artefacts/tests/${name}.json`);
  rmSync(report, { force: true });
  const reporter = ['--reporter', 'json', '--reporter-option', `output=${report}`];
  const sideBySide = jobs ? ['--parallel', '--jobs', String(jobs)] : [];
  const args = [bin('mocha/bin/mocha.js'), '--spec', `test/${name}/**/*.test.ts`, ...reporter, ...sideBySide];
  const { code, fault } = await run(args, { minutes, env });
  if (!existsSync(report)) throw new Error(`mocha ${fault} and left no report`);
  const { passed, failed } = readReport(report);
  if (passed + failed === 0) throw new Error('no test ran');
  const brokeOff = code === null || (code !== 0 && failed === 0);
  if (brokeOff) console.error(`  ✗ mocha ${fault} after its last test`);
  return { passed, failed: failed + (brokeOff ? 1 : 0) };
}

async function runStep(name, work) {
  const started = Date.now();
  const result = await work(name).catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    return { passed: 0, failed: 1 };
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
  const failures = result.failed > 0 ? `, ${result.failed} failed` : '';
  const mark = result.failed > 0 ? 'FAIL' : 'ok  ';
  console.log(`${mark} ${name.padEnd(12)} ${seconds} s  ${result.passed} passed${failures}`);
  return result;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const child of running) if (child.pid) end(child, signal);
    process.exit(1);
  });
}

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in layers));
if (unknown.length > 0)
  throw new Error(`No such layer: ${unknown.join(', ')}. There are: ${Object.keys(layers).join(', ')}`);

const extent = chosen.includes('faults') ? 'full' : 'short';
const results = [];
if (chosen.length === 0) {
  const [first, ...others] = Object.keys(staticChecks);
  results.push(await runStep(first, runStaticCheck));
  results.push(...(await Promise.all(others.map((name) => runStep(name, runStaticCheck)))));
}
for (const name of chosen.length > 0 ? chosen : Object.keys(layers))
  results.push(await runStep(name, runLayer));

const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
console.log(`${total('passed')} passed, ${total('failed')} failed`);
process.exitCode = total('failed') > 0 || total('passed') === 0 ? 1 : 0;
