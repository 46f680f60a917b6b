import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesBelow, root } from '../../../scripts/pack.cjs';

/** A copy of the project to spoil, built by the project's own script. */
describe('the build', function () {
  this.timeout(60_000);
  let copy: string;

  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'bitlane-build-'));
    for (const part of ['nodes', 'lib', 'flows', 'icons', 'scripts', 'package.json', 'tsconfig.json']) {
      cpSync(join(root, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  const build = (): { status: number | null; stderr: string } =>
    spawnSync(process.execPath, [join(copy, 'scripts/build.mjs')], { encoding: 'utf8' });

  it('puts everything that Node-RED looks for beside the compiled node', () => {
    assert.equal(build().status, 0);
    const folder = 'nodes/bitrix-in';
    for (const file of [
      'bitrix-in.js',
      'bitrix-in.html',
      'icons/bitrix-in.svg',
      'locales/ru/bitrix-in.html',
    ]) {
      assert.ok(filesBelow(join(copy, 'dist')).includes(`${folder}/${file}`), file);
    }
    const catalogue = readFileSync(join(copy, 'dist', folder, 'locales/ru/bitrix-in.json'), 'utf8');
    assert.match(catalogue, /"ready":"готов"/);
    assert.deepEqual(filesBelow(join(copy, 'examples')), filesBelow(join(copy, 'flows')));
    assert.deepEqual(
      filesBelow(join(copy, 'dist')).filter((file) => file.endsWith('.map')),
      [],
    );
  });

  for (const file of [
    'icons/bitrix-in.svg',
    'nodes/bitrix-in/bitrix-in.html',
    'nodes/bitrix-in/locales/ru/bitrix-in.json',
    'nodes/bitrix-in/locales/en-US/bitrix-in.html',
  ]) {
    it(`fails and names ${file} when it is missing`, () => {
      rmSync(join(copy, file));
      const { status, stderr } = build();
      assert.equal(status, 1);
      assert.ok(stderr.includes(file), stderr);
    });
  }

  it('fails when a flow uses a type that nobody knows', () => {
    writeFileSync(join(copy, 'flows/Wrong.json'), JSON.stringify([{ id: 'x', type: 'somebody-elses-node' }]));
    const { status, stderr } = build();
    assert.equal(status, 1);
    assert.match(stderr, /somebody-elses-node/);
  });

  it('fails when a text of one language is missing in the other', () => {
    const path = join(copy, 'nodes/bitrix-in/locales/ru/bitrix-in.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/, "bot": "Бот"/, ''));
    const { status, stderr } = build();
    assert.equal(status, 1);
    assert.match(stderr, /bitrix-in\.label\.bot/);
  });

  it('fails when the code does not compile', () => {
    writeFileSync(join(copy, 'lib/core/wrong.ts'), 'export const x: number = "text";');
    assert.equal(build().status, 1);
  });
});
