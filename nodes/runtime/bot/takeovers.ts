import { textAt } from '../../../lib/core/fields';

/** Tells those who answer in a dialog that a person does so now. Of this process: other instances have their own. */
const watchers = new Map<string, Set<() => void>>();
/** When it was last so, for those who begin to answer a little later. The oldest first. */
const takenAt = new Map<string, number>();
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
  takenAt.delete(key);
  // What the event itself says may call the bot back.
  takenAt.set(key, Math.min(now, Date.parse(textAt(bitrix, 'receivedAt') ?? '') || now));
  for (const [oldest, time] of takenAt) {
    if (now - time < REMEMBERED_MS) break;
    takenAt.delete(oldest);
  }
  for (const onTaken of [...(watchers.get(key) ?? [])]) onTaken();
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
  const askedAt = Date.parse(textAt(bitrix, 'receivedAt') ?? '');
  if ((takenAt.get(key) ?? 0) > askedAt) return undefined;
  const taken = new AbortController();
  const leave = watch(key, () => taken.abort());
  try {
    const result = await work(AbortSignal.any([signal, taken.signal]));
    return taken.signal.aborted ? undefined : result;
  } catch (thrown) {
    if (taken.signal.aborted && !signal.aborted) return undefined;
    throw thrown;
  } finally {
    leave();
  }
}

function watch(key: string, onTaken: () => void): () => void {
  const those = watchers.get(key) ?? new Set();
  watchers.set(key, those.add(onTaken));
  return () => {
    those.delete(onTaken);
    if (those.size === 0 && watchers.get(key) === those) watchers.delete(key);
  };
}
