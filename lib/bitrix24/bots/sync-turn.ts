import type { Clock } from '../../core/clock';
import { UnreachableError } from '../../core/errors';
import type { Hold, StoreSource } from '../../store/store';
import { waitForHold } from '../../store/turn-of-all';

export interface SyncTurnOptions {
  store: StoreSource;
  /** The bot, by the same name for all who share the store. */
  name: string;
  clock: Clock;
  signal: AbortSignal;
}

/** Longer than it takes to find out that the one before is dead, and longer than the commands of a bot take. */
const mostAsks = 240;

/**
 * Several processes that start at the same moment would all register what is missing, and each would take the commands
 * of an older one off again: one does it at a time. Work that is cut short because its turn has passed to another one
 * is done anew in a later turn.
 */
export async function inSyncTurn<T>(
  options: SyncTurnOptions,
  work: (signal: AbortSignal, hold: Hold) => Promise<T>,
): Promise<T> {
  const { signal } = options;
  for (;;) {
    const hold = await mustHold(options);
    try {
      return await work(AbortSignal.any([signal, hold.lost]), hold);
    } catch (thrown) {
      if (!hold.lost.aborted || signal.aborted) throw thrown;
    } finally {
      await hold.release().catch(() => undefined);
    }
  }
}

async function mustHold({ store, ...turn }: SyncTurnOptions): Promise<Hold> {
  const hold = await waitForHold(store, turn, mostAsks);
  if (hold) return hold;
  const message = 'another Node-RED of this store has been busy with the bot for minutes';
  throw new UnreachableError('BITRIX_BOT_BUSY', message, { sent: false });
}
