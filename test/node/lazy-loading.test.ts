import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { registeredNodes, root } from '../../scripts/pack.cjs';

const program = join(root, 'test/support/register-all.cjs');

/** The files that a process has loaded which registers all types, and then makes nodes of some of them. */
function loadedWith(...types: string[]): string[] {
  const out = execFileSync(process.execPath, ['--require', 'tsx/cjs', program, ...types], {
    encoding: 'utf8',
  });
  return out.split('\n').filter(Boolean);
}

/** Without what compiles our own files. */
const packages = (files: readonly string[]): string[] =>
  files.filter((file) => /node_modules\/(?!tsx|esbuild)/.test(file.replaceAll('\\', '/')));
const behaviours = (files: readonly string[]): string[] =>
  files.filter((file) => /behaviour\.ts$/.test(file)).map((file) => file.replace(/.*\/(.*)\/.*/, '$1'));

describe('what a flow does not use', () => {
  it('is not loaded with the types', () => {
    const files = loadedWith();
    assert.ok(files.some((file) => file.endsWith('/bitrix-in/bitrix-in.ts')));
    assert.deepEqual(behaviours(files), []);
    assert.deepEqual(packages(files), []);
  });

  it('is not loaded with a node of another type', () => {
    const files = loadedWith('dify-app');
    assert.deepEqual(behaviours(files), ['dify-app']);
    assert.ok(files.some((file) => file.includes('/axios/')));
    assert.deepEqual(
      files.filter((file) => /@grpc|bullmq|ioredis|music-metadata|lib\/typebot|lib\/speechsense/.test(file)),
      [],
    );
  });

  it('is there for a node of each type', () => {
    const types = registeredNodes().map(({ type }) => type);
    assert.deepEqual(behaviours(loadedWith(...types)).sort(), [...types].sort());
  });
});
