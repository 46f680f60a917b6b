import assert from 'node:assert/strict';
import { createSessionNotes, type SessionNote } from '../../../lib/bitrix24/chats/session-notes';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Store } from '../../../lib/store/store';

const start = Date.UTC(2026, 2, 10, 9);
const place = 'b24.example';

function desk(change: (store: Store, clock: { ms: number }) => Store = (store) => store) {
  const clock = { ms: start };
  const plain = createMemoryStore();
  const store = change(plain, clock);
  const open = (name = place) =>
    createSessionNotes({
      store: () => Promise.resolve(store),
      place: name,
      clock: { now: () => clock.ms },
    });
  return { clock, store: plain, open };
}

const sessions = (notes: readonly SessionNote[]): number[] => notes.map(({ sessionId }) => sessionId);

describe('the notes of sessions', () => {
  it('come in the order in which they were made, whatever the ids of the sessions are', async () => {
    const { clock, open } = desk();
    const notes = open();
    for (const sessionId of [7, 3, 5]) await notes.add({ sessionId });
    clock.ms += 60_000;
    const found = await notes.after(0);
    assert.deepEqual(sessions(found), [7, 3, 5]);
    assert.deepEqual(sessions(await notes.after(found[0]?.number ?? 0)), [3, 5]);
    assert.deepEqual(await notes.after(found[2]?.number ?? 0), []);
    const [, second] = found;
    assert.ok(second);
    assert.deepEqual(await notes.byNumbers([second.number, 1]), [second]);
  });

  it('grow on when the clock is set back, and wait for no clock that was ahead', async () => {
    const { clock, open } = desk();
    await open().add({ sessionId: 1 });
    clock.ms -= 24 * 60 * 60_000;
    await open().add({ sessionId: 2 });
    clock.ms += 60_000;
    assert.deepEqual(sessions(await open().after(0)), [1, 2]);
  });

  it('are given out a moment later, so that none with a smaller number is still on its way', async () => {
    const { clock, open } = desk();
    const notes = open();
    await notes.add({ sessionId: 1 });
    clock.ms += 4000;
    await notes.add({ sessionId: 2 });
    assert.deepEqual(sessions(await notes.after(0)), []);
    clock.ms += 2000;
    assert.deepEqual(sessions(await notes.after(0)), [1]);
    clock.ms += 4000;
    assert.deepEqual(sessions(await notes.after(0)), [1, 2]);
  });

  it('have a number of their own each when many are made at the same time', async () => {
    const { clock, open } = desk();
    const ids = Array.from({ length: 40 }, (_, index) => index + 1);
    await Promise.all(ids.map((sessionId) => open().add({ sessionId })));
    clock.ms += 60_000;
    const found = await open().after(0);
    assert.deepEqual(new Set(sessions(found)), new Set(ids));
    assert.equal(new Set(found.map(({ number }) => number)).size, ids.length);
  });

  it('get a new number when the store took so long that the first one may have been passed over', async () => {
    let isSlow = true;
    const { clock, open } = desk((store, time) => ({
      ...store,
      async set(...given) {
        if (isSlow) time.ms += 60_000;
        isSlow = false;
        await store.set(...given);
      },
    }));
    await open().add({ sessionId: 1 });
    clock.ms += 10_000;
    const [note] = await open().after(0);
    assert.equal(note?.number, start + 60_000);
  });

  it('are written once, hold nothing but ids and a time, and end', async () => {
    const { clock, store, open } = desk();
    await open().add({ sessionId: 1, chatId: 1763, line: 3 });
    clock.ms += 60_000;
    await open().add({ sessionId: 1, chatId: 1763, line: 4 });
    const entries = [];
    for await (const entry of store.scan('session-note')) entries.push(entry);
    const note = entries.find(({ key }) => key === 'session-note:b24.example:1');
    assert.deepEqual(note?.value, { number: start, at: start, chatId: 1763, line: 3 });
    assert.ok(note.ttlMs !== undefined && note.ttlMs > 199 * 24 * 60 * 60_000);
    assert.deepEqual(entries.map(({ key }) => key).sort(), [
      'session-note:b24.example:1',
      'session-notes:b24.example',
    ]);
  });

  it('of portals whose names begin alike are kept apart', async () => {
    const { clock, open } = desk();
    await open('b24.example').add({ sessionId: 1 });
    await open('b24.example:8443').add({ sessionId: 2 });
    clock.ms += 60_000;
    assert.deepEqual(sessions(await open('b24.example').after(0)), [1]);
    assert.deepEqual(sessions(await open('b24.example:8443').after(0)), [2]);
  });
});
