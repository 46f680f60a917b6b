import type { BotInit } from './bot';
import { firstLookBots } from './bot-first-look';
import { actBots } from './bots-act';
import { askBots } from './bots-ask';
import { flowBots } from './bots-flow';
import { everyInputBot } from './bots-shown';
import { talkBots } from './bots-talk';

/** On every server, unless the test brings its own. */
export const usualBots: readonly BotInit[] = [
  firstLookBots.en,
  everyInputBot,
  ...talkBots,
  ...flowBots,
  ...askBots,
  ...actBots,
];
