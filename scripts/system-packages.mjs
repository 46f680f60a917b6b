// Finds the programs that the tests need, and installs what is missing where that needs nobody's password.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** @param {string[]} names */
function findOnPath(names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  // Windows tells a program by its ending, and there every file counts as executable.
  const isWindows = process.platform === 'win32';
  const endings = isWindows ? (process.env.PATHEXT ?? '.EXE').split(';').filter(Boolean) : [''];
  const files = names.flatMap((name) => endings.map((ending) => name + ending));
  return files.flatMap((file) => folders.map((folder) => join(folder, file))).find(isExecutable);
}

/** The path of redis-server, or undefined. */
export const findRedis = () => findOnPath(['redis-server']);

/** The path of a Chromium or Chrome, or undefined. CHROMIUM_PATH wins; a wrong one is an error, not a fallback. */
export function findChromium() {
  const chosen = process.env.CHROMIUM_PATH;
  if (!chosen) return findOnPath(chromiumNames);
  if (!isExecutable(chosen))
    throw new Error(`CHROMIUM_PATH is ${chosen}, which is no program that can be run`);
  return chosen;
}

const systemPackages = {
  openssl: { find: () => findOnPath(['openssl']), apt: 'openssl', what: 'openssl' },
  redis: { find: findRedis, apt: 'redis-server', what: 'redis-server (Redis 6.2 or newer)' },
  chromium: { find: findChromium, apt: 'chromium', what: 'Chromium or Google Chrome' },
};

function runApt(args) {
  const { status, error } = spawnSync('apt-get', args, {
    stdio: 'inherit',
    // A redis-server package would otherwise try to start its own service.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  });
  if (error || status !== 0) {
    throw new Error(`apt-get ${args.join(' ')} failed: ${error?.message ?? `exit code ${status}`}`);
  }
}

function explainMissing(missing) {
  const aptNames = missing.map(({ apt }) => apt).join(' ');
  return [
    `Missing: ${missing.map(({ what }) => what).join(', ')}.`,
    `  Debian, Ubuntu: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${aptNames}`,
    '    (Ubuntu has Chromium only as a snap: install Google Chrome instead and set CHROMIUM_PATH to it)',
    '  Elsewhere: install them with the package manager of the system (names: redis, chromium),',
    '    put redis-server on the PATH, and set CHROMIUM_PATH when the browser is not on the PATH.',
  ].join('\n');
}

/** Makes sure that the named programs ('redis', 'chromium') exist; throws the words of what to install otherwise. */
export function ensureSystemPackages(names) {
  const listMissing = () => names.map((name) => systemPackages[name]).filter(({ find }) => !find());
  const missing = listMissing();
  if (missing.length === 0) return;
  const mayInstall = process.getuid?.() === 0 && findOnPath(['apt-get']);
  if (!mayInstall) throw new Error(explainMissing(missing));
  runApt(['update', '-q']);
  runApt(['install', '-y', '-q', '--no-install-recommends', ...missing.map(({ apt }) => apt)]);
  const stillMissing = listMissing();
  if (stillMissing.length > 0) throw new Error(explainMissing(stillMissing));
}
