import { toldForMs, type InstanceBoard, type ToldSummary } from '../instances';
import type { RedisDesk } from './desk';
import { asList, asNumber, asText } from './replies';

export interface RedisInstances extends InstanceBoard {
  /** We go: nobody has to wait until what we told is over. */
  leave(): Promise<void>;
}

/** A key for each open store, which Redis ends by itself, and a set of those that there may be. */
export function createRedisInstances({ link, names, instance }: RedisDesk): RedisInstances {
  const look = async (who: string): Promise<ToldSummary | undefined> => {
    const [text, left] = await Promise.all([
      link.call('GET', names.instance(who)),
      link.call('PTTL', names.instance(who)),
    ]);
    const summary = parsed(asText(text));
    if (summary !== undefined) return { summary, ageMs: Math.max(0, toldForMs - asNumber(left)) };
    // If it comes back it enters itself again.
    await link.call('SREM', names.instances, who);
    return undefined;
  };

  return {
    async tell(summary) {
      await link.call('SET', names.instance(instance), JSON.stringify(summary), 'PX', toldForMs);
      await link.call('SADD', names.instances, instance);
    },
    async list() {
      const all = asList(await link.call('SMEMBERS', names.instances)).map(String);
      return (await Promise.all(all.map(look))).filter((told) => told !== undefined);
    },
    async leave() {
      await link.call('DEL', names.instance(instance));
      await link.call('SREM', names.instances, instance);
    },
  };
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
