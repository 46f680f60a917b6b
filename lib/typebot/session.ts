import { at, flagAt, textAt } from '../core/fields';
import { readStoredInput, type TypebotInput } from './inputs/input';
import { readPace, type TypingPace } from './pace';

/** A conversation as far as it is known here. Plain JSON, kept by whoever asked. */
export interface TypebotSession {
  id: string;
  /** The bot it belongs to; empty when nobody noted it. */
  publicId: string;
  resultId?: string;
  /** The question that is open. */
  input?: TypebotInput;
  /** Something was said to the bot, and its answer never came: it may be asking something else by now. */
  isUnsure?: true;
  /** No question is open: the bot waits for what a webhook brings, or for what happens in a page that it showed. */
  waits?: 'webhook' | 'embed';
  /** Typebot tells it at the start only. */
  typing?: TypingPace;
  /** ISO. */
  startedAt?: string;
}

/** Back from a store. A bare text is an id: BitBot keeps nothing else. */
export function readStoredSession(value: unknown): TypebotSession | undefined {
  if (typeof value === 'string') return isSessionId(value) ? { id: value, publicId: '' } : undefined;
  const id = textAt(value, 'id');
  if (id === undefined || !isSessionId(id)) return undefined;
  const resultId = textAt(value, 'resultId');
  const input = readStoredInput(at(value, 'input'));
  const waits = at(value, 'waits');
  const typing = readPace(at(value, 'typing'));
  const startedAt = textAt(value, 'startedAt');
  return {
    id,
    publicId: textAt(value, 'publicId') ?? '',
    ...(resultId !== undefined && { resultId }),
    ...(input && { input }),
    ...(flagAt(value, 'isUnsure') && { isUnsure: true as const }),
    ...((waits === 'webhook' || waits === 'embed') && { waits }),
    ...(typing && { typing }),
    ...(startedAt !== undefined && { startedAt }),
  };
}

/** The same conversation where it is now. */
export function sessionAt(
  { id, resultId, typing, startedAt }: TypebotSession,
  {
    publicId,
    input,
    waits,
  }: Pick<TypebotSession, 'publicId'> & {
    input: TypebotSession['input'] | undefined;
    waits?: TypebotSession['waits'] | undefined;
  },
): TypebotSession {
  return {
    id,
    publicId,
    ...(resultId !== undefined && { resultId }),
    ...(input && { input }),
    ...(waits && { waits }),
    ...(typing && { typing }),
    ...(startedAt !== undefined && { startedAt }),
  };
}

/** It becomes a part of an address. */
export function isSessionId(text: string): boolean {
  return /^(?!\.+$)[\w.:~@-]{1,200}$/.test(text);
}
