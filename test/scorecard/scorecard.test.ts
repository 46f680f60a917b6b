import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { at } from '../../lib/core/fields';
import { repository } from '../e2e/support/matrix';
import { packedTarball } from '../e2e/support/pack';

const execute = promisify(execFile);

// P02 is switched off in the tool itself.
const checks = {
  P01: 'a licence is named',
  P03: 'a repository or an address for bugs is named',
  P04: 'the name is scoped',
  P05: 'the keyword is there',
  P06: 'current Node-RED versions are accepted',
  P07: 'the oldest Node of the latest Node-RED is accepted',
  P08: 'no other pack has the name',
  N01: 'no other pack has one of the types',
  N02: 'every node is in an example',
  D01: 'at most six direct dependencies',
  D02: 'no dependency that is known to do harm',
  D03: 'the newest version of every dependency is accepted',
} as const;

// The reasons are in docs/decisions.
const mayBeYellow = ['D01', 'P03'];

async function runValidator(folder: string): Promise<{ card: unknown; output: string }> {
  const unpacked = join(folder, 'package');
  const cardFile = join(folder, 'card.json');
  await execute('tar', ['-xzf', await packedTarball(), '-C', folder]);
  const validator = join(repository, 'test', 'tools', 'node_modules', 'node-red-dev', 'bin', 'run');
  const preload = ['--require', join(__dirname, 'offline-catalogue.cjs')];
  const args = [...preload, validator, 'validate', '-p', unpacked, '-o', cardFile];
  const validating = execute(process.execPath, args);
  // It waits for the end of its input.
  validating.child.stdin?.end();
  const { stdout, stderr } = await validating;
  const output = `${stdout}${stderr}`;
  const written = await readFile(cardFile, 'utf8').catch(() => {
    throw new Error(`node-red-dev wrote no scorecard:\n${output}`);
  });
  const card: unknown = JSON.parse(written);
  return { card, output };
}

describe("the Flow Library's scorecard of the packed pack", function () {
  let folder: string;
  let card: unknown;
  let output: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bitlane-scorecard-'));
    ({ card, output } = await runValidator(folder));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  for (const [id, meaning] of Object.entries(checks)) {
    it(`${id}: ${meaning}`, () => {
      const passed = at(card, id, 'test');
      assert.equal(typeof passed, 'boolean', `${id} is missing from the scorecard:\n${output}`);
      const accepted = passed === true || mayBeYellow.includes(id);
      const mark = passed === true ? '✓' : accepted ? '! (accepted)' : '✗';
      console.log(`  ${mark} ${id} ${meaning} ${JSON.stringify(at(card, id))}`);
      assert.ok(accepted, output);
    });
  }

  it('D02 walked the dependencies, instead of passing for want of an answer', () => {
    assert.doesNotMatch(output, /could not load/);
  });
});
