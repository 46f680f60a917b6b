import type { Fields } from './blocks';
import type { Bot } from './bot';
import type { Answer, FlowState } from './flow-state';
import type { Bubble, TextFormat } from './shown-bubble';
import type { ShownInput } from './shown-input';
import { originVariable, type Lookup } from './variables';

export type ClientAction = Fields & { type: string; expectsDedicatedReply?: boolean };

/** One call's way through a bot. */
export interface Flow {
  readonly bot: Bot;
  readonly state: FlowState;
  readonly format: TextFormat;
  readonly origin: string;
  readonly now: number;
  readonly knowsReplyIds: boolean;
  readonly timeoutSeconds: number;
  said: Said;
}

export interface Said {
  messages: Bubble[];
  input: ShownInput | undefined;
  actions: ClientAction[];
  logs: Fields[];
  /** The answer as it was stored, where that differs. */
  newFormat: string | undefined;
  /** The same question again. */
  isRetry: boolean;
  answers: Answer[];
}

export function nothingSaid(): Said {
  return {
    messages: [],
    input: undefined,
    actions: [],
    logs: [],
    newFormat: undefined,
    isRetry: false,
    answers: [],
  };
}

export function lookupIn({ state, origin }: Flow): Lookup {
  return (name) => (name === originVariable ? origin : state.variables[name]);
}

export function expectsReply({ actions }: Said): boolean {
  return actions.some((action) => action.expectsDedicatedReply === true);
}

/** Nothing is asked, and nothing is waited for. */
export function isOver(said: Said): boolean {
  return !said.input && !expectsReply(said) && !said.messages.some(waits);
}

function waits({ type, content }: Bubble): boolean {
  return type === 'custom-embed' || (type === 'embed' && content['waitForEvent'] !== undefined);
}
