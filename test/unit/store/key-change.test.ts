import assert from 'node:assert/strict';
import { keyFromText } from '../../../lib/store/key-text';
import type { Store } from '../../../lib/store/store';
import type { ProcessView } from '../../../lib/store/process-view';
import { folder, keyOf, nextProcess, testTime, type TestTime } from './open-store';
import { keyPath, leaseScene, type LeaseScene } from './lease-scene';
import { createTestDisk, DiskFault, type TestDisk } from './test-disk';

const marker = 'marker-secret-4711';

async function fillSealed(store: Store): Promise<void> {
  for (let n = 0; n < 5; n += 1) await store.set(`token ${n}`, marker, { sealed: true });
  await store.append('q', { text: marker }, { durable: true });
  await store.flush();
}

async function assertReadable(store: Store, what: string): Promise<void> {
  for (let n = 0; n < 5; n += 1) assert.equal(await store.get(`token ${n}`), marker, what);
  assert.deepEqual((await store.peek('q', 1))[0]?.payload, { text: marker }, what);
  assert.equal((await store.stats()).unreadable, 0, what);
}

async function openWith(scene: LeaseScene, encryptionKey?: string): Promise<Store> {
  const store = await scene.pass(scene.leases.lease({ folder, encryptionKey }).source());
  await scene.settle();
  return store;
}

/** A disk with a store on it that was closed in order. */
async function filledDisk(encryptionKey?: string): Promise<TestDisk> {
  const scene = leaseScene();
  const lease = scene.leases.lease({ folder, encryptionKey });
  await fillSealed(await scene.pass(lease.source()));
  await lease.release();
  await scene.wait(2000);
  await scene.settle();
  return scene.disk;
}

describe('the text of a key', () => {
  it('of 32 bytes in base64 is the key; any other gives the same key everywhere and always', async () => {
    assert.equal(await keyFromText(keyOf('p')), keyOf('p'));
    const made = await keyFromText('пароль из шестнадцати');
    assert.equal(await keyFromText('пароль из шестнадцати'), made);
    assert.equal(Buffer.from(made, 'base64').length, 32);
    assert.notEqual(await keyFromText('пароль из шестнадцати!'), made);
    // Written down once: with another value no store that is in use could be opened any more.
    assert.equal(await keyFromText('correct horse battery'), 'QYr73fqXkkQh4vK/Z4PdzULxzSZ8THcgIFFNHlZmHt0=');
  });

  it('that is too short is refused without being repeated', async () => {
    for (const text of ['', 'tiny', 'fifteen letters']) {
      await assert.rejects(
        keyFromText(text),
        (failure: Error & { code?: string }) =>
          failure.code === 'CONFIG_INVALID' && (text === '' || !failure.message.includes(text)),
      );
    }
  });
});

describe('a key that is made by itself', () => {
  it('is on disk before anything is sealed with it, beside the folder', async () => {
    const scene = leaseScene();
    const store = await openWith(scene);
    await fillSealed(store);
    const left = leaseScene(scene.disk.afterPowerCut());
    assert.equal(left.keys().length, 1);
    await assertReadable(await openWith(left), 'after a power cut');
  });

  it('is rotated: everything is sealed anew and the old key is forgotten', async () => {
    const scene = leaseScene(await filledDisk());
    const [before] = scene.keys();
    const store = await openWith(scene);
    const held = scene.leases.find(folder) ?? assert.fail('not held');
    assert.deepEqual(await scene.pass(held.rotate()), { resealed: 6, unreadable: 0 });
    const [after, ...others] = scene.keys();
    assert.notEqual(after, before);
    assert.deepEqual(others, []);
    await assertReadable(store, 'at once');
    await assertReadable(await openWith(leaseScene(scene.disk.afterKill())), 'by the next process');
  });

  it('is rotated by two at a time, one after the other', async () => {
    const scene = leaseScene(await filledDisk());
    await openWith(scene);
    const held = scene.leases.find(folder) ?? assert.fail('not held');
    await scene.pass(Promise.all([held.rotate(), held.rotate()]));
    assert.equal(scene.keys().length, 1);
    await assertReadable(await openWith(leaseScene(scene.disk.afterKill())), 'by the next process');
  });
});

interface Change {
  what: string;
  before: string | undefined;
  after: string | undefined;
  run: (scene: LeaseScene) => Promise<unknown>;
}

const changes: Change[] = [
  {
    what: 'rotating',
    before: undefined,
    after: undefined,
    async run(scene) {
      await openWith(scene);
      await scene.pass(scene.leases.find(folder)?.rotate() ?? assert.fail('not held'));
    },
  },
  {
    what: 'a deploy with a new key',
    before: keyOf('p'),
    after: keyOf('n'),
    run: (scene) => openWith(scene, keyOf('n')),
  },
  {
    what: 'a deploy with the first key of a person',
    before: undefined,
    after: keyOf('n'),
    run: (scene) => openWith(scene, keyOf('n')),
  },
];

for (const { what, before, after, run } of changes) {
  describe(`${what}, with a crash at any step`, function () {
    it('loses nothing, and the next start ends what was begun', async () => {
      const origin = await filledDisk(before);
      const points = await countSteps(origin);
      assert.ok(points > 15, `${points} steps`);
      for (let point = 1; point <= points; point += 1) {
        for (const cut of ['afterKill', 'afterPowerCut'] as const) {
          const at = `${cut} at step ${point}`;
          const left = (await stoppedAt(origin, point, testTime()))[cut]();
          const next = leaseScene(left);
          await assertReadable(await openWith(next, after), at);
          assert.equal(next.keys().length, 1, `${at}: an old key is still there`);
          await assertReadable(await openWith(leaseScene(next.disk.afterKill()), after), `${at}, once more`);
        }
      }
    });

    async function countSteps(origin: TestDisk): Promise<number> {
      const scene = leaseScene(origin.afterKill());
      let steps = 0;
      scene.disk.before = () => void (steps += 1);
      await run(scene);
      return steps;
    }

    /** The disk of a change that came as far as the beginning of this step. */
    async function stoppedAt(origin: TestDisk, point: number, time: TestTime): Promise<TestDisk> {
      const scene = leaseScene(origin.afterKill(), time);
      let steps = 0;
      let left: TestDisk | undefined;
      scene.disk.before = () => {
        steps += 1;
        if (steps === point) left = cuttable(scene.disk);
      };
      await run(scene);
      return left ?? scene.disk;
    }

    /** Both what a kill and what a power cut at this moment would leave. */
    function cuttable(disk: TestDisk): TestDisk {
      const kill = disk.afterKill();
      const cut = disk.afterPowerCut();
      return { ...kill, afterKill: () => kill.afterKill(), afterPowerCut: () => cut.afterKill() };
    }
  });
}

describe('the key of a person', () => {
  it('that is changed by a deploy while the store lingers seals everything anew', async () => {
    const scene = leaseScene(await filledDisk(keyOf('p')));
    const old = scene.leases.lease({ folder, encryptionKey: keyOf('p') });
    const store = await scene.pass(old.source());
    await old.release();
    const changed = scene.leases.lease({ folder, encryptionKey: keyOf('n') });
    assert.equal(await changed.source(), store);
    await scene.settle();
    assert.deepEqual(scene.keys(), [keyOf('n')]);
    await assertReadable(store, 'at once');
    await assertReadable(
      await openWith(leaseScene(scene.disk.afterKill()), keyOf('n')),
      'by the next process',
    );
  });

  it('stays in use when the field is emptied', async () => {
    const scene = leaseScene(await filledDisk(keyOf('p')));
    await assertReadable(await openWith(scene), 'without the field');
    assert.deepEqual(scene.keys(), [keyOf('p')]);
  });

  it('opens the folder on a machine without the key file', async () => {
    for (const key of [keyOf('p'), 'words that nobody guesses']) {
      const disk = await filledDisk(key);
      await disk.files.remove(keyPath);
      const scene = leaseScene(disk);
      await assertReadable(await openWith(scene, key), key);
    }
  });

  it('brings back what was sealed with a key that had been lost', async () => {
    const disk = await filledDisk();
    const [lost = ''] = disk.content(keyPath).toString().split('\n');
    await disk.files.remove(keyPath);
    const without = leaseScene(disk);
    const lease = without.leases.lease({ folder });
    const store = await without.pass(lease.source());
    assert.equal((await store.stats()).unreadable, 6);
    await store.set('meanwhile', marker, { sealed: true });
    await lease.release();
    await without.wait(2000);
    const back = leaseScene(without.disk);
    const found = await openWith(back, lost);
    await assertReadable(found, 'with the key back');
    assert.equal(await found.get('meanwhile'), marker);
    assert.deepEqual(back.keys(), [lost]);
  });

  it('cannot be put in place on a broken disk, and is when the disk is mended', async () => {
    const scene = leaseScene(await filledDisk());
    const store = await openWith(scene);
    scene.disk.before = (step, path) => {
      if (step === 'rename' && path.endsWith('.key.tmp')) throw new DiskFault('EIO');
    };
    const lease = scene.leases.lease({ folder, encryptionKey: keyOf('n') });
    await scene.settle();
    await assertReadable(store, 'with the old key');
    assert.notEqual(scene.keys()[0], keyOf('n'));
    scene.disk.before = (step) => {
      if (step === 'sync' || step === 'create') throw new DiskFault('EIO');
    };
    await assert.rejects(store.set('x', 1, { durable: true }), { code: 'STORE_UNAVAILABLE' });
    scene.disk.before = () => undefined;
    await scene.wait(3000);
    await scene.settle();
    assert.deepEqual(scene.keys(), [keyOf('n')]);
    await assertReadable(store, 'with the new key');
    await lease.release();
  });
});

describe('two processes that come to a new folder at the same time', () => {
  it('do not make a key each', async () => {
    const disk = createTestDisk();
    const alive: Pick<ProcessView, 'isAlive' | 'startOf'> = {
      isAlive: () => true,
      startOf: (pid) => `start of ${pid}`,
    };
    const scenes = [1, 2].map(() => leaseScene(disk, testTime(), { ...nextProcess(), ...alive }));
    const outcomes = await Promise.allSettled(
      scenes.map((scene) => scene.pass(scene.leases.lease({ folder }).source())),
    );
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') await fillSealed(outcome.value);
    await assertReadable(await openWith(leaseScene(disk.afterKill())), 'by the next process');
  });
});
