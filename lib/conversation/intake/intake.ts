import { startTimer, type Clock } from '../../core/clock';
import { CancelledError, UnreachableError } from '../../core/errors';
import { isStoreAway } from '../../store/last-known';
import type { StandIn } from '../../store/offer';
import type { BitrixEvent } from '../../bitrix24/events/event';
import { queueOf, type StoredEvent } from '../inbox/stored-event';
import type { Inbox } from '../inbox/types';
import { journalOn, type Journal } from './journal';
import { inTime } from './in-time';

/** Where events go before they are in the inbox: into this process' own files while the inbox' store is away. */
export interface Intake {
  /** Resolves when the event is safe; rejects when there is no place for it. */
  receive(
    event: BitrixEvent,
    tokens: Readonly<Record<string, string>>,
    via: string,
  ): Promise<'stored' | 'duplicate' | 'waiting'>;
  /** What is known of the inbox' store. */
  storeIs(how: 'away' | 'there'): void;
  /** Events that wait here. */
  waiting(): number;
  /** Whether any may wait here, or are on their way. */
  isHolding(): boolean;
  close(): void;
}

export interface IntakeListeners {
  /** Events begin to wait here. */
  onBegin?(): void;
  /** All are in the inbox; so many were moved there. */
  onEnd?(moved: number): void;
}

export interface IntakeOptions {
  clock: Clock;
  /** Of the portal node that believed the event. Rejects while its store cannot be opened. */
  inbox: (via: string) => Promise<Pick<Inbox, 'receive'>>;
  local: Pick<StandIn, 'isThere' | 'lease'>;
  listeners?: IntakeListeners;
  /** How long a store may take that is not known to be away (2 500). Whoever posts takes a late answer for none. */
  patienceMs?: number;
  /** The same for our own files: they may have to be taken over from a process that died (5 000). */
  localPatienceMs?: number;
  retryMs?: number;
}

/** Longer than any step on a store takes that is there. */
const movingMs = 15_000;

export function createIntake(options: IntakeOptions): Intake {
  const { clock, local, listeners = {}, patienceMs = 2500, localPatienceMs = 5000, retryMs = 1000 } = options;
  /** Dialogs with an event that is on its way into the journal, and with how many. */
  const onTheWay = new Map<string, number>();
  const closing = new AbortController();
  let isAway = false;
  let journal: Journal | undefined;
  let opening: Promise<Journal> | undefined;
  let lease: ReturnType<StandIn['lease']> | undefined;
  let isMoving = false;
  /** How many the journal had given away when events began to wait. */
  let givenBefore: number | undefined;
  let isTold = false;
  let stopRetry = (): void => undefined;

  async function open(): Promise<Journal> {
    if (closing.signal.aborted) throw new CancelledError('the intake is closed');
    lease ??= local.lease();
    const store = await lease.source();
    const opened = await journalOn(store, clock);
    journal = opened;
    // Another process may get the folder, and then it is opened anew.
    store.closed.addEventListener('abort', () => {
      if (journal === opened) journal = opening = undefined;
    });
    return opened;
  }

  function openOnce(): Promise<Journal> {
    opening ??= open().catch((thrown: unknown) => {
      opening = undefined;
      throw thrown;
    });
    return opening;
  }

  /** What an earlier process left behind, or the one before a deploy. */
  function look(): void {
    if (closing.signal.aborted || !local.isThere()) return;
    openOnce().then(move, () => {
      stopRetry = startTimer(clock, retryMs, look);
    });
  }

  async function keep(queue: string, stored: StoredEvent, cameAt: number): Promise<'waiting'> {
    onTheWay.set(queue, (onTheWay.get(queue) ?? 0) + 1);
    try {
      const opened = await inTime(clock, localPatienceMs, openOnce(), tooLate);
      await opened.keep(queue, stored, cameAt);
      if (!isTold) listeners.onBegin?.();
      isTold = true;
    } finally {
      const left = (onTheWay.get(queue) ?? 1) - 1;
      if (left > 0) onTheWay.set(queue, left);
      else onTheWay.delete(queue);
    }
    move();
    return 'waiting';
  }

  const receiveDirectly = async (
    { event, tokens, via }: StoredEvent,
    cameAt?: number,
  ): Promise<'stored' | 'duplicate'> => (await options.inbox(via)).receive(event, tokens, via, cameAt);

  /** One that hangs may not keep the others here for ever. */
  const receiveInTime = (stored: StoredEvent, cameAt: number): Promise<unknown> =>
    inTime(clock, movingMs, receiveDirectly(stored, cameAt), tooLate);

  function move(): void {
    moveAll().catch(() => undefined);
  }

  async function moveAll(): Promise<void> {
    if (journal && journal.count() > 0) givenBefore ??= journal.given();
    if (isMoving) return;
    isMoving = true;
    try {
      while (journal && journal.count() > 0 && !isAway && !closing.signal.aborted) {
        const before = journal.given();
        await journal.giveAway(receiveInTime).catch(() => undefined);
        // What cannot be moved now is tried again soon: the store may be away without its being known yet.
        if (journal?.given() === before) await clock.sleep(retryMs, closing.signal);
      }
    } finally {
      isMoving = false;
    }
    if (givenBefore === undefined || journal?.count() !== 0 || closing.signal.aborted) return;
    listeners.onEnd?.(journal.given() - givenBefore);
    givenBefore = undefined;
    isTold = false;
  }

  look();

  return {
    async receive(event, tokens, via) {
      const stored: StoredEvent = { event, tokens, via };
      const queue = queueOf(event);
      const cameAt = clock.now();
      if (isAway || onTheWay.has(queue) || journal?.has(queue)) return keep(queue, stored, cameAt);
      try {
        return await inTime(clock, patienceMs, receiveDirectly(stored), tooLate);
      } catch (thrown) {
        if (!isStoreAway(thrown)) throw thrown;
        // It may be in the store all the same: what comes there a second time is the same event.
        return keep(queue, stored, cameAt);
      }
    },
    storeIs(how) {
      const wasAway = isAway;
      isAway = how === 'away';
      if (wasAway && !isAway) move();
    },
    waiting: () => journal?.count() ?? 0,
    isHolding: () => onTheWay.size > 0 || (journal ? journal.count() > 0 : opening !== undefined),
    close() {
      closing.abort(new CancelledError('the intake is closed'));
      stopRetry();
      lease?.release().catch(() => undefined);
    },
  };
}

const tooLate = (): UnreachableError =>
  new UnreachableError('STORE_UNAVAILABLE', 'the store takes too long', {
    sent: true,
    params: { reason: 'TIMEOUT' },
  });
