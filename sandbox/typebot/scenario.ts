import type { Fault } from './faults';

/** A situation that a bridge has to master. */
export interface ScenarioRow {
  what: string;
  /** The bot that plays it. */
  bot: string;
  /** What goes wrong on the way, one a call. None: the bot is enough. */
  faults?: readonly Fault[];
}
