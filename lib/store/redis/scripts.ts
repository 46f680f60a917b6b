import { createHash } from 'node:crypto';

/** A step on several keys that takes place as a whole or not at all. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export const script = (lua: string): Script => ({ lua, sha: createHash('sha1').update(lua).digest('hex') });

/** The clock of the server is the clock of all who share it. The first argument is added to it: 0, but for tests. */
export const serverTime = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
`;

/** No event is put off for longer by those who do not note for how long. */
const longestWaitMs = 90_000;

/** KEYS as `names.queue` has them; ARGV: the clock's shift, the name of the queue. */
const queue = `${serverTime}
local items, heads, payloads, dead, claim = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local queues, claims, ends, open = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local name = ARGV[2]

local function drop_claim()
  redis.call('DEL', claim)
  redis.call('ZREM', claims, name)
end

local function tidy()
  if redis.call('LLEN', items) > 0 then return end
  redis.call('ZREM', open, name)
  if redis.call('HLEN', dead) == 0 then redis.call('ZREM', queues, name) end
end

-- A moment further away than it was ever to be was noted before the server's clock was set back.
local function due_in(head)
  local left = head.due - now
  if left <= 0 or left > (head.wait or ${longestWaitMs}) then return 0 end
  return left
end

local function is_over(letter)
  return letter.ends and letter.ends <= now
end

local function letter_of(id)
  local text = redis.call('HGET', dead, id)
  local letter = text and cjson.decode(text)
  return letter and not is_over(letter) and letter
end

local function bury(id, head, reason, keep)
  redis.call('LREM', items, 1, id)
  redis.call('HDEL', heads, id)
  local letter = { attempts = head.attempts, at = head.at, buried = now, reason = reason }
  if keep then
    letter.ends = now + keep
    redis.call('ZADD', ends, letter.ends, id .. ':' .. name)
  end
  redis.call('HSET', dead, id, cjson.encode(letter))
end

local function drop_letter(id)
  redis.call('HDEL', dead, id)
  redis.call('ZREM', ends, id .. ':' .. name)
end
`;

/**
 * Puts an item before those at the end that came later and that nobody has had in hand yet. One that a server was slow
 * to take, and that comes a second time, is put where it belongs by when it came.
 */
const earlier = `
local function is_held(id)
  for _, other in ipairs(cjson.decode(redis.call('HGET', claim, 'ids') or '[]')) do
    if other == id then return true end
  end
  return false
end

local function later_than(moment)
  local found = false
  for place = redis.call('LLEN', items) - 1, 0, -1 do
    local id = redis.call('LINDEX', items, place)
    local head = cjson.decode(redis.call('HGET', heads, id))
    if head.attempts > 0 or head.at <= moment or is_held(id) then return found end
    found = id
  end
  return found
end

local function put_in(id, moment)
  local follower = moment and later_than(moment)
  if follower then redis.call('LINSERT', items, 'BEFORE', follower, id) else redis.call('RPUSH', items, id) end
end

local function put_back(id, moment)
  local text = redis.call('HGET', heads, id)
  local head = text and cjson.decode(text)
  if not head or head.attempts > 0 or head.at <= moment or is_held(id) then return end
  head.put, head.at = head.put or head.at, moment
  redis.call('LREM', items, 1, id)
  put_in(id, moment)
  redis.call('HSET', heads, id, cjson.encode(head))
end
`;

/** ARGV[3]: the token of the claim. Ends at once when the claim has passed on. */
const claimed = `${queue}
if redis.call('HGET', claim, 'token') ~= ARGV[3] then return 0 end
local ids = cjson.decode(redis.call('HGET', claim, 'ids'))
`;

export const scripts = {
  /** KEYS: one value. ARGV: '1' and what is expected, or '0' and ''; '1', the new one and its time or ''; or '0'. */
  swap: script(`
local found = redis.call('GET', KEYS[1])
if ARGV[1] == '1' and found ~= ARGV[2] then return 0 end
if ARGV[1] == '0' and found then return 0 end
if ARGV[3] == '0' then redis.call('DEL', KEYS[1])
elseif ARGV[5] == '' then redis.call('SET', KEYS[1], ARGV[4])
else redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5]) end
return 1`),

  /** The same value in other words: its time to live goes on. ARGV: as it is, as it shall be. */
  rewrite: script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1`),

  /** The same, of a field of a hash that is still there. ARGV: the field, as it shall be. */
  rewriteField: script(`
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1`),

  /** KEYS[10]: of `once`. ARGV: id, payload, '1' when durable, how long to remember or '', when it came or ''. */
  append: script(`${queue}${earlier}
local came = ARGV[7] ~= '' and math.min(now, tonumber(ARGV[7]))
if ARGV[6] ~= '' and not redis.call('SET', KEYS[10], ARGV[3], 'NX', 'PX', ARGV[6]) then
  if came then put_back(redis.call('GET', KEYS[10]), came) end
  return 0
end
local head = { attempts = 0, at = came or now, put = came and now or nil, due = 0, durable = ARGV[5] == '1' }
put_in(ARGV[3], came)
redis.call('HSET', heads, ARGV[3], cjson.encode(head))
redis.call('HSET', payloads, ARGV[3], ARGV[4])
redis.call('ZADD', queues, 0, name)
redis.call('ZADD', open, 0, name)
return 1`),

  /**
   * ARGV: limit. Gives the time, then id, head and payload of each. What comes from the future came before the server's
   * clock was set back: it would stay new until then, and its window open.
   */
  peek: script(`${queue}
local found = { now }
for _, id in ipairs(redis.call('LRANGE', items, 0, ARGV[3] - 1)) do
  local text = redis.call('HGET', heads, id)
  local head = cjson.decode(text)
  if head.at > now then
    head.at = now
    text = cjson.encode(head)
    redis.call('HSET', heads, id, text)
  end
  found[#found + 1] = id
  found[#found + 1] = text
  found[#found + 1] = redis.call('HGET', payloads, id)
end
return found`),

  /**
   * KEYS[10]: beats. ARGV: token, owner, instance, lease, count, what this counts as attempt. Gives what `peek` gives, or
   * nothing, or the token of a claim that the same instance has. To claim is a sign of life as well: whoever has a claim is watched, or it would never come free.
   */
  claim: script(`${queue}
redis.call('HINCRBY', KEYS[10], ARGV[5], 1)
local until_time = redis.call('HGET', claim, 'until')
if until_time and tonumber(until_time) > now then
  return redis.call('HGET', claim, 'instance') == ARGV[5] and redis.call('HGET', claim, 'token')
end
local found, ids = { now }, {}
for _, id in ipairs(redis.call('LRANGE', items, 0, ARGV[7] - 1)) do
  local head = cjson.decode(redis.call('HGET', heads, id))
  if due_in(head) > 0 then break end
  head.attempts = head.attempts + ARGV[8]
  local text = cjson.encode(head)
  redis.call('HSET', heads, id, text)
  ids[#ids + 1] = id
  found[#found + 1] = id
  found[#found + 1] = text
  found[#found + 1] = redis.call('HGET', payloads, id)
end
if #ids == 0 then return false end
local ends_at = string.format('%.0f', now + ARGV[6])
redis.call('HSET', claim, 'token', ARGV[3], 'owner', ARGV[4], 'instance', ARGV[5], 'until', ends_at, 'ids', cjson.encode(ids))
redis.call('ZADD', claims, ends_at, name)
return found`),

  /** ARGV: token. */
  owns: script(`${claimed}
return 1`),

  /** ARGV: token, lease. */
  renew: script(`${claimed}
local ends_at = string.format('%.0f', now + ARGV[4])
redis.call('HSET', claim, 'until', ends_at)
redis.call('ZADD', claims, ends_at, name)
return 1`),

  /** ARGV: token. */
  complete: script(`${claimed}
for _, id in ipairs(ids) do
  redis.call('LREM', items, 1, id)
  redis.call('HDEL', heads, id)
  redis.call('HDEL', payloads, id)
end
drop_claim()
tidy()
return 1`),

  /** ARGV: token, after how long, '1' and the reason or '0', what of it is forgiven. */
  release: script(`${claimed}
for _, id in ipairs(ids) do
  local head = cjson.decode(redis.call('HGET', heads, id))
  local wait = tonumber(ARGV[4])
  head.due, head.wait = wait > 0 and now + wait or 0, wait > 0 and wait or nil
  if ARGV[5] == '1' then head.reason = ARGV[6] end
  if tonumber(ARGV[7]) > 0 then head.forgiven = (head.forgiven or 0) + ARGV[7] end
  redis.call('HSET', heads, id, cjson.encode(head))
end
drop_claim()
return 1`),

  /** ARGV: token, reason, how long it is kept or ''. */
  bury: script(`${claimed}
for _, id in ipairs(ids) do
  bury(id, cjson.decode(redis.call('HGET', heads, id)), ARGV[4], tonumber(ARGV[5]))
end
drop_claim()
tidy()
return 1`),

  /** Some items of a claim, whose key is lost. ARGV: token, reason, their ids, the attempt that this was not. */
  buryLost: script(`${claimed}
local lost, left = {}, {}
for _, id in ipairs(cjson.decode(ARGV[5])) do lost[id] = true end
for _, id in ipairs(ids) do
  if lost[id] then
    local head = cjson.decode(redis.call('HGET', heads, id))
    head.attempts = head.attempts - ARGV[6]
    bury(id, head, ARGV[4])
  else
    left[#left + 1] = id
  end
end
if #left == 0 then drop_claim() else redis.call('HSET', claim, 'ids', cjson.encode(left)) end
tidy()
return 1`),

  /** ARGV: id. Young again, or a limit on age would bury it at once. */
  replay: script(`${queue}
if not letter_of(ARGV[3]) then return 0 end
drop_letter(ARGV[3])
redis.call('RPUSH', items, ARGV[3])
redis.call('HSET', heads, ARGV[3], cjson.encode({ attempts = 0, at = now, due = 0 }))
redis.call('ZADD', open, 0, name)
return 1`),

  /** ARGV: id. */
  discard: script(`${queue}
if not letter_of(ARGV[3]) then return 0 end
drop_letter(ARGV[3])
redis.call('HDEL', payloads, ARGV[3])
tidy()
return 1`),

  /** ARGV: id. The opposite of `discard`: only what is over. */
  forget: script(`${queue}
if letter_of(ARGV[3]) then return 0 end
if redis.call('HEXISTS', dead, ARGV[3]) == 1 then redis.call('HDEL', payloads, ARGV[3]) end
drop_letter(ARGV[3])
tidy()
return 1`),

  /** Gives the dead letters that are not over, as id and letter. */
  letters: script(`${queue}
local found, all = {}, redis.call('HGETALL', dead)
for place = 1, #all, 2 do
  if not is_over(cjson.decode(all[place + 1])) then
    found[#found + 1] = all[place]
    found[#found + 1] = all[place + 1]
  end
end
return found`),

  /** Gives: items, items in claim, what is left of the claim, whose it is, due of the head, age of the head or -1, dead. */
  summary: script(`${queue}
local lease = redis.call('HMGET', claim, 'until', 'ids', 'instance')
local left = lease[1] and math.max(0, tonumber(lease[1]) - now) or 0
local first = redis.call('LINDEX', items, 0)
local head = first and cjson.decode(redis.call('HGET', heads, first))
local letters = 0
for _, text in ipairs(redis.call('HVALS', dead)) do
  if not is_over(cjson.decode(text)) then letters = letters + 1 end
end
return {
  redis.call('LLEN', items), left > 0 and #cjson.decode(lease[2]) or 0, left, lease[3] or '',
  head and due_in(head) or 0, head and math.max(0, now - head.at) or -1, letters,
}`),

  /** KEYS[10]: beats. ARGV: an instance and its beats, or '' for one that goes. Frees its claim of this queue. */
  free: script(`${queue}
if ARGV[4] ~= '' and redis.call('HGET', KEYS[10], ARGV[3]) ~= ARGV[4] then return 0 end
if redis.call('HGET', claim, 'instance') ~= ARGV[3] then return 0 end
drop_claim()
return 1`),

  /**
   * KEYS: beats, attendance, moved. ARGV: the clock's shift, an instance, for how long it has been here, how long a silence
   * of all is a break. Gives for how long somebody has been here, how many have not said since the last break whether they
   * were here before it, the time, what was asked last, what the instance has answered, and all instances with their beats.
   */
  beat: script(`${serverTime}
local who = ARGV[2]
redis.call('HINCRBY', KEYS[1], who, 1)
local told = redis.call('HMGET', KEYS[2], 'since', 'last', 'break')
local since, last, ended = tonumber(told[1]), tonumber(told[2]), tonumber(told[3])
if not last or now - last > tonumber(ARGV[4]) then since, ended = now, now end
since = math.min(since, now - tonumber(ARGV[3]))
local text = function(moment) return string.format('%.0f', moment) end
redis.call('HSET', KEYS[2], 'since', text(since), 'last', text(now), 'break', text(ended), who, text(now))
local silent, all = 0, redis.call('HGETALL', KEYS[1])
for place = 1, #all, 2 do
  if tonumber(redis.call('HGET', KEYS[2], all[place]) or 0) < ended then silent = silent + 1 end
end
redis.call('HSETNX', KEYS[3], who, 0)
local asked = redis.call('HMGET', KEYS[3], 'question', who)
return { math.max(0, now - since), silent, text(now), asked[1] or '0', asked[2], unpack(all) }`),

  /**
   * KEYS: beats, holds, attendance, moved. ARGV: an instance, and the beats that it had or '' for one that goes. Nothing is held
   * by it any more, and nobody watches it.
   */
  dismiss: script(`
if ARGV[2] ~= '' and redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
local all = redis.call('HGETALL', KEYS[2])
for place = 1, #all, 2 do
  if string.sub(all[place + 1], 1, #ARGV[1] + 1) == ARGV[1] .. '|' then redis.call('HDEL', KEYS[2], all[place]) end
end
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])`),

  /**
   * KEYS: beats, holds. ARGV: a name, who wants to hold it, and of which instance. 1 when it is theirs, now or before. A sign
   * of life as well: whoever holds something is watched, or it would never come free.
   */
  hold: script(`
local holder = redis.call('HGET', KEYS[2], ARGV[1])
if holder and holder ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HINCRBY', KEYS[1], ARGV[3], 1)
return 1`),

  /** KEYS: holds. ARGV: a name and who holds it no longer. */
  letGo: script(`
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])`),

  /** KEYS: dead ends. ARGV: the clock's shift, limit. Gives `id:queue` of letters that are over. */
  overdue: script(`${serverTime}
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[2])`),
} as const;
