import assert from 'node:assert/strict';
import { RefusedError, UnreachableError } from '../../../lib/core/errors';
import { at, idAt } from '../../../lib/core/fields';
import type { BotRest } from '../../../lib/bitrix24/bots/bot-calls';
import type { FetchedEvent } from '../../../lib/bitrix24/events/fetched';
import {
  createFetchPoller,
  type FetchPoller,
  type FetchPollerOptions,
  type PollerState,
} from '../../../lib/bitrix24/events/fetch-poller';
import { createPollerRegistry } from '../../../lib/bitrix24/events/poller-registry';
import { createMemoryStore } from '../../../lib/store/memory-store';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { until } from '../../support/until';

/** The queue of a bot as the portal keeps it: an offset confirms everything below it, for good. */
function queueOf(count: number): { rest: BotRest; asked: unknown[]; add: (more: number) => void } {
  let next = 1001;
  let queue: object[] = [];
  const asked: unknown[] = [];
  const add = (more: number): void => {
    for (let one = 0; one < more; one += 1) {
      queue.push({ eventId: next, type: 'ONIMBOTV2MESSAGEADD', date: '', data: { n: next } });
      next += 1;
    }
  };
  add(count);
  const call: BotRest['call'] = async (_method, params, { signal }) => {
    signal?.throwIfAborted();
    asked.push(params);
    const offset = idAt(params, 'offset') ?? 0;
    queue = queue.filter((event) => (idAt(event, 'eventId') ?? 0) >= offset);
    const events = queue.slice(0, idAt(params, 'limit'));
    const nextOffset = events.length > 0 ? (idAt(events.at(-1), 'eventId') ?? 0) + 1 : offset;
    return { events, nextOffset, hasMore: queue.length > events.length };
  };
  return { rest: { call }, asked, add };
}

interface Bench {
  clock: ManualClock;
  pauses: number[];
  taken: number[];
  saved: number[];
  states: PollerState[];
  stop: () => Promise<void>;
  poller: FetchPoller;
  /** Waits until it sleeps, then lets that pause go by. */
  round: () => Promise<void>;
}

const running: Bench[] = [];

function startPoller(rest: BotRest, changes: Partial<FetchPollerOptions> = {}): Bench {
  const clock = manualClock();
  const pauses: number[] = [];
  const [taken, saved, states]: [number[], number[], PollerState[]] = [[], [], []];
  const stopping = new AbortController();
  const store = createMemoryStore();
  const poller = createFetchPoller({
    store: async () => store,
    name: 'fetch',
    rest,
    portal: 'https://shop.bitrix24.com',
    botId: 55,
    botToken: 'token',
    clock: {
      now: () => clock.now(),
      sleep: (ms, signal) => {
        pauses.push(ms);
        return clock.sleep(ms, signal);
      },
    },
    loadOffset: async () => saved.at(-1),
    saveOffset: async (offset) => void saved.push(offset),
    take: async (events) => void taken.push(...numbers(events)),
    onState: (state) => states.push(state),
    signal: stopping.signal,
    registry: createPollerRegistry(),
    random: () => 0.5,
    ...changes,
  });
  const asleep = (): Promise<void> => until(() => clock.pending() === 1, 'the poller to sleep');
  const bench: Bench = {
    clock,
    pauses,
    taken,
    saved,
    states,
    poller,
    async stop() {
      stopping.abort();
      await poller.stopped;
    },
    async round() {
      await asleep();
      await clock.advance(pauses.at(-1) ?? 0);
      await asleep();
    },
  };
  running.push(bench);
  return bench;
}

function numbers(events: readonly FetchedEvent[]): number[] {
  return events.map(({ eventId }) => eventId ?? -1);
}

function span(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, place) => first + place);
}

async function times(count: number, bench: Bench): Promise<void> {
  for (let one = 0; one < count; one += 1) await bench.round();
}

describe('fetching the events of a bot', () => {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((bench) => bench.stop()));
  });

  it('starts without an offset, and confirms what is stored with the next request', async () => {
    const { rest, asked } = queueOf(3);
    const bench = startPoller(rest);
    await bench.round();
    assert.deepEqual(bench.taken, [1001, 1002, 1003]);
    assert.deepEqual(bench.saved, [1004]);
    const usual = { botId: 55, botToken: 'token', limit: 100 };
    assert.deepEqual(asked, [usual, { ...usual, offset: 1004 }]);
    assert.deepEqual(bench.states.at(-1), { state: 'ok', taken: 3, failures: 0 });
  });

  it('goes on from the offset that was kept', async () => {
    const { rest, asked } = queueOf(3);
    const bench = startPoller(rest, { loadOffset: async () => 1003 });
    await until(() => bench.states.length === 2, 'the first page');
    assert.deepEqual(bench.taken, [1003]);
    assert.equal(at(asked[0], 'offset'), 1003);
  });

  it('comes back after two seconds when there was something, and ever later when there is nothing', async () => {
    const { rest, add } = queueOf(1);
    const bench = startPoller(rest);
    await times(6, bench);
    assert.deepEqual(bench.pauses, [2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    add(1);
    await times(2, bench);
    assert.deepEqual(bench.pauses.slice(7), [2000, 4000]);
  });

  it('takes a backlog in large pages, two seconds apart', async () => {
    const { rest, asked } = queueOf(2500);
    const bench = startPoller(rest);
    await times(3, bench);
    assert.deepEqual(bench.taken, span(1001, 3500));
    assert.deepEqual(
      asked.map((params) => at(params, 'limit')),
      [100, 1000, 1000, 1000],
    );
    assert.deepEqual(bench.pauses, [2000, 2000, 2000, 2000]);
  });

  it('repeats events that could not be stored, and says how often', async () => {
    const { rest } = queueOf(2);
    const attempts: number[] = [];
    const bench = startPoller(rest, {
      take: async (_events, { attempt }) => {
        attempts.push(attempt);
        if (attempt < 4) throw new Error('the disk is full');
      },
    });
    await times(4, bench);
    assert.deepEqual(attempts, [1, 2, 3, 4]);
    assert.deepEqual(bench.saved, [1003]);
    assert.deepEqual(bench.pauses, [2000, 4000, 8000, 2000, 4000]);
    const failing = bench.states.filter(({ state }) => state === 'failing');
    assert.deepEqual(
      failing.map(({ failures, error }) => [failures, error?.message]),
      [1, 2, 3].map((failures) => [failures, 'the disk is full']),
    );
    assert.deepEqual(bench.states.at(-1), { state: 'ok', taken: 2, failures: 0 });
  });

  it('gives a poisonous event to its taker, who may let it go', async () => {
    const items = [{ eventId: 7, type: 'ONIMBOTV2MESSAGEADD', data: { n: 7 } }, null, { eventId: 9 }];
    let isGiven = false;
    const call: BotRest['call'] = async () => {
      const events = isGiven ? [] : items;
      isGiven = true;
      return { events, nextOffset: 10, hasMore: false };
    };
    const seen: FetchedEvent[] = [];
    const bench = startPoller({ call }, { take: async (events) => void seen.push(...events) });
    await bench.round();
    assert.deepEqual(
      seen.map(({ eventId, type }) => [eventId, type]),
      [
        [7, 'ONIMBOTV2MESSAGEADD'],
        [null, ''],
        [9, ''],
      ],
    );
    assert.deepEqual(bench.saved, [10]);
  });

  it('asks for the same events again when the offset could not be kept', async () => {
    const { rest } = queueOf(1);
    let refusals = 1;
    const saved: number[] = [];
    const bench = startPoller(rest, {
      saveOffset: async (offset) => {
        if (refusals-- > 0) throw new Error('no store');
        saved.push(offset);
      },
    });
    await times(2, bench);
    assert.deepEqual(bench.taken, [1001, 1001]);
    assert.deepEqual(saved, [1002]);
  });

  it('backs off from a portal that fails, as long as it says, and no further than two minutes', async () => {
    const errors: Error[] = [
      new UnreachableError('BITRIX_UNREACHABLE', 'gone', { sent: true }),
      new RefusedError('BITRIX_RATE_LIMIT', 'slow down', { retryAfterMs: 60_000 }),
      ...Array.from({ length: 7 }, () => new RefusedError('BITRIX_REFUSED', 'no', {})),
      new RefusedError('BITRIX_REFUSED', 'x', { serviceCode: 'BOT_INVALID_EVENT_MODE' }),
    ];
    const call: BotRest['call'] = async () => {
      const error = errors.shift();
      if (error) throw error;
      return { events: [], nextOffset: 0, hasMore: false };
    };
    const bench = startPoller({ call });
    await times(10, bench);
    const expected = [2000, 60_000, 8000, 16_000, 32_000, 64_000, 120_000, 120_000, 120_000, 120_000];
    assert.deepEqual(bench.pauses.slice(0, 10), expected);
    assert.equal(bench.states.at(-2)?.error instanceof RefusedError, true);
    assert.match(String(bench.states.at(-2)?.error?.message), /not in fetch mode/);
    assert.equal(bench.pauses.at(-1), 2000);
    assert.deepEqual(bench.saved, [0]);
  });

  it('takes an answer that makes no sense for a failure', async () => {
    const answers: unknown[] = [
      null,
      'x',
      { events: 'x' },
      // The same events for ever.
      { events: [{ eventId: null, type: 'X', data: {} }], hasMore: true },
      { events: { 0: { eventId: 5, type: 'X', data: {} } }, nextOffset: 'x' },
    ];
    const bench = startPoller({ call: async () => (answers.length > 0 ? answers.shift() : { events: [] }) });
    await times(5, bench);
    assert.deepEqual(
      bench.states.slice(1, 6).map(({ state }) => state),
      ['failing', 'failing', 'failing', 'failing', 'ok'],
    );
    assert.deepEqual(bench.saved, [6]);
  });

  it('confirms what was stored while it was being stopped', async () => {
    const { rest } = queueOf(1);
    let finish: (() => void) | undefined;
    let wasTold = false;
    const bench = startPoller(rest, {
      take: (_events, { signal }) =>
        new Promise((resolve) => {
          finish = resolve;
          signal.addEventListener('abort', () => {
            wasTold = true;
          });
        }),
    });
    await until(() => finish !== undefined, 'the events to be taken');
    const stopped = bench.stop();
    assert.equal(wasTold, true);
    finish?.();
    await stopped;
    assert.deepEqual(bench.saved, [1002]);
    assert.equal(bench.clock.pending(), 0);
  });

  it('takes nothing that arrives after it was stopped', async () => {
    let answer: (() => void) | undefined;
    const call: BotRest['call'] = async () => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return { events: [{ eventId: 5, type: 'X', data: {} }], nextOffset: 6 };
    };
    const bench = startPoller({ call });
    await until(() => answer !== undefined, 'the request');
    const stopped = bench.stop();
    answer?.();
    await stopped;
    assert.deepEqual([bench.taken, bench.saved], [[], []]);
  });

  it('lives on when its state cannot be shown', async () => {
    const { rest } = queueOf(1);
    const bench = startPoller(rest, {
      onState: () => {
        throw new Error('no such node');
      },
    });
    await bench.round();
    assert.deepEqual(bench.saved, [1002]);
  });
});

describe('one poller for one bot', () => {
  /** Answers when it is told to; ends a request only when it is told to, whatever the signal says. */
  function slowRest(): { rest: BotRest; open: () => number; answer: () => void; asked: () => number } {
    const waiting: (() => void)[] = [];
    let asked = 0;
    const call: BotRest['call'] = async () => {
      asked += 1;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { events: [], nextOffset: 1, hasMore: false };
    };
    return {
      rest: { call },
      open: () => waiting.length,
      answer: () => waiting.shift()?.(),
      asked: () => asked,
    };
  }

  afterEach(async () => {
    await Promise.all(running.splice(0).map((bench) => bench.stop()));
  });

  it('makes a new one wait until the request of the old one has ended', async () => {
    const registry = createPollerRegistry();
    const old = slowRest();
    const fresh = queueOf(1);
    const first = startPoller(old.rest, { registry });
    await until(() => old.open() === 1, 'the old request');
    const second = startPoller(fresh.rest, { registry });
    const ended = first.stop();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(fresh.asked, []);
    assert.deepEqual(second.states, [{ state: 'waiting', taken: 0, failures: 0 }]);
    old.answer();
    await ended;
    await until(() => second.saved.length === 1, 'the new poller');
    assert.equal(old.asked(), 1);
  });

  it('lets only the last one through when several deploys follow one another', async () => {
    const registry = createPollerRegistry();
    const old = slowRest();
    const first = startPoller(old.rest, { registry });
    await until(() => old.open() === 1, 'the old request');
    const skipped = queueOf(1);
    const between = startPoller(skipped.rest, { registry });
    const last = queueOf(1);
    const third = startPoller(last.rest, { registry });
    await between.stop();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(last.asked, []);
    const ended = first.stop();
    old.answer();
    await ended;
    await until(() => third.saved.length === 1, 'the last poller');
    assert.deepEqual(skipped.asked, []);
  });

  it('keeps bots and portals apart', async () => {
    const registry = createPollerRegistry();
    const [one, two, three] = [queueOf(1), queueOf(1), queueOf(1)];
    const benches = [
      startPoller(one.rest, { registry }),
      startPoller(two.rest, { registry, botId: 56 }),
      startPoller(three.rest, { registry, portal: 'https://other.bitrix24.com' }),
    ];
    await until(() => benches.every(({ saved }) => saved.length === 1), 'all three');
  });

  it('does not start when it is stopped before its turn', async () => {
    const { rest, asked } = queueOf(1);
    const bench = startPoller(rest, { signal: AbortSignal.abort() });
    await bench.poller.stopped;
    assert.deepEqual(asked, []);
  });
});
