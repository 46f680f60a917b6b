import { CancelledError } from '../../core/errors';
import type { RedisDesk } from './desk';
import { asList, asNumber, groupsOf } from './replies';
import { script, serverTime } from './scripts';

/**
 * After an outage all who share the Redis are asked whether something still waits with them that belongs here. An answer
 * counts when it was found after its question had been read: so no clocks are compared, and however slow somebody is,
 * they have brought all by then.
 */
export interface RollCall {
  /** From now on `isHolding` tells whether something waits here; the function that comes back ends that. */
  readonly holdsBack: (isHolding: () => boolean) => () => void;
  /** To what others ask, once that has been read: as long as something waits here there is no answer. */
  answer(heard: Heard): Promise<void>;
  /** Asks, and resolves when all have answered, not before `leastMs`. Rejects when it is aborted or the store closed. */
  readonly allMoved: (leastMs: number, signal: AbortSignal) => Promise<void>;
}

export interface Heard {
  /** The last one: questions are numbers, and a later one is greater. */
  question: number;
  /** By us: whoever has answered a later one has answered all before it. */
  answered: number;
}

interface Standing {
  /** Our own question. */
  own: number;
  last: number;
  /** Those who have not answered ours, with their signs of life. */
  missing: ReadonlyMap<string, number>;
}

const askAgainMs = 250;
/** Longer than from one sign of life to the next. */
const silentMs = 8000;

/**
 * KEYS: beats, moved. ARGV: the clock's shift, an instance, its question or 0 for a new one, the question that it answers
 * or 0. Gives its question, the last one, and who has not answered its own, with their beats. A sign of life: the server
 * may have come back empty, and then whoever asks is counted from then on. An older version has never entered itself.
 */
const askScript = script(`${serverTime}
local who, own, answer = ARGV[2], tonumber(ARGV[3]), ARGV[4]
local text = function(number) return string.format('%.0f', number) end
redis.call('HINCRBY', KEYS[1], who, 1)
local last = tonumber(redis.call('HGET', KEYS[2], 'question') or 0)
if own == 0 then own = math.max(now, last + 1) end
if own > last then
  last = own
  redis.call('HSET', KEYS[2], 'question', text(own))
end
if answer == '0' then redis.call('HSETNX', KEYS[2], who, 0) else redis.call('HSET', KEYS[2], who, answer) end
local found, all = { text(own), text(last) }, redis.call('HGETALL', KEYS[2])
for place = 1, #all, 2 do
  local other = all[place]
  local beats = other ~= 'question' and redis.call('HGET', KEYS[1], other)
  if beats and tonumber(all[place + 1]) < own then
    found[#found + 1] = other
    found[#found + 1] = beats
  elseif other ~= 'question' and not beats then
    redis.call('HDEL', KEYS[2], other)
  end
end
return found`);

export function createRollCall(desk: RedisDesk, monotonic: () => number): RollCall {
  const { link, names, instance, shiftMs, clock } = desk;
  const holding = new Set<() => boolean>();
  const isHolding = (): boolean => [...holding].some((one) => one());

  const ask = async (own: number, answer: number): Promise<Standing> => {
    const reply = await link.run(askScript, [names.beats, names.moved], [shiftMs(), instance, own, answer]);
    const [asked, last, ...missing] = asList(reply);
    const signs = [...groupsOf(missing, 2)].map(([who, beats]): [string, number] => [
      String(who),
      asNumber(beats),
    ]);
    return { own: asNumber(asked), last: asNumber(last), missing: new Map(signs) };
  };

  /** While the server is away it is asked again, and one that comes back empty is told our question. */
  const askIfThere = (own: number, answer: number): Promise<Standing | undefined> =>
    ask(own, answer).catch((thrown: unknown) => {
      if (thrown instanceof CancelledError) throw thrown;
      return undefined;
    });

  return {
    holdsBack(one) {
      holding.add(one);
      return () => void holding.delete(one);
    },
    async answer({ question, answered }) {
      if (question > answered && !isHolding()) await link.call('HSET', names.moved, instance, question);
    },
    async allMoved(leastMs, signal) {
      const from = monotonic();
      const isAlive = createPulse(monotonic);
      let [own, answer] = [0, 0];
      for (;;) {
        const standing = await askIfThere(own, answer);
        signal.throwIfAborted();
        if (standing) {
          const awaited = [...standing.missing].filter(isAlive);
          if (awaited.length === 0 && monotonic() - from >= leastMs) return;
          own = standing.own;
          if (!isHolding()) answer = standing.last;
        }
        await clock.sleep(askAgainMs, signal);
      }
    },
  };
}

/** Whether somebody has given a sign of life lately; whoever is met for the first time has. */
function createPulse(monotonic: () => number): (sign: readonly [who: string, beats: number]) => boolean {
  const met = new Map<string, { beats: number; at: number }>();
  return ([who, beats]) => {
    const before = met.get(who);
    if (before?.beats === beats) return monotonic() - before.at < silentMs;
    met.set(who, { beats, at: monotonic() });
    return true;
  };
}
