import assert from 'node:assert/strict';
import { createSyncedDurability } from '../../../../lib/store/redis/durability';
import type { RedisLink } from '../../../../lib/store/redis/link';
import { nextTurn } from '../../../../lib/store/ledger';

/** As much of a server as it takes: what was written before the question is on disk when it is told so. */
function standIn(): { link: RedisLink; sync: (copies?: number) => void; asked: () => number } {
  let waiting: ((reply: unknown) => void)[] = [];
  let asked = 0;
  const link: RedisLink = {
    call(command) {
      if (command === 'TIME') return Promise.resolve(['1000', '500000']);
      if (command !== 'WAITAOF') return Promise.resolve('OK');
      asked += 1;
      return new Promise((resolve) => waiting.push(resolve));
    },
    run: () => Promise.reject(new Error('no scripts here')),
    async *scan() {},
    fault: () => undefined,
    connect: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return {
    link,
    sync(copies = 1) {
      const all = waiting;
      waiting = [];
      for (const tell of all) tell([copies, 0]);
    },
    asked: () => asked,
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
}

describe('durable, where the server can tell', () => {
  const open = (link: RedisLink) =>
    createSyncedDurability({ link: () => Promise.resolve(link), key: 'key', shiftMs: () => 0, waitMs: 100 });

  it('waits until the server says that its journal is on disk', async () => {
    const { link, sync } = standIn();
    const durability = open(link);
    let isDone = false;
    const waiting = durability.wait().then(() => (isDone = true));
    await settle();
    assert.equal(isDone, false);
    assert.equal(durability.isOpen(1_000_499), true);
    sync();
    await waiting;
    assert.deepEqual([durability.isOpen(1_000_499), durability.isOpen(1_000_500)], [false, true]);
  });

  it('asks once for all who come while a question is under way, and not with that one', async () => {
    const { link, sync, asked } = standIn();
    const durability = open(link);
    const first = durability.wait();
    await settle();
    const later = [durability.wait(), durability.wait(), durability.wait()];
    let isLaterDone = false;
    const all = Promise.all(later).then(() => (isLaterDone = true));
    sync();
    await first;
    await settle();
    // The first answer says nothing of what was written after its question.
    assert.deepEqual([isLaterDone, asked()], [false, 2]);
    sync();
    await all;
    assert.equal(asked(), 2);
  });

  it('does not promise what the server does not: the outcome is open', async () => {
    const { link, sync } = standIn();
    const durability = open(link);
    const waiting = durability.wait();
    await settle();
    sync(0);
    await assert.rejects(waiting, { code: 'STORE_UNAVAILABLE', sent: true });
    assert.equal(durability.isOpen(1), true);
    const again = durability.wait();
    await settle();
    sync();
    await again;
  });
});
