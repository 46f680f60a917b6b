import { randomUUID } from 'node:crypto';
import type { Clock } from '../../core/clock';
import type { StoreSource } from '../../store/store';

/**
 * That portals have come or gone, for all who share the store: an installation reaches one of them only. The list of
 * portals is costly to read, so it is read when this has changed.
 */
export interface PortalNews {
  /** Something has changed. Nobody fails by it: what is not told is found out with the next event of that portal. */
  tell(): Promise<void>;
  /** Calls back soon after anybody has told, and once at the start. Resolves when the signal is aborted. */
  follow(signal: AbortSignal, onNews: () => Promise<void>): Promise<void>;
}

const lookAgainMs = 3000;

export function createPortalNews(open: StoreSource, clientId: string, clock: Clock): PortalNews {
  const key = `bitrix:portals:${clientId}`;
  /** Nothing that could have been told, so that the first look counts. */
  let seen: unknown = null;

  /** One that went wrong is repeated. */
  async function look(onNews: () => Promise<void>): Promise<void> {
    const told = await (await open()).get(key);
    if (told === seen) return;
    await onNews();
    seen = told;
  }

  return {
    async tell() {
      await open()
        .then((store) => store.set(key, randomUUID()))
        .catch(() => undefined);
    },
    async follow(signal, onNews) {
      while (!signal.aborted) {
        await clock.sleep(lookAgainMs, signal).catch(() => undefined);
        // A store that is away is looked into later; others say so.
        if (!signal.aborted) await look(onNews).catch(() => undefined);
      }
    },
  };
}
