import assert from 'node:assert/strict';
import { UnreachableError } from '../../../lib/core/errors';
import { createInbox } from '../../../lib/conversation/inbox/inbox';
import type { Inbox } from '../../../lib/conversation/inbox/types';
import { createIntake, type Intake } from '../../../lib/conversation/intake/intake';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { createState, type StoreState } from '../../../lib/store/state';
import type { Store } from '../../../lib/store/store';
import { manualClock } from '../../support/manual-clock';
import { all } from '../../support/store-suite';
import { eventOf, readerOf, type Said } from './inbox-scene';

type Trouble = 'none' | 'unsent' | 'lost' | 'done' | 'silent';

const away = (sent: boolean): UnreachableError =>
  new UnreachableError('STORE_UNAVAILABLE', 'away', { sent, params: { reason: 'CLOSED' } });

/** Two stores in memory: the one of many, which fails as a test wants, and the files of this process. */
function openScene(left?: StoreState, startMs = 1_000_000) {
  const clock = manualClock(startMs);
  const time = { clock, monotonic: () => clock.now() };
  const files = left ?? createState();
  const inner = createMemoryStore(time);
  const reader = readerOf();
  let trouble: Trouble = 'none';
  let canOpen = true;
  let hasFiles = left !== undefined;
  let localFails = false;
  let appends = 0;
  const told: string[] = [];
  const store: Store = {
    ...inner,
    async append(...args) {
      appends += 1;
      if (trouble === 'unsent' || trouble === 'lost') throw away(trouble === 'lost');
      const added = await inner.append(...args);
      if (trouble === 'done') throw away(true);
      return trouble === 'silent' ? new Promise(() => undefined) : added;
    },
  };
  const inbox: Inbox = createInbox({
    ...{ ...time, store, owner: 'me', processStartedAt: clock.now(), random: () => 0.5 },
    nextTurn: queueMicrotask,
    eventMaxAgeMs: () => 3_600_000,
    deadLetterMs: () => 86_400_000,
  });
  inbox.serve({ id: 'portal', readerOf: () => reader });
  let local = createMemoryStore({ ...time, state: files });

  const open = (): Intake =>
    createIntake({
      clock,
      inbox: async () => (canOpen ? inbox : Promise.reject(away(false))),
      local: {
        isThere: () => hasFiles,
        lease: () => ({
          source: async () => {
            if (localFails) throw away(false);
            hasFiles = true;
            return local;
          },
          release: () => Promise.resolve(),
        }),
      },
      listeners: { onBegin: () => void told.push('begin'), onEnd: (count) => void told.push(`end ${count}`) },
    });
  let intake = open();

  const pass = async (ms = 0): Promise<void> => {
    for (const part of [ms, 0, 0, 0]) await clock.advance(part);
  };
  return {
    reader,
    told,
    store: inner,
    files,
    pass,
    clock,
    appends: () => appends,
    fail: (how: Trouble) => void (trouble = how),
    failOpening: (fails: boolean) => void (canOpen = !fails),
    failLocally: (fails: boolean) => void (localFails = fails),
    intake: () => intake,
    post: async (id: number, said?: Said) => intake.receive(eventOf(id, said), {}, 'portal'),
    /** As a process that dies and another that finds its files. */
    async crash() {
      intake.close();
      await local.close();
      local = createMemoryStore({ ...time, state: files });
      intake = open();
      await pass();
    },
    async texts() {
      const texts: string[] = [];
      for (;;) {
        await pass();
        const next = reader.handed[texts.length];
        if (!next) return texts;
        texts.push(next.event.text);
        next.end();
      }
    },
  };
}

describe('the intake of events', () => {
  it('leaves a store alone that takes them', async () => {
    const scene = openScene();
    assert.equal(await scene.post(1), 'stored');
    assert.equal(await scene.post(1), 'duplicate');
    assert.deepEqual([await scene.texts(), scene.told, scene.intake().waiting()], [['text 1'], [], 0]);
  });

  for (const how of ['unsent', 'lost', 'done'] as const) {
    it(`keeps here what the store does not take (${how}), and gives it away once and in order`, async () => {
      const scene = openScene();
      scene.fail(how);
      for (const id of [1, 2, 3]) assert.equal(await scene.post(id), 'waiting');
      assert.equal(await scene.post(2), 'waiting');
      assert.equal(scene.intake().waiting(), 3);
      scene.fail('none');
      await scene.pass(1000);
      assert.equal(scene.intake().waiting(), 0);
      assert.equal(await scene.post(4), 'stored');
      assert.deepEqual(await scene.texts(), ['text 1', 'text 2', 'text 3', 'text 4']);
      assert.deepEqual(scene.told, ['begin', 'end 3']);
    });
  }

  it('holds something back from its coming until all of it is in the store', async () => {
    const scene = openScene();
    const isHolding = (): boolean => scene.intake().isHolding();
    assert.equal(isHolding(), false);
    scene.intake().storeIs('away');
    const coming = scene.post(1);
    assert.deepEqual([isHolding(), scene.intake().waiting()], [true, 0]);
    await coming;
    for (const id of [2, 3]) await scene.post(id, { dialog: `chat${id}` });
    scene.fail('silent');
    scene.intake().storeIs('there');
    await scene.pass(10_000);
    assert.equal(isHolding(), true);
    scene.fail('lost');
    await scene.pass(10_000);
    assert.equal(isHolding(), true);
    scene.fail('none');
    await scene.pass(1000);
    assert.deepEqual([isHolding(), (await scene.texts()).length], [false, 3]);
  });

  it('may hold back what an earlier process has left, as long as it has not looked', async () => {
    const earlier = openScene();
    earlier.intake().storeIs('away');
    await earlier.post(1);
    const scene = openScene(earlier.files);
    assert.deepEqual([scene.intake().isHolding(), scene.intake().waiting()], [true, 0]);
    assert.deepEqual(await scene.texts(), ['text 1']);
    assert.equal(scene.intake().isHolding(), false);
  });

  it('asks nobody who is known to be away', async () => {
    const scene = openScene();
    scene.intake().storeIs('away');
    for (const id of [1, 2]) assert.equal(await scene.post(id), 'waiting');
    await scene.pass(60_000);
    assert.equal(scene.appends(), 0);
    scene.intake().storeIs('there');
    assert.deepEqual(await scene.texts(), ['text 1', 'text 2']);
  });

  it('gives a silent store a moment, and believes what it did all the same', async () => {
    const scene = openScene();
    scene.fail('silent');
    const posted = scene.post(1);
    await scene.pass(2500);
    assert.equal(await posted, 'waiting');
    scene.fail('none');
    // Moving it has hung as well.
    await scene.pass(20_000);
    assert.deepEqual([await scene.texts(), scene.intake().waiting()], [['text 1'], 0]);
  });

  it('keeps them also when the store could never be opened', async () => {
    const scene = openScene();
    scene.failOpening(true);
    assert.equal(await scene.post(1), 'waiting');
    scene.failOpening(false);
    await scene.pass(1000);
    assert.deepEqual(await scene.texts(), ['text 1']);
  });

  it('rejects when its own files fail as well', async () => {
    const scene = openScene();
    scene.fail('unsent');
    scene.failLocally(true);
    await assert.rejects(scene.post(1), { code: 'STORE_UNAVAILABLE' });
    scene.failLocally(false);
    assert.equal(await scene.post(1), 'waiting');
  });

  it('does not keep here what the store refuses for other reasons', async () => {
    const scene = openScene();
    await scene.store.close();
    await assert.rejects(scene.post(1), { code: 'CANCELLED' });
    assert.equal(scene.intake().waiting(), 0);
  });

  it('sends a dialog after what waits of it, and other dialogs past it', async () => {
    const scene = openScene();
    scene.fail('unsent');
    await scene.post(1);
    scene.fail('none');
    assert.equal(await scene.post(2), 'waiting');
    assert.equal(await scene.post(3, { dialog: 'chat2' }), 'stored');
    await scene.pass(1000);
    const texts = await scene.texts();
    assert.deepEqual(texts.toSorted(), ['text 1', 'text 2', 'text 3']);
    assert.ok(texts.indexOf('text 1') < texts.indexOf('text 2'));
  });

  it('gives them their place before what another process has added meanwhile', async () => {
    const scene = openScene();
    scene.fail('unsent');
    await scene.post(1);
    await scene.pass(500);
    await scene.post(2);
    await scene.pass(100);
    scene.fail('none');
    const other = { event: eventOf(9), tokens: {}, via: 'portal' };
    await scene.store.append('inbox:m1:5:chat1', other, { durable: true });
    await scene.pass(1000);
    assert.deepEqual(await scene.texts(), ['text 1', 'text 2', 'text 9']);
  });

  it('loses nothing and repeats nothing when a second outage comes while they are moved', async () => {
    const scene = openScene();
    scene.intake().storeIs('away');
    for (let id = 1; id <= 250; id += 1) await scene.post(id, { dialog: `chat${id % 3}` });
    const { append } = scene.store;
    let left = 130;
    scene.store.append = async (...args) => {
      left -= 1;
      if (left === 0) scene.intake().storeIs('away');
      if (left < 0 && left > -10) throw away(left % 2 === 0);
      return append(...args);
    };
    scene.intake().storeIs('there');
    await scene.pass();
    scene.intake().storeIs('there');
    await scene.pass(10_000);
    assert.equal(scene.intake().waiting(), 0);
    await scene.texts();
    for (const dialog of [0, 1, 2]) {
      const ids = scene.reader.handed
        .filter(({ event }) => event.dialogId === `chat${dialog}`)
        .map(({ event }) => Number(event.messageId));
      const wanted = Array.from({ length: 250 }, (_, n) => n + 1).filter((id) => id % 3 === dialog);
      assert.deepEqual(ids, wanted);
    }
  });

  it('finds after a crash what was waiting, as old as it is', async () => {
    const scene = openScene();
    scene.intake().storeIs('away');
    for (const id of [1, 2]) await scene.post(id);
    scene.fail('unsent');
    await scene.pass(60_000);
    await scene.crash();
    assert.equal(scene.intake().waiting(), 2);
    scene.fail('none');
    await scene.pass(1000);
    const [summary] = await all(scene.store.queues());
    assert.ok((summary?.oldestAgeMs ?? 0) >= 60_000);
    assert.deepEqual(await scene.texts(), ['text 1', 'text 2']);
  });

  it('answers once what a crash had moved without its being noted', async () => {
    const scene = openScene();
    scene.intake().storeIs('away');
    await scene.post(1);
    scene.fail('done');
    scene.intake().storeIs('there');
    await scene.pass(10);
    await scene.crash();
    scene.fail('none');
    await scene.pass(1000);
    assert.equal(await scene.post(1), 'duplicate');
    assert.deepEqual(await scene.texts(), ['text 1']);
  });

  it('has an event given up that is too old when its process comes back', async () => {
    const scene = openScene();
    scene.intake().storeIs('away');
    await scene.post(1);
    const later = openScene(scene.files, scene.clock.now() + 3_700_000);
    await later.pass(1000);
    assert.equal(later.intake().waiting(), 0);
    assert.deepEqual([await later.texts(), later.reader.dead], [[], ['too old after 0']]);
  });
});
