import { entryPlace, nextTurn, queuePlace, type Desk } from './ledger';
import type { Payload } from './record';
import type { KeyRotation } from './store';

/** Seals anew, in memory, what is sealed with an older key. The snapshot that has to follow makes it last. */
export async function resealAll(desk: Desk): Promise<KeyRotation> {
  const { state, keys } = desk;
  const total = { resealed: 0, unreadable: 0 };
  if (!keys) return total;

  const reseal = (payload: Payload, place: string): Buffer | undefined => {
    if (typeof payload === 'string' || keys.isCurrent(payload)) return undefined;
    const text = keys.open(payload, place);
    if (text === undefined) {
      total.unreadable += 1;
      return undefined;
    }
    total.resealed += 1;
    return keys.seal(text, place);
  };

  for (const [key, entry] of [...state.entries]) {
    if (state.entries.get(key) !== entry) continue;
    const payload = reseal(entry.payload, entryPlace(key));
    if (!payload) continue;
    state.entries.set(key, { ...entry, payload });
    await nextTurnNowAndThen(total.resealed);
  }
  for (const name of [...state.queues.keys()]) {
    const queue = state.queues.get(name);
    if (!queue) continue;
    for (const [index, item] of queue.items.entries()) {
      const payload = reseal(item.payload, queuePlace(name));
      if (payload) queue.items[index] = { ...item, payload };
    }
    for (const [id, item] of queue.dead) {
      const payload = reseal(item.payload, queuePlace(name));
      if (payload) queue.dead.set(id, { ...item, payload });
    }
    await nextTurn();
  }
  return total;
}

const nextTurnNowAndThen = async (done: number): Promise<void> => {
  if (done % 100 === 0) await nextTurn();
};
