import assert from 'node:assert/strict';
import { until } from '../../support/until';
import { all, fill, folder, openOn, payloads, testTime } from './open-store';
import { createTestDisk } from './test-disk';

const lease = { owner: 'me', leaseMs: 60_000 };

describe('compaction', () => {
  it('keeps the disk in proportion to what the store holds, however much it has handled', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time, { compactBytes: 50_000 });
    for (let n = 0; n < 100; n += 1) await store.set(`session ${n}`, `conversation ${n}`);
    let largest = 0;
    for (let n = 0; n < 6000; n += 1) {
      await store.append('q', { n, pad: 'x'.repeat(200) }, { durable: n % 10 === 0 });
      const claim = await store.claim('q', lease);
      assert.ok(claim && (await store.complete(claim)));
      if (n % 50 === 0) await time.clock.advance(0);
      largest = Math.max(largest, disk.totalBytes());
    }
    await time.clock.advance(0);
    assert.ok(largest < 300_000, `${largest} bytes on disk for some 10 kB of content`);
    await store.close();
    const again = await openOn(disk, time);
    assert.ok(again.report.records < 2000, `${again.report.records} records to read`);
    assert.equal((await all(again.scan('session'))).length, 100);
    assert.deepEqual(await all(again.queues()), []);
    await again.close();
  });

  it('runs beside writers, and holds nothing back but the change of files', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time);
    for (let n = 0; n < 3000; n += 1) await store.set(`k:${n}`, 'x'.repeat(200));
    let letGo: (() => void) | undefined;
    disk.before = (step, path) =>
      step === 'append' && path.includes('snapshot') && !letGo
        ? new Promise<void>((resolve) => (letGo = resolve))
        : undefined;
    const compacting = store.compact();
    await until(() => letGo !== undefined, 'the snapshot to begin');
    await fill(store, 'q', 20);
    await store.set('k:0', 'changed meanwhile', { durable: true });
    await store.delete('k:2999', { durable: true });
    letGo?.();
    await compacting;
    await store.append('q', { n: 20 }, { durable: true });
    const again = await openOn(disk.afterPowerCut(), time);
    assert.equal((await payloads(again, 'q')).length, 21);
    assert.equal(await again.get('k:0'), 'changed meanwhile');
    assert.equal(await again.get('k:2999'), undefined);
    assert.equal((await again.stats()).liveKeys, 2999);
    await again.close();
    await store.close();
  });

  it('keeps no later change without the earlier ones, whatever a power cut takes', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time);
    for (let n = 0; n < 2000; n += 1) await store.set(`k:${n}`, 'x'.repeat(200));
    let writes = 0;
    let letGo: (() => void) | undefined;
    disk.before = (step, path) => {
      if (step !== 'append' || !path.includes('snapshot')) return undefined;
      writes += 1;
      return writes === 2 ? new Promise<void>((resolve) => (letGo = resolve)) : undefined;
    };
    const compacting = store.compact();
    await until(() => letGo !== undefined, 'the middle of the snapshot');
    // The snapshot has passed the keys, but not the queues.
    await store.set('k:0', 'earlier');
    await store.append('q', 'later');
    letGo?.();
    await compacting;
    const again = await openOn(disk.afterPowerCut(), time);
    assert.deepEqual(await payloads(again, 'q'), ['later']);
    assert.equal(await again.get('k:0'), 'earlier');
    await again.close();
    await store.close();
  });

  it('leaves one snapshot and one journal file, also after many openings', async () => {
    const disk = createTestDisk();
    const time = testTime();
    for (let n = 0; n < 30; n += 1) {
      const store = await openOn(disk, time);
      await store.set(`k:${n}`, n);
      await store.close();
      assert.ok(disk.names().length <= 12, disk.names().join());
    }
    const store = await openOn(disk, time);
    await store.compact();
    assert.deepEqual(
      disk.names().map((name) => name.split('-')[0]),
      ['journal', 'lock', 'snapshot'],
    );
    assert.equal((await store.stats()).liveKeys, 30);
    await store.close();
  });

  it('clears what a crash has left half done', async () => {
    const disk = createTestDisk();
    for (const name of ['snapshot-0000000000000007-00000000.db.tmp', 'lock-abc.tmp']) {
      disk.put(`${folder}/${name}`, Buffer.from('half'));
    }
    const store = await openOn(disk, testTime());
    assert.equal(disk.names().filter((name) => name.endsWith('.tmp')).length, 0);
    await store.close();
  });

  it('tells in the stats what it did', async () => {
    const disk = createTestDisk();
    const store = await openOn(disk, testTime());
    await fill(store, 'q', 5);
    const before = (await store.stats()).journal;
    assert.ok(before && before.journalBytes > 0 && before.lastSnapshot === undefined && before.fsyncs >= 5);
    await store.compact();
    const after = (await store.stats()).journal;
    assert.ok(after?.lastSnapshot && after.snapshotBytes > 0 && after.journalBytes < before.journalBytes);
    assert.equal(after.lastSnapshot.bytes, after.snapshotBytes);
    await store.close();
  });

  it('leaves no timer behind when the store is closed', async () => {
    const time = testTime();
    const store = await openOn(createTestDisk(), time);
    await store.set('key', 1);
    await store.append('q', 1, { durable: true });
    assert.ok(time.clock.pending() > 0);
    await store.close();
    assert.equal(time.clock.pending(), 0);
  });
});
