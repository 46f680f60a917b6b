import type { BotOfHub, PortalHub } from './hub';

/** Finds the bot that an event was meant for, so that an answer need not be told who speaks. */
export interface BotDirectory {
  add(bot: BotOfHub): () => void;
  find(owner: { memberId: string; domain: string }, code: string): BotOfHub | undefined;
  of(hub: PortalHub): BotOfHub[];
  hubs(): PortalHub[];
}

export function createBotDirectory(): BotDirectory {
  const bots = new Set<BotOfHub>();
  return {
    add(bot) {
      bots.add(bot);
      return () => void bots.delete(bot);
    },
    find: (owner, code) => [...bots].find((bot) => bot.code === code && bot.hub.find(owner) !== undefined),
    hubs: () => [...new Set([...bots].map(({ hub }) => hub))],
    of: (hub) => [...bots].filter((bot) => bot.hub === hub),
  };
}

/** A portal on a port of its own may or may not write the port into its events. */
export function sameHost(claimed: string, known: string): boolean {
  return claimed === known || claimed === known.replace(/:\d+$/, '');
}
