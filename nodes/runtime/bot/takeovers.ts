import { systemClock, type Clock } from '../../../lib/core/clock';
import { at, idAt, textAt } from '../../../lib/core/fields';
import { onAbort } from '../../../lib/core/unless-aborted';
import type { StoreSource } from '../../../lib/store/store';
import { noteReply } from '../deliveries';
import { bots } from '../kinds';
import { isAfter, messagesOf, momentOf, type Moment } from './spoken-moment';
import { isSameSession, takenElsewhere, type TakenElsewhere } from './taken-elsewhere';
import { noteTakeover, rememberedMs } from './taken-record';

export interface Takeovers {
  /** `bitrix` is an event, or what a flow made of it. */
  readonly announceTakeover: (bitrix: unknown) => void;
  /**
   * Works as long as the dialog is the bot's. When a person takes it over, the work is broken off and nothing comes of
   * it: an answer now would talk over their head.
   */
  readonly whileBotHasDialog: <T>(
    bitrix: unknown,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ) => Promise<T | undefined>;
}

export interface TakeoverOptions {
  readonly clock: Clock;
  /** Where the other processes that serve the portal are told, and tell. */
  readonly storeOf: (bitrix: unknown) => StoreSource | undefined;
}

type OnTaken = (sessionId: number | undefined) => void;

/** Tells those who answer in a dialog that a person does so now: in this process at once, in others by the store. */
export function createTakeovers({ clock, storeOf }: TakeoverOptions): Takeovers {
  const watchers = new Map<string, Set<OnTaken>>();
  /** When it was last so, for those who begin to answer a little later. The oldest first. */
  const taken = new Map<string, { moment: Moment; sessionId: number | undefined; toldAt: number }>();

  function announceTakeover(bitrix: unknown): void {
    const key = keyOf(bitrix);
    if (key === undefined) return;
    const now = clock.now();
    const sessionId = sessionOf(bitrix);
    // What the event itself says may call the bot back.
    const said = momentOf(bitrix);
    const moment = { ...said, time: Math.min(now, said.time || now) };
    taken.delete(key);
    taken.set(key, { moment, sessionId, toldAt: now });
    for (const [oldest, { toldAt }] of taken) {
      if (now - toldAt < rememberedMs) break;
      taken.delete(oldest);
    }
    for (const onTaken of [...(watchers.get(key) ?? [])]) onTaken(sessionId);
    const store = storeOf(bitrix);
    if (store) noteTakeover(store, key, { moment, sessionId }).catch(() => undefined);
  }

  async function whileBotHasDialog<T>(
    bitrix: unknown,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    const dialog = keyOf(bitrix);
    if (dialog === undefined) return work(signal);
    if (wasTaken(dialog, bitrix)) return withoutReply(bitrix);
    const stop = new AbortController();
    const sessionId = sessionOf(bitrix);
    let isTaken = false;
    const take = (): void => {
      isTaken = true;
      stop.abort();
    };
    const leave = watch(dialog, (session) => {
      if (isSameSession(sessionId, session)) take();
    });
    let elsewhere = elsewhereOf(bitrix, { dialog, sessionId });
    let unwatch: (() => void) | undefined;
    const isTakenByNow = async (): Promise<boolean> => {
      const isFound = !isTaken && unwatch !== undefined && (await elsewhere?.isTaken());
      return isFound || isTaken;
    };
    // Not AbortSignal.any: what it keeps on the node's long-lived signal is never given back.
    const stopWith = (): void => stop.abort(signal.reason);
    const stopListening = onAbort(signal, stopWith);
    if (signal.aborted) stopWith();
    try {
      // Also where nobody else has the store: the process before this one may have been told.
      if (elsewhere && ((await elsewhere.isTaken()) || isTaken)) return withoutReply(bitrix);
      unwatch = elsewhere?.watch(take);
      // Where nobody else has the store it is not looked into again, and the work may take long.
      if (!unwatch) elsewhere = undefined;
      const result = await work(stop.signal);
      return (await isTakenByNow()) ? withoutReply(bitrix) : result;
    } catch (thrown) {
      if (!signal.aborted && (await isTakenByNow())) return withoutReply(bitrix);
      throw thrown;
    } finally {
      unwatch?.();
      stopListening();
      leave();
    }
  }

  function elsewhereOf(
    bitrix: unknown,
    place: { readonly dialog: string; readonly sessionId: number | undefined },
  ): TakenElsewhere | undefined {
    const store = storeOf(bitrix);
    const asked = { ...place, moment: momentOf(bitrix), messages: messagesOf(bitrix) };
    return store && takenElsewhere(store, asked, clock);
  }

  /** Of an earlier session a person may have had anything to say. */
  function wasTaken(dialog: string, bitrix: unknown): boolean {
    const last = taken.get(dialog);
    if (!last || !isSameSession(sessionOf(bitrix), last.sessionId)) return false;
    return isAfter(last.moment, momentOf(bitrix));
  }

  function watch(dialog: string, onTaken: OnTaken): () => void {
    const those = watchers.get(dialog) ?? new Set();
    watchers.set(dialog, those.add(onTaken));
    return () => {
      those.delete(onTaken);
      if (those.size === 0 && watchers.get(dialog) === those) watchers.delete(dialog);
    };
  }

  return { announceTakeover, whileBotHasDialog };
}

/** Of the process: a person is noticed by one node, and another one answers. */
export const { announceTakeover, whileBotHasDialog } = createTakeovers({
  clock: systemClock,
  storeOf: storeOfDialog,
});

/** That of the bot; where the flow answers as another one than was written to, that of the portal. */
function storeOfDialog(bitrix: unknown): StoreSource | undefined {
  const owner = {
    memberId: textAt(bitrix, 'portal', 'memberId') ?? '',
    domain: textAt(bitrix, 'portal', 'domain') ?? '',
  };
  const ofBot = bots.find(owner, textAt(bitrix, 'bot', 'code') ?? '')?.hub;
  return (ofBot ?? bots.hubs().find((hub) => hub.find(owner) !== undefined))?.store;
}

function keyOf(bitrix: unknown): string | undefined {
  const dialogId = textAt(bitrix, 'dialogId');
  if (dialogId === undefined) return undefined;
  const owner = textAt(bitrix, 'portal', 'memberId') ?? textAt(bitrix, 'portal', 'domain') ?? '';
  return JSON.stringify([owner, dialogId]);
}

const sessionOf = (bitrix: unknown): number | undefined => idAt(at(bitrix, 'openline'), 'sessionId');

/** Whoever waits for the reply to this event waits for nothing. */
function withoutReply(bitrix: unknown): undefined {
  const eventId = textAt(bitrix, 'eventId');
  if (eventId !== undefined) noteReply(eventId);
}
