import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { filesBelow, root } from '../../../scripts/pack.cjs';
import { until } from '../../support/until';

/** A copy of the project to spoil, built by the project's own script. */
describe('the build', function () {
  let copy: string;

  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'bitlane-build-'));
    for (const part of [
      'nodes',
      'lib',
      'flows',
      'icons',
      'sandbox',
      'scripts',
      'package.json',
      'tsconfig.json',
    ]) {
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
    writeFileSync(path, readFileSync(path, 'utf8').replace('"bot": "Бот"', '"robot": "Бот"'));
    const { status, stderr } = build();
    assert.equal(status, 1);
    assert.match(stderr, /bitrix-in\.label\.bot/);
  });

  describe('beside an older build', () => {
    const old = ['dist/old.js', 'examples/old.json'];
    beforeEach(() => {
      for (const file of old) {
        mkdirSync(join(copy, dirname(file)));
        writeFileSync(join(copy, file), 'old');
      }
    });
    const built = (): string[] => ['dist', 'examples'].flatMap((folder) => filesIn(folder));
    const filesIn = (folder: string): string[] =>
      filesBelow(join(copy, folder)).map((file) => `${folder}/${file}`);

    it('takes its place, and leaves nothing of it and nothing aside', () => {
      assert.equal(build().status, 0);
      assert.deepEqual(
        built().filter((file) => old.includes(file)),
        [],
      );
      assert.ok(built().includes('dist/nodes/bitrix-in/bitrix-in.js'));
      assert.deepEqual(readdirSync(join(copy, 'artefacts')), []);
    });

    it('leaves the old one alone when the code does not compile', () => {
      writeFileSync(join(copy, 'lib/core/wrong.ts'), 'export const x: number = "text";');
      const { status, stderr } = build();
      assert.equal(status, 1);
      assert.match(stderr, /wrong\.ts/);
      assert.deepEqual(built(), old);
      assert.deepEqual(readdirSync(join(copy, 'artefacts')), []);
    });

    it('leaves the old one alone when it breaks off after compiling', () => {
      writeFileSync(join(copy, 'nodes/runtime/locales/ru.json'), '{');
      assert.equal(build().status, 1);
      assert.deepEqual(built(), old);
    });
  });
});

/** The real scripts/start.mjs around a build and a sandbox that only write down when they begin and end. */
describe('npm run dev', function () {
  let folder: string;
  let dev: ChildProcess;

  const notes = (): string[] => {
    const file = join(folder, 'notes');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };
  const noted = (note: string, times: number): Promise<void> =>
    until(() => notes().filter((line) => line === note).length >= times, `${times} x ${note}`);
  let changes = 0;
  const change = (): void => writeFileSync(join(folder, 'nodes/node.ts'), `${(changes += 1)}`);
  const write = (file: string, code: string): void =>
    writeFileSync(
      join(folder, file),
      `import { spawn } from 'node:child_process';
      import { appendFileSync } from 'node:fs';
      const note = (line) => appendFileSync('notes', line + '\\n');
      ${code}`,
    );
  const upAndDown = `process.once('SIGTERM', () => setTimeout(() => { note('down'); process.exit(); }, 500));
    setInterval(() => {}, 1000);
    note('up');`;

  function startDev(sandbox: string): void {
    write('sandbox/start.ts', sandbox);
    dev = spawn(process.execPath, ['scripts/start.mjs', '--watch'], { cwd: folder, stdio: 'inherit' });
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bitlane-dev-'));
    for (const part of ['scripts', 'nodes', 'lib', 'flows', 'icons', 'sandbox'])
      mkdirSync(join(folder, part));
    cpSync(join(root, 'scripts/start.mjs'), join(folder, 'scripts/start.mjs'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    writeFileSync(join(folder, 'package.json'), '{}');
    // Long enough for a change to be taken up before it ends.
    write('scripts/build.mjs', `note('build'); setTimeout(() => note('built'), 600);`);
  });
  afterEach(async () => {
    const ended = once(dev, 'exit');
    dev.kill();
    await ended;
    rmSync(folder, { recursive: true });
  });

  it('never has two builds or two sandboxes at once, and ends with what was changed last', async () => {
    startDev(upAndDown);
    await noted('up', 1);
    for (const builds of [2, 4]) {
      change();
      await noted('build', builds);
      change();
      await noted('build', builds + 1);
    }
    await until(() => notes().at(-1) === 'up', 'the last start');
    const lines = notes().join(' ');
    assert.match(lines, /^(build built ?((down )?up ?)?)+$/);
    assert.doesNotMatch(lines, /up (build |built )*up/);
  });

  it('ends a sandbox that is still starting with all that it has started', async () => {
    write('node-red.mjs', upAndDown);
    startDev(`spawn(process.execPath, ['node-red.mjs']); setInterval(() => {}, 1000);`);
    await noted('up', 1);
    change();
    await noted('down', 1);
    await noted('up', 2);
  });
});
