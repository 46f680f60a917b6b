import type { BotRest } from '../../../lib/bitrix24/bots/bot-calls';
import { keepBot } from '../../../lib/bitrix24/bots/bot-keeper';
import type { BotWish } from '../../../lib/bitrix24/bots/bot-wish';
import type { PollerState } from '../../../lib/bitrix24/events/fetch-poller';
import { createPollerRegistry } from '../../../lib/bitrix24/events/poller-registry';
import type { Portal as HubPortal } from '../../../lib/bitrix24/hub/hub';
import { RefusedError } from '../../../lib/core/errors';
import { textAt } from '../../../lib/core/fields';
import type { RedisStore } from '../../../lib/store/redis/redis-store';
import type { Portal } from '../../../sandbox/bitrix24';
import { isMap } from '../../../sandbox/shared/params';
import { manualClock, type ManualClock } from '../../support/manual-clock';
import { until } from '../../support/until';
import type { RedisHouse } from '../store/redis-bench';

const dayMs = 24 * 3_600_000;

/** One of several Node-RED: a store of its own on the Redis of all, and clocks of its own, which stand when it dies. */
export interface Instance {
  readonly store: RedisStore;
  readonly clock: ManualClock;
  /** Alive: its clocks go on. */
  isAlive: boolean;
  /** Its beats. */
  readonly beats: ManualClock;
}

export interface Instances {
  readonly all: Instance[];
  start(): Promise<Instance>;
  /** Lets those who live go on until it is so. */
  goOn(condition: () => boolean | Promise<boolean>, what: string): Promise<void>;
  /** Until each of those who live has looked after the others that often. */
  looks(times: number): Promise<void>;
  /** The others find out that it is dead. */
  die(instance: Instance): Promise<void>;
}

export function createInstances(redis: RedisHouse): Instances {
  const all: Instance[] = [];
  let now = 0;

  const living = (): Instance[] => all.filter(({ isAlive }) => isAlive);

  const goOn: Instances['goOn'] = (condition, what) =>
    until(async () => {
      if (await condition()) return true;
      await Promise.all(living().flatMap(({ clock, beats }) => [clock.advance(1000), beats.advance(10)]));
      // Or hours would pass, on a busy machine, before anybody has its answer.
      await redis.client().ping();
      return false;
    }, what);

  async function looks(times: number): Promise<void> {
    const count = async ({ store }: Instance): Promise<number> =>
      Number(await redis.client().hget('{bitbot}:~:beats', store.instance));
    const wanted = new Map<Instance, number>();
    for (const one of living()) wanted.set(one, (await count(one)) + times);
    await until(async () => {
      for (const [one, beats] of wanted) {
        await one.beats.advance(10);
        if ((await count(one)) >= beats) wanted.delete(one);
      }
      return wanted.size === 0;
    }, 'everybody to look after the others');
  }

  return {
    all,
    async start() {
      const beats = manualClock();
      const store = await redis.open({ clock: beats, monotonic: () => now, beatMs: 10, sweepMs: dayMs });
      const instance: Instance = { store, clock: manualClock(1_800_000_000_000), isAlive: true, beats };
      all.push(instance);
      return instance;
    },
    goOn,
    looks,
    async die(instance) {
      instance.isAlive = false;
      await looks(2);
      now += 19_000;
      await looks(2);
      now += 2000;
      await looks(2);
    },
  };
}

/** What the portal was asked by whom, and how many asked for events at the same time. */
export interface Asked {
  readonly by: string[];
  atOnce: number;
  most: number;
}

export interface BotScene {
  portal: Portal;
  wish: BotWish;
  asked: Asked;
}

export interface RunningBot {
  readonly name: string;
  readonly polls: () => number;
  last: PollerState | undefined;
  readonly failures: Error[];
  readonly isReady: () => boolean;
  /** Waits before an event is reported safe; it is in the store by then. */
  holdUp: Promise<void>;
  holdUps: number;
  stop(): Promise<void>;
}

/** The bot of one instance, as the bot node has it. What it takes is in the queue `events`. */
export function runBot(
  name: string,
  { store, clock }: Instance,
  { portal, wish, asked }: BotScene,
): RunningBot {
  const stopping = new AbortController();
  let isReady = false;
  const rest = countedRest(portal, name, asked);
  const unused = (): never => {
    throw new Error('a bot is kept with calls alone');
  };
  const hubPortal: HubPortal = {
    rest: { ...rest, ask: unused, send: unused, batch: unused, list: unused, close: unused, finish: unused },
    origin: portal.origin,
    domain: portal.domain,
    memberId: portal.memberId,
  };
  const bot: RunningBot = {
    name,
    polls: () => asked.by.filter((who) => who === name).length,
    last: undefined,
    failures: [],
    isReady: () => isReady,
    holdUp: Promise.resolve(),
    holdUps: 0,
    async stop() {
      stopping.abort();
      await keeper.stopped();
    },
  };
  const keeper = keepBot({
    ...{ portal: hubPortal, wish, clock, isNew: false, signal: stopping.signal },
    ...{ store: async () => store, place: portal.domain, registry: createPollerRegistry() },
    onSynced: () => {
      isReady = true;
    },
    onFailure: (error) => void bot.failures.push(error),
    onPoller: (state) => {
      bot.last = state;
    },
    onUnreadable: (error) => void bot.failures.push(error),
    async deliver({ eventId, text }) {
      await store.append('events', { text }, { durable: true, once: { id: eventId, ttlMs: dayMs } });
      bot.holdUps += 1;
      await bot.holdUp;
    },
  });
  return bot;
}

function countedRest(portal: Portal, name: string, asked: Asked): BotRest {
  async function post(method: string, params: object, signal: AbortSignal | undefined): Promise<unknown> {
    const response = await fetch(`${portal.webhookUrl}${method}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Connection: 'close' },
      body: JSON.stringify(params),
      ...(signal && { signal }),
    });
    const body: unknown = await response.json();
    const serviceCode = textAt(body, 'error');
    if (serviceCode !== undefined) throw new RefusedError('BITRIX_REFUSED', method, { serviceCode });
    return isMap(body) ? body['result'] : undefined;
  }
  return {
    async call(method, params, { signal }) {
      if (!method.endsWith('Event.get')) return post(method, params, signal);
      asked.by.push(name);
      asked.atOnce += 1;
      asked.most = Math.max(asked.most, asked.atOnce);
      try {
        return await post(method, params, signal);
      } finally {
        asked.atOnce -= 1;
      }
    },
  };
}

export async function takenTexts(store: RedisStore): Promise<(string | undefined)[]> {
  return (await store.peek('events', 1000)).map(({ payload }) => textAt(payload, 'text'));
}
