import assert from 'node:assert/strict';
import type { EmbeddedStore } from '../../../lib/store/embedded-store';
import { all, folder, keyOf, letPass, openOn, payloads, testTime, type TestTime } from './open-store';
import { createTestDisk, DiskFault, type TestDisk } from './test-disk';

const marker = 'marker-secret-4711';

async function fillSealed(store: EmbeddedStore): Promise<void> {
  await store.set('token', { refresh: marker }, { sealed: true });
  await store.set('session', 'conversation-1', { ttlMs: 86_400_000 });
  await store.append('q', { text: marker }, { durable: true });
  await store.append('dead', { text: marker });
  const claim = await store.claim('dead', { owner: 'me', leaseMs: 1000 });
  assert.ok(claim && (await store.bury(claim, { reason: 'why' })));
  await store.flush();
}

async function assertAllReadable(store: EmbeddedStore, what: string): Promise<void> {
  assert.deepEqual(await store.get('token'), { refresh: marker }, what);
  assert.equal(await store.get('session'), 'conversation-1', what);
  assert.deepEqual(await payloads(store, 'q'), [{ text: marker }], what);
  assert.deepEqual((await all(store.deadLetters()))[0]?.payload, { text: marker }, what);
}

function everyByte(disk: TestDisk): Buffer {
  return Buffer.concat(disk.names().map((name) => disk.content(`${folder}/${name}`)));
}

describe('sealing at rest', () => {
  it('leaves no secret and no message readable in any file, snapshot included', async () => {
    const disk = createTestDisk();
    const store = await openOn(disk, testTime());
    await fillSealed(store);
    assert.equal(everyByte(disk).includes(marker), false);
    await store.compact();
    assert.equal(everyByte(disk).includes(marker), false);
    assert.ok(everyByte(disk).includes('conversation-1'), 'a session needs no key');
    await store.close();
  });

  it('says that a key is lost, and goes on with what needs none', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const first = await openOn(disk, time);
    await fillSealed(first);
    await first.close();

    const store = await openOn(disk, time, { key: keyOf('other') });
    assert.equal(store.report.unreadable, 3);
    assert.deepEqual(store.report.notices, [{ code: 'STORE_KEY_LOST', params: { count: 3 } }]);
    assert.equal((await store.stats()).unreadable, 3);
    assert.equal(await store.get('session'), 'conversation-1');
    await assert.rejects(store.get('token'), { code: 'STORE_KEY_LOST' });
    const token = (await all(store.scan('token')))[0];
    assert.deepEqual([token?.unreadable, token?.value], [true, undefined]);
    await store.set('token', 'entered anew', { sealed: true });
    assert.equal(await store.get('token'), 'entered anew');

    await store.append('q', 'new');
    const claim = await store.claim('q', { owner: 'me', leaseMs: 1000 });
    assert.equal(claim?.items[0].payload, 'new', 'an unreadable message holds up the others');
    const letters = await all(store.deadLetters('q'));
    assert.deepEqual(
      letters.map(({ reason, unreadable }) => [reason, unreadable]),
      [['STORE_KEY_LOST', true]],
    );
    await store.close();
  });

  it('has everything again when the key comes back', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const first = await openOn(disk, time);
    await fillSealed(first);
    await first.close();
    const without = await openOn(disk, time, { key: keyOf('other') });
    assert.equal(await without.claim('q', { owner: 'me', leaseMs: 1000 }), undefined);
    await without.close();
    const store = await openOn(disk, time, { key: keyOf('other'), previousKeys: [keyOf('k')] });
    assert.deepEqual(store.report.notices, []);
    const [letter] = await all(store.deadLetters('q'));
    assert.ok(letter && (await store.replay('q', letter.id)));
    await assertAllReadable(store, 'with the key back');
    await store.close();
  });
});

describe('rotating the key', () => {
  it('seals everything anew, so that the old key can be forgotten and opens nothing', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time);
    await fillSealed(store);
    assert.deepEqual(await store.rotateKey(keyOf('new')), { resealed: 3, unreadable: 0 });
    await assertAllReadable(store, 'at once');
    await store.close();
    const withOld = await openOn(disk, time);
    assert.equal(withOld.report.unreadable, 3);
    await withOld.close();
    const withNew = await openOn(disk, time, { key: keyOf('new') });
    await assertAllReadable(withNew, 'with the new key alone');
    await withNew.close();
  });

  it('refuses what is no key, and changes nothing', async () => {
    const store = await openOn(createTestDisk(), testTime());
    await fillSealed(store);
    await assert.rejects(store.rotateKey('no key'), { code: 'CONFIG_INVALID' });
    await assertAllReadable(store, 'after the refusal');
    await store.close();
  });

  it('survives a crash before and after each of its steps on disk, and can be repeated', async () => {
    const points = await countSteps();
    assert.ok(points > 5, `${points} steps`);
    for (let point = 1; point <= points; point += 1) {
      for (const cut of ['afterKill', 'afterPowerCut'] as const) {
        const time = testTime();
        const left = (await stoppedAt(point, time))[cut]();
        const store = await openOn(left, time, { key: keyOf('new'), previousKeys: [keyOf('k')] });
        await assertAllReadable(store, `${cut} at step ${point}`);
        await store.rotateKey(keyOf('new'));
        await store.close();
        const done = await openOn(left, time, { key: keyOf('new') });
        await assertAllReadable(done, `${cut} at step ${point}, then done`);
        await done.close();
      }
    }
  });

  it('that fails on a broken disk can be repeated', async () => {
    const disk = createTestDisk();
    const time = testTime();
    const store = await openOn(disk, time);
    await fillSealed(store);
    disk.before = (step) => {
      if (step === 'rename') throw new DiskFault('EIO');
    };
    await assert.rejects(store.rotateKey(keyOf('new')), { code: 'STORE_UNAVAILABLE' });
    await assertAllReadable(store, 'after the failure');
    disk.before = () => undefined;
    await store.rotateKey(keyOf('new'));
    await store.close();
    const again = await openOn(disk, time, { key: keyOf('new') });
    await assertAllReadable(again, 'after the repetition');
    await again.close();
  });

  /** How many steps on disk a rotation takes. */
  async function countSteps(): Promise<number> {
    const disk = createTestDisk();
    const store = await openOn(disk, testTime());
    await fillSealed(store);
    let steps = 0;
    disk.before = () => {
      steps += 1;
    };
    await store.rotateKey(keyOf('new'));
    await store.close();
    return steps;
  }

  /** The disk of a rotation that came as far as the beginning of this step. */
  async function stoppedAt(point: number, time: TestTime): Promise<TestDisk> {
    const disk = createTestDisk();
    const store = await openOn(disk, time);
    await fillSealed(store);
    let steps = 0;
    let left: TestDisk | undefined;
    disk.before = () => {
      steps += 1;
      if (steps === point) left = disk.afterKill();
    };
    await letPass(time, store.rotateKey(keyOf('new')));
    disk.before = () => undefined;
    await store.close();
    return left ?? disk;
  }
});
