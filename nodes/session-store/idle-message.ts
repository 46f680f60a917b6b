import { at, keysAt } from '../../lib/core/fields';
import type { Message, OutgoingMessage } from '../runtime/shell';

/** Of the last event, what a flow needs to speak in its dialog. The event itself is answered. */
const ofDialog = new Set([
  'api',
  'portal',
  'bot',
  'dialogId',
  'chatId',
  'language',
  'user',
  'chat',
  'openline',
]);

export interface Memo {
  topic: string;
  bitrix: object;
  session: unknown;
}

export function memoOf({ topic, bitrix }: Message, session: unknown): Memo {
  const kept = keysAt(bitrix).filter((name) => ofDialog.has(name));
  return {
    topic: topic ?? '',
    bitrix: Object.fromEntries(kept.map((name) => [name, at(bitrix, name)])),
    session,
  };
}

/** Nobody said anything, which is the news. */
export function idleMessage(memo: unknown): OutgoingMessage & { session: unknown } {
  const bitrix = { ...objectAt(memo, 'bitrix'), kind: 'other', event: 'idle', text: '', files: [] };
  return { topic: String(at(memo, 'topic')), payload: '', bitrix, session: at(memo, 'session') };
}

function objectAt(source: unknown, name: string): object {
  const value = at(source, name);
  return typeof value === 'object' && value !== null ? value : {};
}
