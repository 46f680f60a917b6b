import type { Store } from '../../lib/store/store';
import { inboxOn } from './inboxes';
import { createEventLetters, overview, troubleOf, type Trouble } from './overview';
import type { StoreCondition, StoreOffer } from './stores';

export interface StoreIdentity {
  /** Of the store node; empty for the store of the nodes that have chosen none. */
  id: string;
  name: string;
  /** Or the address of a Redis, without its password. */
  folder: string;
}

interface Shown {
  users: number;
  leave: () => void;
}

/** Portals share a store, and the panel shows it once. */
const shown = new Map<string, Shown>();

/** Has the panel show this store, until the function is called. */
export function showStoreInPanel(
  identity: StoreIdentity,
  store: Pick<StoreOffer, 'source' | 'onState'>,
): () => void {
  const known = shown.get(identity.id) ?? { users: 0, leave: describeStore(identity, store) };
  shown.set(identity.id, known);
  known.users += 1;
  return () => {
    known.users -= 1;
    if (known.users > 0) return;
    known.leave();
    shown.delete(identity.id);
  };
}

function describeStore(
  { id, name, folder }: StoreIdentity,
  store: Pick<StoreOffer, 'source' | 'onState'>,
): () => void {
  let condition: StoreCondition = { state: 'opening' };
  let report: Trouble[] = [];
  const ignore = store.onState((now) => {
    condition = now;
    if (now.state !== 'ready') return;
    report = now.notices.map(({ code, params }) => ({ code, message: code, params: { ...params } }));
  });
  const replay = async (queue: string, letter: string): Promise<boolean> => {
    const open = await store.source();
    return (inboxOn(open) ?? open).replay(queue, letter);
  };
  const letters = createEventLetters(store.source, replay);

  const leave = overview.add(
    'store',
    async () => {
      const plain = { id, name, folder, report, lastErrors: [], deadLetters: 0, parked: 0 };
      if (condition.state === 'unavailable') {
        return { ...plain, state: condition.state, reason: troubleOf(condition.error) };
      }
      if (condition.state === 'opening') return { ...plain, state: condition.state };
      const open: Store = await store.source();
      const stats = await open.stats();
      const parked = inboxOn(open)?.parked() ?? 0;
      return { ...plain, state: stats.state, stats, deadLetters: stats.dead, parked };
    },
    { id, name, letters },
  );
  return () => {
    ignore();
    leave();
  };
}
