import type { BotWish } from '../../../../lib/bitrix24/bots/bot-wish';
import type { CommandWish } from '../../../../lib/bitrix24/bots/command-wish';
import type { BotChanges } from '../../../../lib/bitrix24/page/bot-changes';

export function command(name: string, title = name): CommandWish {
  return { command: name, title: { en: title }, params: {}, common: false, hidden: false, extranet: false };
}

/** What a node says of its bot. */
export function ownWish(change: Partial<BotWish> = {}): BotWish {
  return {
    code: 'helper',
    botName: 'Helper',
    botType: 'openline',
    apiVersion: 'v2',
    eventMode: 'fetch',
    commands: [command('help'), command('stop')],
    ...change,
  };
}

export function changesWith(change: Partial<BotChanges>): BotChanges {
  return { name: undefined, picture: undefined, isOff: false, commands: [], ...change };
}
