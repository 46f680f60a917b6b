import assert from 'node:assert/strict';
import type { StoreLease } from '../../../lib/store/leases';
import { all, folder, keyOf, nextProcess, testTime } from './open-store';
import { leaseScene, noteConditions, type LeaseScene } from './lease-scene';
import { createTestDisk, DiskFault } from './test-disk';

const longKey = 'a long enough key of a person';

async function opened(scene: LeaseScene, encryptionKey?: string): Promise<StoreLease> {
  const lease = scene.leases.lease({ folder, encryptionKey });
  await scene.pass(lease.source());
  await scene.settle();
  return lease;
}

describe('the leases of a store', () => {
  it('of one folder share one open store, however the folder is written', async () => {
    const scene = leaseScene();
    const one = await opened(scene);
    const other = scene.leases.lease({ folder: `${folder}/sub/..` });
    assert.equal(await one.source(), await other.source());
    assert.equal(scene.openings(), 1);
    await one.release();
    await scene.wait(60_000);
    await (await other.source()).set('still', 'open', { durable: true });
    await other.release();
    await scene.wait(2000);
    await scene.settle();
    assert.equal(scene.isLocked(), false);
  });

  it('of two folders are two stores', async () => {
    const scene = leaseScene();
    const one = await opened(scene);
    const other = scene.leases.lease({ folder: '/other' });
    const store = await scene.pass(other.source());
    assert.notEqual(store, await one.source());
    assert.equal(scene.openings(), 2);
    await scene.pass(Promise.all([one.release(), other.release()]));
    await scene.wait(2000);
  });

  it('open nothing before the first use, and once for many uses at a time', async () => {
    const scene = leaseScene();
    const lease = scene.leases.lease({ folder });
    await scene.settle();
    assert.equal(scene.openings(), 0);
    const stores = await scene.pass(Promise.all([lease.source(), lease.source(), lease.source()]));
    assert.equal(new Set(stores).size, 1);
    assert.equal(scene.openings(), 1);
    await lease.release();
    await scene.wait(2000);
  });

  it('keep the store open for two seconds after the last release, with all that was written on disk', async () => {
    const scene = leaseScene();
    const lease = await opened(scene);
    const store = await lease.source();
    await store.set('written', 'before the release');
    await lease.release();
    assert.equal(scene.isLocked(), true);
    const left = leaseScene(scene.disk.afterPowerCut());
    assert.equal(await (await (await opened(left)).source()).get('written'), 'before the release');

    await scene.time.clock.advance(1900);
    await (await lease.source()).set('late', 'by a flow in flight', { durable: true });
    await scene.time.clock.advance(200);
    await scene.settle();
    assert.equal(scene.isLocked(), false);
    await assert.rejects(lease.source(), { code: 'CANCELLED' });
    await assert.rejects(store.set('too', 'late'), { code: 'CANCELLED' });
  });

  it('taken again in that time go on with the same store, ten deploys long', async () => {
    const scene = leaseScene();
    let lease = await opened(scene);
    const store = await lease.source();
    const first = lease;
    for (let deploy = 0; deploy < 10; deploy += 1) {
      await lease.release();
      await scene.time.clock.advance(1500);
      lease = scene.leases.lease({ folder });
      assert.equal(await lease.source(), store);
    }
    await scene.wait(60_000);
    assert.equal(scene.openings(), 1);
    assert.equal(await first.source(), store, 'a flow of an earlier deploy has lost its store');
    await lease.release();
    await scene.wait(2000);
  });

  it('taken while the store is being closed wait for that, and open it anew', async () => {
    const scene = leaseScene();
    const first = await opened(scene);
    const store = await first.source();
    let letGo = (): void => undefined;
    scene.disk.before = (step) =>
      step === 'remove' ? new Promise((resolve) => (letGo = resolve)) : undefined;
    await first.release();
    await scene.wait(2000);
    const second = scene.leases.lease({ folder });
    const opening = second.source();
    await scene.settle();
    assert.equal(scene.openings(), 1, 'opened while it was being closed');
    scene.disk.before = () => undefined;
    letGo();
    assert.notEqual(await scene.pass(opening), store);
    await second.release();
    await scene.wait(2000);
  });

  it('released twice count once', async () => {
    const scene = leaseScene();
    const one = await opened(scene);
    const other = scene.leases.lease({ folder });
    await one.release();
    await one.release();
    await scene.wait(10_000);
    assert.equal(scene.isLocked(), true);
    await other.release();
    await scene.wait(2000);
    await scene.settle();
    assert.equal(scene.isLocked(), false);
  });

  it('leave no lock behind when the process ends in order, and nothing is said to the next one', async () => {
    const scene = leaseScene();
    const lease = await opened(scene);
    await (await lease.source()).set('kept', 1);
    await lease.release();
    scene.exit();
    assert.equal(scene.isLocked(), false);
    const next = leaseScene(scene.disk.afterKill());
    const { seen, note } = noteConditions();
    const again = next.leases.lease({ folder });
    again.onState(note);
    assert.equal(await (await next.pass(again.source())).get('kept'), 1);
    assert.deepEqual(seen, ['opening', 'ready']);
  });

  it('leave the lock when the process ends in the middle of its work: the next one takes it over', async () => {
    const scene = leaseScene();
    await opened(scene);
    scene.exit();
    assert.equal(scene.isLocked(), true);
    const next = leaseScene(scene.disk.afterKill());
    const { seen, note } = noteConditions();
    const again = next.leases.lease({ folder });
    again.onState(note);
    await next.pass(again.source());
    assert.match(seen[1] ?? '', /^ready STORE_TAKEN_OVER/);
  });

  it('that nobody used are given up without opening anything', async () => {
    const scene = leaseScene();
    await scene.leases.lease({ folder }).release();
    await scene.wait(2000);
    assert.equal(scene.openings(), 0);
    assert.deepEqual(scene.disk.names(), []);
  });
});

describe('a store that cannot be opened', () => {
  it('says why once, is not tried more often than every five seconds, and recovers by itself', async () => {
    const scene = leaseScene();
    scene.disk.before = (step) => {
      if (step === 'create') throw new DiskFault('ENOSPC');
    };
    const lease = scene.leases.lease({ folder });
    const { seen, note } = noteConditions();
    lease.onState(note);
    const failure = { code: 'STORE_UNAVAILABLE', params: { reason: 'ENOSPC' } };
    await assert.rejects(scene.pass(lease.source()), failure);
    for (let use = 0; use < 20; use += 1) await assert.rejects(lease.source(), failure);
    assert.equal(scene.openings(), 1);
    await scene.wait(12_000);
    assert.ok(scene.openings() >= 2 && scene.openings() <= 4, `${scene.openings()} openings`);
    scene.disk.before = () => undefined;
    await scene.wait(5100);
    await scene.settle();
    assert.deepEqual(seen, ['opening', "unavailable: the store's folder cannot be used: ENOSPC", 'ready']);
    await (await lease.source()).set('works', true, { durable: true });
    await lease.release();
    await scene.wait(2000);
  });

  it('because another process has it is opened when that one is gone', async () => {
    const disk = createTestDisk();
    const first = nextProcess();
    const other = leaseScene(disk, testTime(), first);
    const held = await opened(other);
    const running = new Set([first.pid]);
    const scene = leaseScene(disk, testTime(), {
      ...nextProcess(),
      isAlive: (pid) => running.has(pid),
      startOf: (pid) => `start of ${pid}`,
    });
    const lease = scene.leases.lease({ folder });
    await assert.rejects(scene.pass(lease.source()), {
      code: 'STORE_LOCKED',
      params: { pid: first.pid, host: 'here' },
    });
    await held.release();
    await other.wait(2000);
    running.clear();
    await scene.wait(5100);
    await scene.settle();
    await (await lease.source()).set('mine', 1, { durable: true });
    await lease.release();
    await scene.wait(2000);
  });

  it('is not tried any more after the last release', async () => {
    const scene = leaseScene();
    scene.disk.before = (step) => {
      if (step === 'create') throw new DiskFault('EROFS');
    };
    const lease = scene.leases.lease({ folder });
    await assert.rejects(scene.pass(lease.source()), { code: 'STORE_UNAVAILABLE' });
    await lease.release();
    await scene.wait(60_000);
    assert.equal(scene.openings(), 1);
    assert.equal(scene.time.clock.pending(), 0);
  });
});

describe('the state of a leased store', () => {
  it('is told when the disk fails and when it works again, until one stops listening', async () => {
    const scene = leaseScene();
    const lease = await opened(scene);
    const { seen, note } = noteConditions();
    const { seen: seenBriefly, note: noteBriefly } = noteConditions();
    lease.onState(note);
    const stop = lease.onState(noteBriefly);
    const store = await lease.source();
    scene.disk.before = (step) => {
      if (step !== 'read') throw new DiskFault('ENOSPC');
    };
    await assert.rejects(store.set('x', 1, { durable: true }), { code: 'STORE_UNAVAILABLE' });
    stop();
    scene.disk.before = () => undefined;
    await scene.wait(2500);
    assert.deepEqual(seen, ['ready', "unavailable: the store's folder cannot be used: ENOSPC", 'ready']);
    assert.equal(seenBriefly.length, 2);
    await lease.release();
    await scene.wait(2000);
  });

  it('is red while another process has taken the folder, and the folder is taken back when that one goes', async () => {
    const scene = leaseScene();
    const lease = await opened(scene);
    const { seen, note } = noteConditions();
    lease.onState(note);
    // The clock of this process stands still while the other one watches its heart.
    const thief = leaseScene(scene.disk, testTime(), { ...nextProcess(), host: 'there' });
    const stolen = await opened(thief);
    await scene.wait(3000);
    await scene.settle();
    assert.match(seen[1] ?? '', /on there uses the store/);
    await assert.rejects(lease.source(), { code: 'STORE_LOCKED' });
    await stolen.release();
    await thief.wait(2000);
    await thief.settle();
    await scene.wait(20_000);
    await scene.settle();
    assert.match(seen.at(-1) ?? '', /^ready/);
    await (await lease.source()).set('mine', 1, { durable: true });
    await lease.release();
    await scene.wait(2000);
  });
});

describe('the key of a leased store', () => {
  it('is refused when it is too short, or another than that of a node with the same folder', async () => {
    const scene = leaseScene();
    assert.throws(() => scene.leases.lease({ folder, encryptionKey: 'fifteen letters' }), {
      code: 'CONFIG_INVALID',
      params: { property: 'encryptionKey', expected: '≥ 16', why: 'shortKey' },
    });
    assert.equal(scene.leases.find(folder), undefined);
    const lease = await opened(scene, longKey);
    assert.throws(() => scene.leases.lease({ folder, encryptionKey: `${longKey} not` }), {
      code: 'CONFIG_INVALID',
      message: /another key/,
    });
    const same = scene.leases.lease({ folder, encryptionKey: longKey });
    const without = scene.leases.lease({ folder });
    assert.equal(await same.source(), await without.source());
    for (const each of [same, without, lease]) await each.release();
    await scene.wait(2000);
    assert.ok(!scene.keys().join().includes(longKey), 'what was typed stands in the key file');
  });

  it('is taken from the node that has one, also when a node without one came first', async () => {
    const scene = leaseScene();
    const without = scene.leases.lease({ folder });
    const opening = without.source();
    const withKey = scene.leases.lease({ folder, encryptionKey: keyOf('p') });
    await scene.pass(opening);
    await scene.settle();
    assert.deepEqual(scene.keys(), [keyOf('p')]);
    assert.equal(scene.leases.find(folder)?.isKeyChosen(), true);
    await Promise.all([without.release(), withKey.release()]);
    await scene.wait(2000);
  });

  it('that is lost is said with the number of entries, and the rest goes on', async () => {
    const scene = leaseScene();
    const lease = await opened(scene);
    const store = await lease.source();
    await store.set('token', 'sealed', { sealed: true });
    await store.set('session', 'open');
    await lease.release();
    await scene.wait(2000);
    await scene.settle();
    await scene.disk.files.remove(`${folder}.key`);

    const next = leaseScene(scene.disk);
    const { seen, note } = noteConditions();
    const again = next.leases.lease({ folder });
    again.onState(note);
    const opened2 = await next.pass(again.source());
    assert.deepEqual(seen, ['opening', 'ready STORE_KEY_LOST {"count":1}']);
    assert.equal(await opened2.get('session'), 'open');
    assert.equal((await all(opened2.scan('token')))[0]?.unreadable, true);
    await again.release();
    await next.wait(2000);
  });

  it('file that was damaged by hand is not overwritten', async () => {
    const scene = leaseScene();
    scene.disk.put(`${folder}.key`, Buffer.from(`${keyOf('a')}\nhalf a ke`));
    const lease = scene.leases.lease({ folder });
    await assert.rejects(scene.pass(lease.source()), { code: 'CONFIG_INVALID', message: /no key/ });
    assert.match(scene.disk.content(`${folder}.key`).toString(), /half a ke$/);
    scene.disk.put(`${folder}.key`, Buffer.from(`\uFEFF${keyOf('a')}\r\n\r\n`));
    await scene.wait(5100);
    await scene.settle();
    await lease.source();
    assert.deepEqual(scene.keys(), [keyOf('a')]);
    await lease.release();
    await scene.wait(2000);
  });
});
