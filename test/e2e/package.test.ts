import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { entriesAt, idAt, textAt } from '../../lib/core/fields';
import {
  filesBelow,
  languages,
  registeredNodes,
  registeredPlugins,
  root,
  shippedFlows,
} from '../../scripts/pack.cjs';
import { findNpmScript, packedTarball } from './support/pack';
import { notePack } from './support/pack-notes';

const execute = promisify(execFile);

describe('what npm pack puts into the tarball', function () {
  let paths: string[];
  const nodes = registeredNodes();

  const missing = (wanted: string[]): string[] => wanted.filter((path) => !paths.includes(path));

  before(async () => {
    // Makes sure that dist/ is built: the dry run itself must not build under the feet of other tests.
    const tarball = await packedTarball();
    const args = [findNpmScript(), 'pack', '--dry-run', '--json', '--ignore-scripts'];
    const { stdout } = await execute(process.execPath, args, { cwd: root });
    const [dryRun] = entriesAt(JSON.parse(stdout));
    paths = entriesAt(dryRun, 'files').map((file) => textAt(file, 'path') ?? '');
    const { size } = await stat(tarball);
    const unpackedBytes = idAt(dryRun, 'unpackedSize') ?? 0;
    await notePack('tarball', { bytes: size, unpackedBytes, files: paths.length });
  });

  it('every node with its script, dialog and icon', () => {
    const wanted = nodes.flatMap(({ type, file }) => [
      file,
      file.replace(/\.js$/, '.html'),
      `${dirname(file)}/icons/${type}.svg`,
    ]);
    assert.deepEqual(missing(wanted), []);
  });

  it('every node with texts and help in both languages', () => {
    const wanted = nodes.flatMap(({ type, file }) =>
      languages.flatMap((language) =>
        ['json', 'html'].map((kind) => `${dirname(file)}/locales/${language}/${type}.${kind}`),
      ),
    );
    assert.deepEqual(missing(wanted), []);
  });

  it('every plugin with its script, page and texts, and what the pages load', () => {
    const wanted = registeredPlugins().flatMap(({ name, file }) => [
      file,
      file.replace(/\.js$/, '.html'),
      ...languages.map((language) => `${dirname(file)}/locales/${language}/${name}.json`),
    ]);
    assert.ok(wanted.length > 0);
    const resources = filesBelow(join(root, 'resources')).map((file) => `resources/${file}`);
    assert.deepEqual(missing([...wanted, ...resources]), []);
  });

  it('one example per flow, and no other', () => {
    const flows = shippedFlows();
    assert.ok(flows.length > 0, 'there are no flows');
    const examples = paths.filter((path) => path.startsWith('examples/'));
    assert.deepEqual(examples.sort(), flows.map((flow) => `examples/${flow}`).sort());
    assert.deepEqual(missing(flows.map((flow) => `flows/${flow}`)), []);
  });

  it('every definition below proto', () => {
    const files = filesBelow(join(root, 'proto'));
    const definitions = files.filter((file) => file.endsWith('.proto')).map((file) => `proto/${file}`);
    assert.deepEqual(missing(definitions), []);
  });

  it('licence, readme and changelog', () => {
    assert.deepEqual(missing(['LICENSE', 'README.md', 'README-ru.md', 'CHANGELOG.md']), []);
  });

  it('the command sandbox with its pages and its definition', () => {
    const pages = filesBelow(join(root, 'sandbox/web/pages')).map((file) => `dist/sandbox/web/pages/${file}`);
    assert.ok(pages.length > 0);
    const definition = 'dist/sandbox/speechsense/reference.proto';
    assert.deepEqual(missing(['dist/sandbox/bin.js', definition, ...pages]), []);
  });

  it('no test, benchmark, script, source or map, and the sandbox only as it is built', () => {
    const unwanted =
      /(^|\/)(test|tests|bench|scripts|artefacts|node_modules)\/|^sandbox\/|(?<!\.d)\.ts$|\.map$/;
    assert.deepEqual(
      paths.filter((path) => unwanted.test(path)),
      [],
    );
  });
});
