import type { BotOfHub, PortalHub } from '../../../lib/bitrix24/hub/hub';
import { bots } from '../kinds';

/** What is wrong with the bots of this process at present, for the nodes that take their events. */
export interface BotTroubles {
  /** Undefined: the bot is well again. */
  note(bot: BotOfHub, error: Error | undefined): void;
  /**
   * Calls back with what is wrong with the bot, now and whenever that changes; of a hub, with any of its bots that nobody
   * else watches by itself.
   */
  watch(of: BotOfHub | PortalHub, listener: (error: Error | undefined) => void): () => void;
}

interface Watcher {
  readonly of: BotOfHub | PortalHub;
  readonly look: () => void;
}

export function createBotTroubles(botsOf: (hub: PortalHub) => readonly BotOfHub[]): BotTroubles {
  const errors = new WeakMap<BotOfHub, Error>();
  const watchers = new Set<Watcher>();

  function errorOf(of: BotOfHub | PortalHub): Error | undefined {
    if (!isHub(of)) return errors.get(of);
    const own = new Set([...watchers].map((watcher) => watcher.of));
    return botsOf(of).flatMap((bot) => (own.has(bot) ? [] : (errors.get(bot) ?? [])))[0];
  }

  const lookAll = (): void => {
    for (const { look } of [...watchers]) look();
  };

  return {
    note(bot, error) {
      if (errors.get(bot) === error) return;
      if (error) errors.set(bot, error);
      else errors.delete(bot);
      lookAll();
    },
    watch(of, listener) {
      let told: Error | undefined;
      const look = (): void => {
        const error = errorOf(of);
        if (error === told) return;
        told = error;
        listener(error);
      };
      const watcher: Watcher = { of, look };
      watchers.add(watcher);
      lookAll();
      return () => {
        watchers.delete(watcher);
        lookAll();
      };
    },
  };
}

const isHub = (of: BotOfHub | PortalHub): of is PortalHub => 'portals' in of;

export const botTroubles = createBotTroubles((hub) => bots.of(hub));
