import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from './matrix';

const execute = promisify(execFile);

/** The npm of this run as a script, so that any Node can be told to run it. */
export function findNpmScript(): string {
  const nextToNode = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  const found = [process.env['npm_execpath'] ?? '', nextToNode, ...onPath]
    .filter((file) => existsSync(file))
    .map((file) => realpathSync(file))
    .find((file) => file.endsWith('npm-cli.js'));
  if (found === undefined)
    throw new Error('npm-cli.js is neither in npm_execpath, next to node nor on the PATH');
  return found;
}

async function pack(): Promise<string> {
  const folder = join(repository, 'artefacts', 'pack');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const options = ['--pack-destination', folder, '--loglevel=error', '--foreground-scripts=false'];
  await execute(process.execPath, [findNpmScript(), 'pack', ...options], { cwd: repository });
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error('npm pack wrote no tarball');
  return join(folder, file);
}

let packing: Promise<string> | undefined;

/** The packed pack: the one that scripts/test.mjs made, or one made now when mocha is run by hand. */
export function packedTarball(): Promise<string> {
  const made = process.env['BITLANE_TARBALL'];
  packing ??= made === undefined ? pack() : Promise.resolve(made);
  return packing;
}
