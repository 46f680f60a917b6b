import { setTimeout as pause } from 'node:timers/promises';
import type Redis from 'ioredis';
import type { CallRecord } from '../../../sandbox/bitrix24';
import { createNames } from '../../../lib/store/redis/names';
import { storePrefix, type House } from './house';
import { repliesOn } from './replies';

export interface Kill {
  instance: number;
  at: number;
  /** Texts of the events that it had not answered yet. */
  inHand: ReadonlySet<string>;
  /** Ids of events that it may have answered without a record: another one answers these again. */
  unrecorded: ReadonlySet<string>;
}

export interface KillPlan {
  everyMs: number;
  most: number;
  random: () => number;
  isOver: () => boolean;
}

const names = createNames(storePrefix);
const replyNodeId = 'reply';
const sendMethod = 'imbot.v2.Chat.Message.send';

/** Kills one of those that run, starts it again, and so on; resolves when it is over and all run. */
export async function killAndRestart(house: House, redis: Redis, plan: KillPlan): Promise<Kill[]> {
  const { everyMs, most, random, isOver } = plan;
  const running = new Set(house.instances.keys());
  const logRead = house.instances.map(() => 0);
  const restarts: Promise<void>[] = [];
  const kills: Kill[] = [];

  async function restart(place: number): Promise<void> {
    await house.instances[place]?.start();
    running.add(place);
  }

  async function kill(place: number): Promise<void> {
    const instance = house.instances[place];
    if (!instance) return;
    running.delete(place);
    const before = logRead[place] ?? 0;
    instance.kill9();
    const at = Date.now();
    await instance.ended();
    const started = startedIn(instance.log().slice(before));
    logRead[place] = instance.log().length;
    const unrecorded = await withoutRecord(redis, [...started.values()]);
    const inHand = new Set(started.keys());
    for (const { text } of repliesOn(house.portal)) inHand.delete(text);
    kills.push({ instance: place, at, inHand, unrecorded });
    restarts.push(restart(place));
  }

  /** Every other one dies at the moment at which the portal has its answer and it does not know so yet. */
  async function momentFor(place: number): Promise<void> {
    if (random() < 0.5) return;
    const from = Date.now();
    const isSend = ({ method, params, at }: CallRecord): boolean =>
      method === sendMethod && at >= from && JSON.stringify(params).includes(` by ${place} try `);
    await house.portal.waitForCall(isSend, { timeoutMs: everyMs }).catch(() => undefined);
  }

  while (kills.length < most && !isOver()) {
    await pause(everyMs * (0.5 + random()));
    const choice = [...running];
    const place = choice[Math.floor(random() * choice.length)];
    // One is always left: what nobody takes is no test of those who take over.
    if (place === undefined || running.size < 2) continue;
    await momentFor(place);
    await kill(place);
  }
  await Promise.all(restarts);
  return kills;
}

/** Texts and ids of the events that its flow was started with. */
function startedIn(log: string): Map<string, string> {
  return new Map([...log.matchAll(/in hand: (\S+) of (\S+)/g)].map(([, text = '', id = '']) => [text, id]));
}

/** Of these, the events for which nothing says how far their answer had come. */
export async function withoutRecord(redis: Redis, eventIds: readonly string[]): Promise<Set<string>> {
  const found = await Promise.all(
    eventIds.map((id) => redis.exists(names.value(`sent:${id}:${replyNodeId}:0`))),
  );
  return new Set(eventIds.filter((_, place) => found[place] === 0));
}
