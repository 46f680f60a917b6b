import type { Bot } from './bot';
import type { InputMessage } from './messages';
import { isList, storedValue, type VariableValue, type Variables } from './variables';

export interface Answer {
  blockId: string;
  content: string;
  attachedFileUrls: readonly string[];
}

/** What happened besides answers. */
export type FlowEvent =
  | { kind: 'command'; command: string }
  | { kind: 'reply' | 'invalid-reply'; text: string | undefined }
  /** An action, or a bubble that waited, was continued. Undefined: with nothing. */
  | { kind: 'continued'; type: string; reply: string | undefined };

/** Where `back()` leads. */
export interface ReturnMark {
  blockId: string;
  isCalled: boolean;
  /** The reply that an event interrupted. */
  resumeWith: InputMessage | undefined;
}

/** What a session keeps from one call to the next. Plain, so that each call works on a copy of its own. */
export interface FlowState {
  /** Undefined: the flow never stood still. */
  currentBlockId: string | undefined;
  variables: Record<string, VariableValue>;
  answers: Answer[];
  /** Blocks to go on with when a path ends. */
  queue: string[];
  returnMark: ReturnMark | undefined;
  events: FlowEvent[];
}

export function newState(bot: Bot, earlier: { variables: Variables; answers: readonly Answer[] }): FlowState {
  const variables = Object.fromEntries(bot.variables.map((name) => [name, earlier.variables[name] ?? null]));
  return {
    currentBlockId: undefined,
    variables,
    answers: [...earlier.answers],
    queue: [],
    returnMark: undefined,
    events: [],
  };
}

/** Exact names only; what the bot does not have is ignored. */
export function prefill(state: FlowState, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values))
    if (Object.hasOwn(state.variables, name)) state.variables[name] = storedValue(value);
}

export function remember(state: FlowState, name: string | undefined, value: unknown): void {
  if (name !== undefined) state.variables[name] = storedValue(value);
}

/** An answer is added to a list, and takes the place of anything else. */
export function rememberAnswer(
  state: FlowState,
  name: string | undefined,
  value: string | readonly string[],
): void {
  if (name === undefined) return;
  const before = state.variables[name];
  remember(state, name, isList(before) ? [...before, value].flat() : value);
}
