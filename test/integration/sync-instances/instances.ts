import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { at, textAt } from '../../../lib/core/fields';
import { startSpeechSense, type SpeechSense } from '../../../sandbox/speechsense';
import { until } from '../../support/until';
import { useRedis, type RedisHouse } from '../store/redis-bench';
import { passSilence } from './silence';

export interface Instance {
  readonly news: unknown[];
  /** Resolves with the cursor's status when it was carried out. */
  tell(order: string, more?: object): Promise<unknown>;
  /** As nobody waits for it. */
  order(order: string): void;
  handed(): number[];
  has(news: string): boolean;
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

export interface InstancesHouse {
  readonly redis: RedisHouse;
  service(): SpeechSense;
  /** `gated`: rows that stay in the flow of the first instances until they are told to go on. */
  start(options: { calls: number; gated?: readonly number[]; isScheduled?: boolean }): Promise<Instance>;
  /** The others are found to be dead: those that were killed, or stand still. */
  onlyTheseLive(...living: readonly Instance[]): Promise<void>;
  /** Of each call that made talks: how many. */
  talks(): Map<number, number>;
}

/** Processes of their own on a real Redis and one SpeechSense. */
export function useInstances(): InstancesHouse {
  const redis = useRedis();
  const children: ChildProcess[] = [];
  let service: SpeechSense | undefined;
  const started = (): SpeechSense => service ?? assert.fail('no service');

  beforeEach(async () => {
    service = await startSpeechSense();
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map(kill));
    await service?.stop();
  });

  return {
    redis,
    service: started,
    async start({ calls, gated = [], isScheduled = false }) {
      const child = fork(join(__dirname, 'instance.ts'), { execArgv: ['--import', 'tsx'] });
      children.push(child);
      const instance = instanceOf(child);
      const { endpoint, connectionId, apiKey } = started();
      child.send({ redis: redis.url(), endpoint, connectionId, apiKey, calls, gated, isScheduled });
      await until(() => instance.has('ready'), 'an instance');
      return instance;
    },
    async onlyTheseLive(...living) {
      const ids = living.map(({ news }) => textAt(news.find(isReady), 'instance') ?? assert.fail('no id'));
      await passSilence(redis.client(), ids, (ms) =>
        Promise.all(living.map((instance) => instance.tell('pass', { ms }))),
      );
    },
    talks() {
      const counts = new Map<number, number>();
      for (const { fields } of started().talks) {
        const id = Number(fields['id']);
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      return counts;
    },
  };
}

const isReady = (news: unknown): boolean => textAt(news, 'news') === 'ready';

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function instanceOf(child: ChildProcess): Instance {
  const news: unknown[] = [];
  child.on('message', (message) => news.push(message));
  const of = (name: string): unknown[] => news.filter((one) => textAt(one, 'news') === name);
  const done = (order: string): unknown[] => of('done').filter((one) => textAt(one, 'order') === order);
  return {
    news,
    async tell(order, more = {}) {
      const before = done(order).length;
      child.send({ order, ...more });
      await until(() => done(order).length > before, order);
      return at(done(order).at(-1), 'status');
    },
    order: (order) => void child.send({ order }),
    handed: () => of('handed').map((one) => Number(at(one, 'id'))),
    has: (name) => of(name).length > 0,
    signal: (name) => void child.kill(name),
  };
}
