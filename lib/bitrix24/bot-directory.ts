import type { BitrixBot } from './portal';

/** Finds the bot that an event was meant for, so that an answer need not be told who speaks. */
export interface BotDirectory {
  add(bot: BitrixBot): () => void;
  find(domain: string, code: string): BitrixBot | undefined;
}

export function createBotDirectory(): BotDirectory {
  const bots = new Set<BitrixBot>();
  return {
    add(bot) {
      bots.add(bot);
      return () => void bots.delete(bot);
    },
    find: (domain, code) => [...bots].find((bot) => bot.code === code && sameHost(domain, bot.portal.domain)),
  };
}

/** A portal on a port of its own may or may not write the port into its events. */
export function sameHost(claimed: string, known: string): boolean {
  return claimed === known || claimed === known.replace(/:\d+$/, '');
}
