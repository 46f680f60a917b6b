import type { MethodAnswer, MethodCall } from '../call';
import { isMap, textOf, upperKeys, type Params } from '../../shared/params';
import { refusal, type Refusal } from '../refusal';
import type { CallBook } from './call-book';

export interface Phrase {
  side: 'User' | 'Client';
  startTime: number;
  stopTime: number;
  text: string;
}

export interface Transcript {
  id: number;
  callId: string;
  phrases: readonly Phrase[];
  cost: string;
  currency: string;
  byUserId: number;
  at: number;
}

export interface Transcripts {
  list: readonly Transcript[];
  attach: (call: MethodCall) => MethodAnswer;
}

/** `telephony.call.attachTranscription`. A second one for the same call is taken as well. */
export function createTranscripts(
  book: CallBook,
  now: () => number,
  refused: () => Refusal | undefined,
): Transcripts {
  const list: Transcript[] = [];
  return {
    list,
    attach({ params, caller }) {
      const no = refused();
      if (no) throw no;
      const given = upperKeys(params);
      const callId = textOf(given['CALL_ID']) ?? '';
      if (callId === '') throw wrong('CALL_ID should be set');
      const messages = given['MESSAGES'];
      if (!Array.isArray(messages)) throw wrong('MESSAGES should be an array');
      const phrases = messages.map(readPhrase);
      const call = book.byCallId(callId);
      if (!call) throw wrong(`Call ${callId} is not found. Is it finished?`);
      const id = list.length + 1;
      const cost = textOf(given['COST']) ?? '';
      const currency = textOf(given['COST_CURRENCY']) ?? '';
      list.push({ id, callId: call.callId, phrases, cost, currency, byUserId: caller.userId, at: now() });
      book.change(call.id, { transcriptId: id });
      return { result: { TRANSCRIPT_ID: id } };
    },
  };
}

function readPhrase(given: unknown, index: number): Phrase {
  const fields: Params = isMap(given) ? given : {};
  const place = (name: string): string => `MESSAGES[${index}][${name}]`;
  const side = fields['SIDE'];
  if (side !== 'User' && side !== 'Client') throw wrong(`${place('SIDE')} should be either Client or User`);
  const startTime = wholeNumber(fields['START_TIME']);
  if (startTime === undefined || startTime < 0)
    throw wrong(`${place('START_TIME')} should be greater or equal to zero`);
  const stopTime = wholeNumber(fields['STOP_TIME']);
  if (stopTime === undefined || stopTime < 1)
    throw wrong(`${place('STOP_TIME')} should be greater than zero`);
  const text = textOf(fields['MESSAGE']) ?? '';
  if (text === '') throw wrong(`${place('MESSAGE')} is empty`);
  return { side, startTime, stopTime, text };
}

function wholeNumber(value: unknown): number | undefined {
  const text = textOf(value);
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

function wrong(description: string): Refusal {
  return refusal('ERROR_CORE', description);
}
