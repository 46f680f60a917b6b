import type {
  BotView,
  CursorPart,
  Letters,
  LetterView,
  PortalView,
  ReaderView,
  StoreView,
} from '../../nodes/runtime/overview';

/** Parts of a pack that does not exist, for tests of what is told about them. */
export function madeUpPortal(changes: Partial<PortalView> = {}): PortalView {
  const domains = ['example.bitrix24.com'];
  return { id: 'p1', name: 'Shop', authType: 'webhook', domains, state: 'ready', refused: 0, ...changes };
}

export function madeUpBot(changes: Partial<BotView> = {}): BotView {
  const portals = [{ domain: 'example.bitrix24.com', botId: 7, state: 'ready' as const }];
  return { id: 'b1', name: 'Helper', code: 'helper', mode: 'webhook', portals, ...changes };
}

export function madeUpReader(changes: Partial<ReaderView> = {}): ReaderView {
  return { id: 'r1', name: 'Questions', waiting: 0, running: 0, oldestMs: undefined, ...changes };
}

export function madeUpStore(changes: Partial<StoreView> = {}): StoreView {
  const told = { report: [], lastErrors: [], deadLetters: 0, parked: 0 };
  return { id: 's1', name: 'Disk', folder: '/somewhere/bitlane', state: 'ready', ...told, ...changes };
}

export function madeUpCursor(changes: Partial<CursorPart> = {}): CursorPart {
  const name = { kind: 'chats', place: 'example.bitrix24.com', cursor: 'default' };
  const counts = { handled: 0, sent: 0, skipped: 0, givenUp: 0, gone: 0, inFlight: 0, late: 0, failed: 0 };
  const node = { id: 'k1', name: 'Chats', nodeType: 'openline-chats', key: 'sync:chats:example:default' };
  const view = { state: 'idle' as const, isHeld: false, position: 0, failedRows: [], failedMore: 0 };
  return { ...name, ...counts, ...node, ...view, ...changes };
}

export interface MadeUpLetters extends Letters {
  left: LetterView[];
  replayed: string[];
}

export function madeUpLetters(ids: readonly string[]): MadeUpLetters {
  const take = (id: string): boolean => {
    const place = letters.left.findIndex((letter) => letter.id === id);
    if (place >= 0) letters.left.splice(place, 1);
    return place >= 0;
  };
  const what = { kind: 'message', bot: 'helper', dialog: 'chat12' };
  const letters: MadeUpLetters = {
    left: ids.map((id) => ({ queue: 'inbox:q', id, reason: 'DIFY_AUTH', attempts: 3, buriedAt: 1000, what })),
    replayed: [],
    list: async (limit) => letters.left.slice(0, limit),
    replay: async (_queue, id) => {
      const isThere = take(id);
      if (isThere) letters.replayed.push(id);
      return isThere;
    },
    discard: async (_queue, id) => take(id),
    text: async (_queue, id) =>
      letters.left.some((letter) => letter.id === id) ? `text of ${id}` : undefined,
  };
  return letters;
}
