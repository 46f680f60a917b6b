import { script } from '../scripts';

/**
 * Questions about the jobs of BullMQ that it cannot answer at once or as a whole. KEYS[1] only says on which shard all of
 * it lies; ARGV[1] is what the names of its keys begin with. Should they once be called otherwise, no job is found, and
 * each queue is told to BullMQ again, which knows better.
 */
export const jobScripts = {
  /**
   * ARGV: what our clock shows, how far a job may be off, queues. Gives for each how it is with its job, and its id:
   * `none` there is; `well`: it is put off, or somebody has it; `far`: put off for longer than it was to be, by a clock
   * that went otherwise; `loose`: it waits, or it lies nowhere.
   */
  survey: script(`
local prefix, now, slack = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local function state_of(id)
  if not id or redis.call('EXISTS', prefix .. id) == 0 then return 'none' end
  local score = redis.call('ZSCORE', prefix .. 'delayed', id)
  if score then
    local wished = tonumber(redis.call('HGET', prefix .. id, 'delay')) or 0
    return tonumber(score) / 4096 - now > wished + slack and 'far' or 'well'
  end
  return redis.call('EXISTS', prefix .. id .. ':lock') == 1 and 'well' or 'loose'
end
local found = {}
for place = 4, #ARGV do
  local id = redis.call('GET', prefix .. 'de:' .. ARGV[place])
  found[#found + 1] = state_of(id)
  found[#found + 1] = id or ''
end
return found`),

  /** ARGV: a queue, and its job, which is removed when it lies nowhere. As long as it is known, no other one is added. */
  removeLost: script(`
local prefix, name, id = ARGV[1], ARGV[2], ARGV[3]
if redis.call('GET', prefix .. 'de:' .. name) ~= id then return 0 end
if redis.call('EXISTS', prefix .. id .. ':lock') == 1 then return 0 end
for _, list in ipairs({ 'wait', 'active', 'paused' }) do
  for _, other in ipairs(redis.call('LRANGE', prefix .. list, 0, -1)) do
    if other == id then return 0 end
  end
end
for _, set in ipairs({ 'delayed', 'prioritized', 'waiting-children' }) do
  if redis.call('ZSCORE', prefix .. set, id) then return 0 end
end
redis.call('DEL', prefix .. 'de:' .. name, prefix .. 'dn:' .. name, prefix .. id)
return 1`),

  /** KEYS: open, and the items of queues. ARGV: their names. Enters those that hold any. */
  enter: script(`
for place, name in ipairs(ARGV) do
  if redis.call('LLEN', KEYS[place + 1]) > 0 then redis.call('ZADD', KEYS[1], 0, name) end
end
return 1`),
} as const;
