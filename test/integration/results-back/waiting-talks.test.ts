import assert from 'node:assert/strict';
import { createWaitingTalks, type WaitingTalks } from '../../../lib/speechsense/waiting-talks';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Store } from '../../../lib/store/store';
import { manualClock, type ManualClock } from '../../support/manual-clock';

describe('talks that are waited for', () => {
  let store: Store;
  let clock: ManualClock;
  let talks: WaitingTalks;
  const open = (owner: string): WaitingTalks =>
    createWaitingTalks({ store: () => Promise.resolve(store), owner, keepMs: 60_000, clock });

  beforeEach(() => {
    store = createMemoryStore();
    clock = manualClock(Date.now());
    talks = open('node-1');
  });
  afterEach(() => store.close());

  it('are noted once, each for its node', async () => {
    assert.equal(await talks.add('talk-1', { call: { callId: 'a' } }), true);
    assert.equal(await talks.add('talk-1', { call: { callId: 'b' } }), false);
    assert.equal(await open('node-2').add('talk-1', {}), true);
    await talks.add('talk-2', {});
    assert.deepEqual((await talks.talkIds()).sort(), ['talk-1', 'talk-2']);
    assert.deepEqual((await talks.find('talk-1'))?.message, { call: { callId: 'a' } });
    await talks.remove('talk-1');
    assert.equal(await talks.find('talk-1'), undefined);
    assert.equal(await talks.add('talk-1', {}), true);
  });

  it('remember when they came, and how often they were handed out in vain', async () => {
    const since = clock.now();
    await talks.add('talk-1', {});
    await clock.advance(5000);
    const first = (await talks.find('talk-1')) ?? assert.fail();
    await talks.later(first, 1000);
    const second = (await talks.find('talk-1')) ?? assert.fail();
    assert.deepEqual([second.since, second.tries, second.notBefore], [since, 1, since + 6000]);
  });

  it('go by themselves when nobody takes them away', async () => {
    await talks.add('talk-1', {});
    for await (const { ttlMs } of store.scan('speechsense:waiting:')) {
      assert.ok(ttlMs !== undefined && ttlMs <= 60_000);
    }
    await clock.advance(70_000);
    const talk = (await talks.find('talk-1')) ?? assert.fail();
    await talks.later(talk, 1000);
    await new Promise((resolve) => setImmediate(resolve));
    const left = await store.get('speechsense:waiting:node-1:talk-1');
    assert.ok(left === undefined || (await onlyTtl()) <= 1);
  });

  async function onlyTtl(): Promise<number> {
    for await (const { ttlMs } of store.scan('speechsense:waiting:'))
      return ttlMs ?? Number.POSITIVE_INFINITY;
    return 0;
  }
});
