import type { Clock } from '../../core/clock';
import { CancelledError, toError, UnreachableError } from '../../core/errors';
import type { StoreSource } from '../../store/store';
import type { BotRest } from '../bots/bot-calls';
import { explainRefusal } from '../bots/refusals';
import { readEventPage, type EventPage } from './event-page';
import { createFailingStreak, shortestPauseMs, type FailingStreak } from './failing-streak';
import type { FetchedEvent } from './fetched';
import { pollerRegistry, type PollerRegistry } from './poller-registry';
import { pollInTurn } from './poller-turn';

export interface PollerState {
  /**
   * `waiting`: another poller of this process has not stopped yet, or the first answer is not there. `elsewhere`:
   * another process that shares the store fetches; this one takes over when that one has closed or is dead.
   */
  state: 'waiting' | 'elsewhere' | 'ok' | 'failing';
  /** Events that were taken since the start. */
  taken: number;
  /** Failures in a row. */
  failures: number;
  /** Of the last failure, while failing. */
  error?: Error;
}

export interface TakeContext {
  /** Ends with the poller; what has been stored by then is confirmed all the same. */
  signal: AbortSignal;
  /** 1 at first; counts up while the same first event comes again, so that a poisonous one can be given up. */
  attempt: number;
}

export interface FetchPollerOptions {
  rest: BotRest;
  /** The portal's origin: with the bot's id it tells that two pollers are after the same events. */
  portal: string;
  botId: number;
  botToken?: string | undefined;
  clock: Clock;
  store: StoreSource;
  /** Under which the pollers of this bot, in all processes that share the store, are one at a time. */
  name: string;
  loadOffset: () => Promise<number | undefined>;
  saveOffset: (offset: number) => Promise<void>;
  /** Resolves when the events are safe. Rejects to have them again. One that can never be read is its own affair. */
  take: (events: readonly FetchedEvent[], context: TakeContext) => Promise<void>;
  onState: (state: PollerState) => void;
  signal: AbortSignal;
  registry?: PollerRegistry | undefined;
  random?: (() => number) | undefined;
}

export interface FetchPoller {
  /** Resolves when the poller has stopped for good, after its signal. Never rejects. */
  readonly stopped: Promise<void>;
}

const longestPauseMs = 30_000;
const usualLimit = 100;
/** While there is more, fewer and larger requests: the portal allows two a second for everything. */
const backlogLimit = 1000;

/** Fetches the events of one bot until its signal is aborted. */
export function createFetchPoller(options: FetchPollerOptions): FetchPoller {
  const { registry = pollerRegistry, portal, botId, store, name, clock, signal } = options;
  const onState = guarded(options.onState);
  const tally = { taken: 0 };
  const streak = createFailingStreak(clock, options.random);
  let failures = 0;

  async function run(): Promise<void> {
    onState({ state: 'waiting', taken: 0, failures: 0 });
    await pollInTurn({
      ...{ registry, key: `${portal} ${botId}`, store, name, clock, signal },
      onElsewhere() {
        failures = 0;
        onState({ state: 'elsewhere', ...tally, failures });
      },
      onTrouble(error) {
        failures += 1;
        onState({ state: 'failing', ...tally, failures, error });
      },
      poll: (untilLost, mustBeOurs) =>
        poll({ ...options, onState, signal: untilLost, mustBeOurs, tally, streak }),
    });
  }

  // Only the end of the signal gets out of the loop.
  return { stopped: run().catch(() => undefined) };
}

/** A status that cannot be shown is no reason to leave events unread. */
function guarded(onState: FetchPollerOptions['onState']): FetchPollerOptions['onState'] {
  return (state) => {
    try {
      onState(state);
    } catch {
      // Whoever shows it has a fault of its own; there is nobody here to tell.
    }
  };
}

interface Poll extends FetchPollerOptions {
  /** Rejects once another process has taken over. */
  mustBeOurs: () => Promise<void>;
  /** Over all turns of this poller. */
  tally: { taken: number };
  streak: FailingStreak;
}

/** Where the poller is in the queue of its bot. */
interface Place {
  offset: number | undefined;
  limit: number;
  pauseMs: number;
  /** The first event of the last page and how often it came. */
  first: number | null | undefined;
  attempt: number;
}

/** How long to leave the turn to others, when nothing has succeeded for a while. */
async function poll(options: Poll): Promise<number | undefined> {
  const { clock, signal, onState, loadOffset, tally, streak } = options;
  const place: Place = {
    offset: undefined,
    limit: usualLimit,
    pauseMs: shortestPauseMs,
    first: undefined,
    attempt: 0,
  };
  let isLoaded = false;
  while (!signal.aborted) {
    try {
      if (!isLoaded) place.offset = await loadOffset();
      isLoaded = true;
      await advance(options, place);
      streak.end();
      onState({ state: 'ok', ...tally, failures: 0 });
    } catch (thrown) {
      if (signal.aborted) return undefined;
      place.limit = usualLimit;
      const { count, pauseMs, givesWay } = streak.failed(thrown);
      const error = toError(explainRefusal(thrown, ''));
      onState({ state: 'failing', ...tally, failures: count, error });
      if (givesWay) return pauseMs;
      place.pauseMs = pauseMs;
    }
    await clock.sleep(place.pauseMs, signal);
  }
  return undefined;
}

/** One request, and the offset behind what it brought once that is safe. */
async function advance(options: Poll, place: Place): Promise<void> {
  const { take, saveOffset, signal, mustBeOurs, tally, streak } = options;
  await mustBeOurs();
  const page = await fetchPage(options, place);
  // This process may have stood still since, for longer than others wait for it.
  await mustBeOurs();
  // Stopped while the answer was on its way: whoever comes next gets these events again.
  if (signal.aborted) throw new CancelledError();
  const [first] = page.events;
  if (first) {
    place.attempt = place.first === first.eventId ? place.attempt + 1 : 1;
    place.first = first.eventId;
    await take(page.events, { signal, attempt: place.attempt });
  }
  if (first && page.nextOffset === place.offset) throw standstill();
  // Saved also when nothing came: the portal may have counted past events of others.
  if (page.nextOffset !== undefined && page.nextOffset !== place.offset) {
    await mustBeOurs();
    await saveOffset(page.nextOffset);
  }
  place.offset = page.nextOffset;
  place.first = undefined;
  tally.taken += page.events.length;
  place.limit = page.hasMore ? backlogLimit : usualLimit;
  const hasTraffic = first !== undefined || page.hasMore;
  const recovered = streak.isUnderWay() ? shortestPauseMs : place.pauseMs * 2;
  place.pauseMs = hasTraffic ? shortestPauseMs : Math.min(recovered, longestPauseMs);
}

function standstill(): UnreachableError {
  const message = 'imbot.v2.Event.get: the portal gives events and does not count on';
  return new UnreachableError('BITRIX_UNREACHABLE', message, { sent: true });
}

async function fetchPage(
  { rest, botId, botToken, signal }: FetchPollerOptions,
  { offset, limit }: Place,
): Promise<EventPage> {
  const params = { botId, botToken, limit, ...(offset !== undefined && { offset }) };
  // The same offset again brings the same events again.
  const answer = await rest.call('imbot.v2.Event.get', params, { idempotent: true, signal });
  return readEventPage(answer, offset);
}
