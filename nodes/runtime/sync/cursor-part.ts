import type { StoreSource } from '../../../lib/store/store';
import { keyOf } from '../../../lib/sync/cursor-key';
import { overview, type ActOnCursor, type CursorPart } from '../overview';
import type { PortalCursor } from './portal-cursor';
import { correctedView } from './reports';

const mostShown = 20;

/** Has the panel show this cursor, until the function is called. */
export function showCursor(
  { id, name, type }: { readonly id: string; readonly name: string; readonly type: string },
  made: PortalCursor,
  store: StoreSource,
): () => void {
  const key = keyOf(made.name);
  return overview.add('cursor', () => describe(), { id, name, cursor: { key, act: actOn(made) } });

  async function describe(): Promise<CursorPart> {
    const { rows, total } = await made.cursor.failed({ limit: mostShown });
    const view = correctedView(made.name, made.cursor, made.unwanted());
    const isShared = (await store()).instances !== undefined;
    const node = { id, name, nodeType: type, key, isShared };
    return { ...view, ...node, failedRows: rows, failedMore: total - rows.length };
  }
}

function actOn({ cursor }: PortalCursor): ActOnCursor {
  return async (action, ids) => {
    switch (action) {
      case 'start':
        cursor.start();
        break;
      case 'late':
        cursor.recheckLate();
        break;
      case 'retry':
        cursor.retryFailed(ids);
        break;
      case 'stop':
        // What is in hand may take long; the panel shows when it has ended.
        cursor.stop().catch(() => undefined);
        break;
      case 'drop':
        await cursor.dropFailed(ids);
        break;
      case 'reset':
        await cursor.reset();
    }
  };
}
