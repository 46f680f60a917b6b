import type { BotInit } from './bot';
import { actBots } from './bots-act';
import { askBots } from './bots-ask';
import { flowBots } from './bots-flow';
import { everyInputBot, sandboxBot } from './bots-shown';
import { talkBots } from './bots-talk';

/** On every server, unless the test brings its own. */
export const usualBots: readonly BotInit[] = [
  sandboxBot,
  everyInputBot,
  ...talkBots,
  ...flowBots,
  ...askBots,
  ...actBots,
];
