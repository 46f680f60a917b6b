import type { InstanceBoard } from '../../lib/store/instances';
import type { Store } from '../../lib/store/store';
import { inboxOn } from './inboxes';
import { eventsWaitingIn } from './intakes';
import { createEventLetters, overview, troubleOf, type StoreView, type Trouble } from './overview';
import type { StoreCondition, StoreOffer } from './stores';

export interface StoreIdentity {
  /** Of the store node; empty for the store of the nodes that have chosen none. */
  id: string;
  name: string;
  /** Or the address of a Redis, without its password. */
  folder: string;
}

type PartOfOffer = Pick<StoreOffer, 'source' | 'onState' | 'standIn'>;

interface Shown {
  users: number;
  leave: () => void;
}

/** Portals share a store, and the panel shows it once. */
const shown = new Map<string, Shown>();

/** Has the panel show this store, until the function is called. */
export function showStoreInPanel(identity: StoreIdentity, store: PartOfOffer): () => void {
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

function describeStore({ id, name, folder }: StoreIdentity, store: PartOfOffer): () => void {
  let condition: StoreCondition = { state: 'opening' };
  let report: Trouble[] = [];
  /** Also while the store is away: whoever shares it still does. */
  let board: InstanceBoard | undefined;
  const ignore = store.onState((now) => {
    condition = now;
    if (now.state !== 'ready') return;
    store.source().then(
      ({ instances }) => (board = instances),
      () => undefined,
    );
    report = now.notices.map(({ code, params }) => ({ code, message: code, params: { ...params } }));
  });
  const replay = async (queue: string, letter: string): Promise<boolean> => {
    const open = await store.source();
    return (inboxOn(open) ?? open).replay(queue, letter);
  };
  const letters = createEventLetters(store.source, replay);

  /** What can be told without asking the store. */
  async function brief(): Promise<StoreView> {
    const local = store.standIn && eventsWaitingIn(store.standIn.folder);
    const isShared = board !== undefined;
    const plain = { id, name, folder, report, lastErrors: [], deadLetters: 0, isShared, local };
    if (condition.state === 'unavailable') {
      return { ...plain, parked: 0, state: condition.state, reason: troubleOf(condition.error) };
    }
    if (condition.state === 'opening') return { ...plain, parked: 0, state: condition.state };
    return { ...plain, parked: inboxOn(await store.source())?.parked() ?? 0, state: 'ready' };
  }

  const leave = overview.add(
    'store',
    async () => {
      const view = await brief();
      if (view.state !== 'ready') return view;
      const open: Store = await store.source();
      const stats = await open.stats();
      return { ...view, state: stats.state, stats, deadLetters: stats.dead };
    },
    { id, name, letters, brief, board: () => board },
  );
  return () => {
    ignore();
    leave();
  };
}
