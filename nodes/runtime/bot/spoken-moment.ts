import { at, entriesAt, idAt, textAt } from '../../../lib/core/fields';

/** When something happened in a dialog. */
export interface Moment {
  /** By the clock of whoever took it in, milliseconds since 1970; NaN when no event tells. */
  readonly time: number;
  /** The message that it was, or the one that it concerns. */
  readonly messageId: number | undefined;
  /** It was this message itself. What concerns one, as a pressed button or an edit, may come long after it. */
  readonly isMessage: boolean;
}

/** `bitrix` is an event, or what a flow made of it. */
export function momentOf(bitrix: unknown): Moment {
  return {
    time: Date.parse(textAt(bitrix, 'receivedAt') ?? ''),
    messageId: idAt(bitrix, 'messageId'),
    isMessage: isMessage(bitrix),
  };
}

/** The message that was said, and those that were joined with it. */
export function messagesOf(bitrix: unknown): number[] {
  const joined = entriesAt(bitrix, 'batch').map((one) => idAt(one, 'message_id'));
  return [idAt(bitrix, 'messageId'), ...joined].filter((id) => id !== undefined);
}

/**
 * The portal counts its messages, so where two are known no clock of ours has a say: those of two processes may be far
 * apart.
 */
export function isAfter(one: Moment, other: Moment): boolean {
  if (one.messageId === undefined || other.messageId === undefined) return one.time > other.time;
  if (one.isMessage && one.messageId <= other.messageId) return false;
  return one.isMessage && other.isMessage ? true : one.time > other.time;
}

function isMessage(bitrix: unknown): boolean {
  const kind = textAt(bitrix, 'kind');
  if (kind !== 'command') return kind === 'message';
  // A pressed button names the message that it stands below.
  return !['keyboard', 'menu'].includes(textAt(at(bitrix, 'command'), 'context') ?? '');
}
