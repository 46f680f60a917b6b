import type { Part } from '../core/parts';
import type { Said } from './inputs/said';
import type { TypebotLog } from './play';
import type { TypebotSession } from './session';

export interface TurnOptions {
  /** For the variables of the bot with the same names. Typebot takes them at a start only, a restart included. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What the caller knows the conversation by before it has a session: two first messages then start one after the other. */
  readonly dialogKey?: string;
  readonly signal?: AbortSignal;
  /** Of the person, for the bridge's own words. */
  readonly language?: string;
  /** This was begun before and cut short, and the bot may have heard then what the person says. */
  readonly isRepeated?: boolean;
  /** Whether waits are put before texts, as the settings of the bot say. */
  readonly pace?: boolean;
  /** Reads Markdown that stands as plain text in a bubble, as answers of models in variables do. */
  readonly markdownInText?: boolean;
  /** The longest wait that a bot can ask for; 10 when left out. */
  readonly maxWaitSeconds?: number;
  /**
   * What there is so far, before the bot is told to go on by itself. It counts also when the turn fails later: Typebot
   * will not say it again.
   */
  readonly onProgress?: (soFar: { session: TypebotSession; parts: Part[] }) => void;
}

export interface StartRequest extends TurnOptions {
  /** What the person has written; taken by the bot as far as it begins with a question for it. */
  readonly said?: Said;
  /** An earlier result, which a bot that remembers its visitors goes on with. */
  readonly resultId?: string;
}

export interface TypebotCommand {
  /** Without the slash. */
  readonly name: string;
  readonly params?: string;
}

export interface TypebotTurn {
  parts: Part[];
  /** To be kept for the next message; none when the conversation is over. */
  session?: TypebotSession;
  ended: boolean;
  /** The session that was asked for is gone, and a new one has taken its place. */
  restarted: boolean;
  /** The bot wants a human to take over. */
  handover: boolean;
  /** For the operator: what went wrong inside the bot. */
  logs: TypebotLog[];
  resultId?: string;
}
