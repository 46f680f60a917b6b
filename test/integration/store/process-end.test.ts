import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

describe('a leased store at the end of its process', function () {
  let parent: string;
  let folder: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'bitlane-end-'));
    folder = join(parent, 'bitlane');
  });
  afterEach(() => rm(parent, { recursive: true, force: true }));

  async function tenant(ending: string, before: readonly string[] = []): Promise<string> {
    const own = [process.execPath, '--require', 'tsx/cjs', join(__dirname, 'tenant.ts'), folder, ending];
    const [program = '', ...args] = [...before, ...own];
    const { stdout } = await run(program, args, { timeout: 30_000 });
    return stdout.trim();
  }

  const isLocked = (): boolean => existsSync(join(folder, 'lock'));

  it('that stops as Node-RED does leaves no lock, and the next one has nothing to say', async () => {
    assert.equal(await tenant('in-order'), 'RUN 1');
    assert.equal(isLocked(), false);
    assert.equal(await tenant('in-order'), 'RUN 2');
  });

  it('that has nothing else to do ends: the store that lingers does not hold it', async () => {
    assert.equal(await tenant('by-itself'), 'RUN 1');
    assert.equal(isLocked(), false);
    assert.equal(await tenant('by-itself'), 'RUN 2');
  });

  it('that ends in the middle of its work is taken over at once', async () => {
    assert.equal(await tenant('in-the-middle'), 'RUN 1');
    assert.equal(isLocked(), true);
    assert.equal(await tenant('in-order'), 'RUN 2 STORE_TAKEN_OVER');
  });
});
