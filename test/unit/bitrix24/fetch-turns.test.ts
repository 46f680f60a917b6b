import assert from 'node:assert/strict';
import type { BotRest } from '../../../lib/bitrix24/bots/bot-calls';
import {
  createFetchPoller,
  type FetchPoller,
  type FetchPollerOptions,
  type PollerState,
} from '../../../lib/bitrix24/events/fetch-poller';
import { createPollerRegistry } from '../../../lib/bitrix24/events/poller-registry';
import { UnreachableError } from '../../../lib/core/errors';
import { idAt } from '../../../lib/core/fields';
import { createMemoryStore } from '../../../lib/store/memory-store';
import type { Hold, Store } from '../../../lib/store/store';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { until } from '../../support/until';

const askAgainMs = 5000;

/** A hold that passes to somebody else when the test says so; `isTold` is the signal, which may come later. */
function lentHold(): { hold: Hold; pass: () => void; tell: () => void } {
  const lost = new AbortController();
  let isOurs = true;
  return {
    hold: { lost: lost.signal, isOurs: async () => isOurs && !lost.signal.aborted, release: async () => {} },
    pass: () => {
      isOurs = false;
    },
    tell: () => lost.abort(),
  };
}

describe('the pollers of one bot in several processes', () => {
  let clock: ManualClock;
  let store: Store;
  let saved: number[];
  let running: (() => Promise<void>)[];
  let startedAt: number;
  beforeEach(() => {
    clock = manualClock();
    startedAt = clock.now();
    store = createMemoryStore();
    saved = [];
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((stop) => stop()));
    await store.close();
  });

  interface Instance {
    states: PollerState['state'][];
    last: () => PollerState | undefined;
    taken: number[];
    asked: (number | undefined)[];
    poller: FetchPoller;
    stop: () => Promise<void>;
  }

  /** Each has a registry of its own, as each process has. The portal gives one event with each request. */
  function instance(changes: Partial<FetchPollerOptions> = {}): Instance {
    const stopping = new AbortController();
    const told: PollerState[] = [];
    const states: PollerState['state'][] = [];
    const taken: number[] = [];
    const asked: (number | undefined)[] = [];
    const call: BotRest['call'] = async (_method, params) => {
      const offset = idAt(params, 'offset');
      asked.push(offset);
      const eventId = offset ?? 1;
      return { events: [{ eventId, type: 'X', data: {} }], nextOffset: eventId + 1 };
    };
    const poller = createFetchPoller({
      ...{ rest: { call }, portal: 'https://shop.bitrix24.com', botId: 55, clock, name: 'fetch' },
      store: async () => store,
      loadOffset: async () => saved.at(-1),
      saveOffset: async (offset) => void saved.push(offset),
      take: async (events) => void taken.push(...events.map(({ eventId }) => eventId ?? -1)),
      onState: (state) => {
        told.push(state);
        if (states.at(-1) !== state.state) states.push(state.state);
      },
      signal: stopping.signal,
      registry: createPollerRegistry(),
      ...changes,
    });
    const stop = async (): Promise<void> => {
      stopping.abort();
      await poller.stopped;
    };
    running.push(stop);
    return { states, last: () => told.at(-1), taken, asked, poller, stop };
  }

  it('fetch one at a time; the next one goes on with the offset of the one before', async () => {
    const one = instance();
    await until(() => saved.length === 1, 'the first page');
    const two = instance();
    await until(() => two.states.includes('elsewhere'), 'the second to wait');
    await clock.advance(20_000);
    assert.deepEqual([two.asked, two.states], [[], ['waiting', 'elsewhere']]);
    await one.stop();
    const reached = saved.at(-1);
    await clock.advance(askAgainMs);
    await until(() => two.taken.length > 0, 'the takeover');
    assert.equal(two.asked[0], reached);
    assert.deepEqual(
      [...one.taken, ...two.taken],
      saved.map((offset) => offset - 1),
    );
    assert.equal(two.states.at(-1), 'ok');
  });

  it('do not take what came after the turn was lost, nor confirm it', async () => {
    const { hold, pass, tell } = lentHold();
    const real = store;
    let answer: ((page: unknown) => void) | undefined;
    let asked = 0;
    store = { ...real, hold: async () => (asked++ === 0 ? hold : undefined) };
    const call: BotRest['call'] = () => new Promise((resolve) => (answer = resolve));
    const one = instance({ rest: { call } });
    await until(() => answer !== undefined, 'the request');
    pass();
    answer?.({ events: [{ eventId: 1, type: 'X', data: {} }], nextOffset: 2 });
    await until(() => one.states.includes('failing'), 'the refusal');
    tell();
    await until(() => one.states.includes('elsewhere'), 'the wait');
    assert.deepEqual([one.taken, saved], [[], []]);
  });

  it('do not confirm what was taken while the turn was lost', async () => {
    const { hold, pass, tell } = lentHold();
    const real = store;
    let asked = 0;
    store = { ...real, hold: async () => (asked++ === 0 ? hold : undefined) };
    const taken: unknown[] = [];
    const one = instance({
      take: async (events) => {
        taken.push(...events);
        pass();
        tell();
      },
    });
    await until(() => one.states.includes('elsewhere'), 'the wait');
    assert.deepEqual([taken.length, saved], [1, []]);
  });

  it('do not ask the portal once the turn is lost, and load the offset anew when it comes back', async () => {
    const { hold, pass, tell } = lentHold();
    const real = store;
    const turns: (Hold | undefined)[] = [hold, undefined];
    store = {
      ...real,
      hold: async (name) => (turns.length > 0 ? turns.shift() : real.hold(name)),
    };
    const one = instance();
    await until(() => saved.length === 1, 'the first page');
    const before = one.asked.length;
    pass();
    await clock.advance(2000);
    assert.equal(one.asked.length, before);
    tell();
    await until(() => one.states.includes('elsewhere'), 'the wait');
    // What the other one did meanwhile.
    saved.push(40);
    await clock.advance(askAgainMs);
    await until(() => one.taken.length === 2, 'the next turn');
    assert.deepEqual(one.taken, [1, 40]);
    assert.deepEqual(one.last(), { state: 'ok', taken: 2, failures: 0 });
  });

  it('tell an outage of the store from another one that fetches', async () => {
    const away = new UnreachableError('STORE_UNAVAILABLE', 'away', { sent: false });
    const real = store;
    const other = await real.hold('fetch');
    let isAway = true;
    store = { ...real, hold: (name) => (isAway ? Promise.reject(away) : real.hold(name)) };
    const one = instance();
    await until(() => one.states.includes('failing'), 'the outage');
    assert.deepEqual(one.last(), { state: 'failing', taken: 0, failures: 1, error: away });
    isAway = false;
    await clock.advance(askAgainMs);
    await until(() => one.states.at(-1) === 'elsewhere', 'the other one');
    isAway = true;
    await clock.advance(askAgainMs);
    assert.deepEqual(one.last(), { state: 'failing', taken: 0, failures: 1, error: away });
    isAway = false;
    await other?.release();
    await clock.advance(askAgainMs);
    await until(() => one.taken.length > 0, 'the takeover');
  });

  /** Which cannot reach the portal, until the test says so. */
  function cutOff(): { call: BotRest['call']; mend: () => void; times: () => number } {
    let [isCut, times] = [true, 0];
    return {
      async call() {
        times += 1;
        if (isCut) throw new UnreachableError('BITRIX_UNREACHABLE', 'cut off', { sent: false });
        return { events: [{ eventId: 7, type: 'X', data: {} }], nextOffset: 8 };
      },
      mend: () => {
        isCut = false;
      },
      times: () => times,
    };
  }

  it('give way to another one when nothing succeeds for long', async () => {
    const { call } = cutOff();
    const broken = instance({ rest: { call }, random: () => 0.5 });
    await until(() => broken.last()?.failures === 1, 'the first failure');
    const sound = instance();
    await until(() => sound.states.includes('elsewhere'), 'the second to wait');
    await advanceUntil(() => sound.taken.length > 0, 60_000);
    assert.equal(broken.states.at(-1), 'failing');
    await advanceUntil(() => broken.states.at(-1) === 'elsewhere', 120_000);
    assert.equal(sound.states.at(-1), 'ok');
  });

  it('ask no more often for it when there is nobody to give way to, and go on when it succeeds', async () => {
    const { call, mend, times } = cutOff();
    const alone = instance({ rest: { call }, random: () => 0.5 });
    await advanceUntil(() => alone.last()?.failures === 8, 400_000);
    // 2 + 4 + 8 + 16 + 32 + 64 + 120 seconds lie between them.
    assert.ok(clock.now() - startedAt >= 246_000);
    assert.equal(times(), 8);
    mend();
    await advanceUntil(() => alone.taken.length > 0, 120_000);
    assert.deepEqual(alone.states, ['waiting', 'failing', 'ok']);
    assert.deepEqual(saved.slice(0, 1), [8]);
  });

  async function advanceUntil(condition: () => boolean, mostMs: number): Promise<void> {
    const end = clock.now() + mostMs;
    while (!condition() && clock.now() < end) await clock.advance(1000);
    await until(condition, 'it within its time');
  }
});
