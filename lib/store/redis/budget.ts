import { createHash } from 'node:crypto';
import type { BudgetGrant, BudgetReport, SharedBudget } from '../shared-budget';
import type { RedisDesk } from './desk';
import { asList, asNumber } from './replies';
import type { Script } from './scripts';

/** What is known of a bucket that nobody has used for so long is not worth keeping. */
const forgottenAfterMs = 10 * 60_000;
const longestPauseMs = 10 * 60_000;
const ownPause = { firstMs: 1000, longestMs: 30_000 };
const slowest = 0.25;
const acceptedBeforeFaster = 20;

/**
 * KEYS: the bucket, beats. ARGV: the clock's shift, then the fields of a report in the order of `argumentsOf`. All goes by the
 * clock of the server. A clock that is set back must not stop anybody for longer than a pause can last.
 */
const lua = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
local a = {}
for place = 2, #ARGV do a[place - 1] = tonumber(ARGV[place]) end
local per_second, bucket, usable, need, spare, back = a[1], a[2], a[3], a[4], a[5], a[6]
local accepted, accepted_era, least, refused_era, retry_after, chance = a[7], a[8], a[9], a[10], a[11], a[12]
local taken = a[13]

local kept = redis.call('HMGET', KEYS[1], 'level', 'at', 'pace', 'era', 'row', 'accepted', 'pause')
local level, at, pace = tonumber(kept[1] or 0), tonumber(kept[2] or now), tonumber(kept[3] or 1)
local era, row, so_far, pause = tonumber(kept[4] or 1), tonumber(kept[5] or 0), tonumber(kept[6] or 0), tonumber(kept[7] or 0)

if at > now + 1000 then at = now end
level = math.max(0, level - math.max(0, now - at) * per_second * pace / 1000)
at = math.max(at, now)
pause = math.min(pause, now + ${longestPauseMs})
level = math.max(least, level - back + taken, 0)

if accepted > 0 and accepted_era == era then
  local steps = math.floor((so_far + accepted) / ${acceptedBeforeFaster}) - math.floor(so_far / ${acceptedBeforeFaster})
  row, so_far, pace = 0, so_far + accepted, math.min(1, pace * 1.1 ^ steps)
end

if refused_era >= 0 then
  level = math.max(level, bucket)
  if refused_era == era then
    era, row, so_far, pace = era + 1, row + 1, 0, math.max(${slowest}, pace * 0.8)
  end
  local grown = math.min(${ownPause.firstMs} * 2 ^ math.max(0, row - 1), ${ownPause.longestMs}) * (0.9 + chance / 5)
  pause = math.max(pause, now + math.min(retry_after >= 0 and retry_after or grown, ${longestPauseMs}))
end

local granted, wait = 0, math.max(0, pause - now)
if wait == 0 then
  granted = math.max(0, math.min(need, math.floor(usable - level + 1e-6)))
  if granted == need then
    granted = granted + math.max(0, math.min(spare, math.floor(usable / 2 - level - granted)))
  end
  level = level + granted
  if granted == 0 then wait = math.max(0, (level + 1 - usable) * 1000 / (per_second * pace)) end
end

redis.call('HSET', KEYS[1], 'level', level, 'at', string.format('%.0f', at), 'pace', pace, 'era', era, 'row', row,
  'accepted', so_far, 'pause', string.format('%.0f', pause))
local empty_after = level * 1000 / (per_second * pace)
redis.call('PEXPIRE', KEYS[1], math.ceil(empty_after + math.max(0, pause - now) + ${forgottenAfterMs}))
return { granted, math.ceil(wait), era, tostring(level), redis.call('HLEN', KEYS[2]) }`;

const settling: Script = { lua, sha: createHash('sha1').update(lua).digest('hex') };

export function createRedisBudget({ link, names, shiftMs }: RedisDesk): SharedBudget {
  return {
    async settle(name, report) {
      const args = [shiftMs(), ...argumentsOf(report)];
      const answer = asList(await link.run(settling, [names.budget(name), names.beats], args));
      const [granted, waitMs, era, level, sharers] = answer;
      return grantOf({ granted, waitMs, era, level, sharers });
    },
  };
}

function argumentsOf({ refusal, ...report }: BudgetReport): number[] {
  const { perSecond, bucket, usable, need, spare, back, taken, accepted, era, least } = report;
  const { era: refusedEra = -1, retryAfterMs = -1, chance = 0.5 } = refusal ?? {};
  return [
    ...[perSecond, bucket, usable, need, spare, back],
    ...[accepted, era, least, refusedEra, retryAfterMs, chance, taken],
  ];
}

function grantOf(told: Record<keyof BudgetGrant, unknown>): BudgetGrant {
  return {
    granted: asNumber(told.granted),
    waitMs: asNumber(told.waitMs),
    era: asNumber(told.era),
    level: asNumber(told.level),
    sharers: asNumber(told.sharers),
  };
}
