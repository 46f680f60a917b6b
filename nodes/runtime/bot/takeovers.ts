import { at, idAt, textAt } from '../../../lib/core/fields';
import { noteReply } from '../deliveries';

type OnTaken = (sessionId: number | undefined) => void;

/** Tells those who answer in a dialog that a person does so now. Of this process: other instances have their own. */
const watchers = new Map<string, Set<OnTaken>>();
/** When it was last so, for those who begin to answer a little later. The oldest first. */
const taken = new Map<string, { time: number; sessionId: number | undefined; toldAt: number }>();
const REMEMBERED_MS = 60 * 60_000;

function keyOf(bitrix: unknown): string | undefined {
  const dialogId = textAt(bitrix, 'dialogId');
  if (dialogId === undefined) return undefined;
  const owner = textAt(bitrix, 'portal', 'memberId') ?? textAt(bitrix, 'portal', 'domain') ?? '';
  return JSON.stringify([owner, dialogId]);
}

/** `bitrix` is an event, or what a flow made of it. */
export function announceTakeover(bitrix: unknown): void {
  const key = keyOf(bitrix);
  if (key === undefined) return;
  const now = Date.now();
  const sessionId = sessionOf(bitrix);
  // What the event itself says may call the bot back.
  const time = Math.min(now, Date.parse(textAt(bitrix, 'receivedAt') ?? '') || now);
  taken.delete(key);
  taken.set(key, { time, sessionId, toldAt: now });
  for (const [oldest, { toldAt }] of taken) {
    if (now - toldAt < REMEMBERED_MS) break;
    taken.delete(oldest);
  }
  for (const onTaken of [...(watchers.get(key) ?? [])]) onTaken(sessionId);
}

/**
 * Works as long as the dialog is the bot's. When a person takes it over, the work is broken off and nothing comes of
 * it: an answer now would talk over their head.
 */
export async function whileBotHasDialog<T>(
  bitrix: unknown,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const key = keyOf(bitrix);
  if (key === undefined) return work(signal);
  if (wasTaken(key, bitrix)) return withoutReply(bitrix);
  const sessionId = sessionOf(bitrix);
  const stop = new AbortController();
  let isTaken = false;
  const leave = watch(key, (takenSession) => {
    if (!isSameSession(sessionId, takenSession)) return;
    isTaken = true;
    stop.abort();
  });
  // Not AbortSignal.any: what it keeps on the node's long-lived signal is never given back.
  const onAbort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const result = await work(stop.signal);
    return isTaken ? withoutReply(bitrix) : result;
  } catch (thrown) {
    if (isTaken && !signal.aborted) return withoutReply(bitrix);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', onAbort);
    leave();
  }
}

/** Of an earlier session a person may have had anything to say. */
function wasTaken(key: string, bitrix: unknown): boolean {
  const last = taken.get(key);
  if (!last || !isSameSession(sessionOf(bitrix), last.sessionId)) return false;
  return last.time > Date.parse(textAt(bitrix, 'receivedAt') ?? '');
}

function sessionOf(bitrix: unknown): number | undefined {
  return idAt(at(bitrix, 'openline'), 'sessionId');
}

/** Where one of them is not told, nothing speaks against it. */
function isSameSession(one: number | undefined, other: number | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}

/** Whoever waits for the reply to this event waits for nothing. */
function withoutReply(bitrix: unknown): undefined {
  const eventId = textAt(bitrix, 'eventId');
  if (eventId !== undefined) noteReply(eventId);
}

function watch(key: string, onTaken: OnTaken): () => void {
  const those = watchers.get(key) ?? new Set();
  watchers.set(key, those.add(onTaken));
  return () => {
    those.delete(onTaken);
    if (those.size === 0 && watchers.get(key) === those) watchers.delete(key);
  };
}
