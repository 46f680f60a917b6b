import type { TypebotMessage } from './message';

/** Why an answer was not sent on: the server would take it for something else, or could not take it at all. */
export type AskAgainReason =
  'empty' | 'payment' | 'choice-expected' | 'text-expected' | 'file-expected' | 'file-type' | 'number-range';

export type ReplyPlan =
  | { kind: 'send'; message: TypebotMessage }
  /** A click on a keyboard of an earlier question. */
  | { kind: 'stale' }
  | { kind: 'ask-again'; why: AskAgainReason };
