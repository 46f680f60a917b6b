import type { BotWish } from '../bots/bot-wish';
import type { SyncNote, SyncOutcome } from '../bots/sync-outcome';

/** How a bot is on one portal. */
export type BotState =
  /** Not looked at yet, or the portal did not answer; that goes on by itself. */
  | { kind: 'waiting'; error: Error | undefined }
  | { kind: 'registered'; botId: number; notes: readonly SyncNote[] }
  | { kind: 'failed'; error: Error };

/** A bot of this Node-RED, as the page inside the portal has to do with it. */
export interface ServedBot {
  readonly code: string;
  /** What the node says, without what was changed on any portal. */
  readonly own: BotWish;
  /** False for a bot that somebody else has registered: it is taken as it is. */
  readonly isKept: boolean;
  stateOn(memberId: string): BotState;
  /** Makes the bot on that portal what it should be by now; rejects with what stands in the way. */
  syncOn(memberId: string): Promise<SyncOutcome>;
}
