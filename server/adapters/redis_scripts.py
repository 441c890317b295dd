"""What the ephemeral port does inside the Redis server, each in one step.

Time is the server's own, and only through the expiry of keys, so all workers agree whatever their clocks say. A script
touches one key, or keys that share a hash tag, so each runs on one node of a cluster.
"""

from server.adapters.redis_calls import Script

ALLOW = Script("""
-- The key ends when the bucket is full again (the generic cell rate algorithm). Keys end at whole milliseconds: its
-- value is by how much too late that is.
local limit, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local per_unit = window / limit
local rounding = per_unit / 1000
local spent = 0
local ends = redis.call('PTTL', KEYS[1])
if ends > 0 then spent = math.max(0, ends - tonumber(redis.call('GET', KEYS[1]))) end
local wanted = spent + cost * per_unit
if wanted > window + rounding then
  return {0, math.max(0, math.floor((window - spent + rounding) / per_unit)), string.format('%.3f', wanted - window)}
end
local whole = math.ceil(wanted)
if whole > 0 then
  redis.call('SET', KEYS[1], string.format('%.6f', whole - wanted), 'PX', string.format('%.0f', whole))
end
return {1, math.floor((window - wanted + rounding) / per_unit), '0'}
""")
"""KEYS: bucket. ARGV: limit, window in ms, cost. Returns allowed, remaining, ms to wait."""

BORROW = Script("""
local want, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local taken = redis.call('GET', KEYS[1])
local granted = math.max(0, math.min(want, limit - tonumber(taken or 0)))
if granted > 0 then
  local amount = string.format('%.0f', granted)
  if taken then redis.call('INCRBY', KEYS[1], amount) else redis.call('SET', KEYS[1], amount, 'PX', ARGV[3]) end
end
return {granted, math.max(0, redis.call('PTTL', KEYS[1]))}
""")
"""KEYS: quota. ARGV: wanted, limit, ms that a new quota lives. Returns what is granted, ms that the quota has left."""

GIVE_BACK = Script("""
local taken = tonumber(redis.call('GET', KEYS[1]) or 0)
local amount = math.min(taken, tonumber(ARGV[1]))
if amount > 0 then redis.call('DECRBY', KEYS[1], string.format('%.0f', amount)) end
return amount
""")
"""KEYS: quota. ARGV: amount. The quota ends when it would have."""

JOIN = Script("""
local number = tonumber(redis.call('GET', KEYS[2])) or tonumber(redis.call('GET', KEYS[1]) or 0) + 1
local last = math.max(number, tonumber(redis.call('GET', KEYS[1]) or 0))
redis.call('SET', KEYS[1], string.format('%.0f', last), 'PX', ARGV[1])
redis.call('SET', KEYS[2], string.format('%.0f', number), 'PX', ARGV[1])
return number
""")
"""KEYS: the last number of the line, the member's place in it. ARGV: ms that both are kept. Returns the number."""

TURN = Script("""
-- The tail ends when the line has let everybody through and earned a full burst again; a member's key ends when the
-- turn has come and the time to use it is over.
local limit, window, stay = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local known = redis.call('PTTL', KEYS[2])
if known > 0 then return string.format('%.3f', math.max(0, known - stay)) end
local spent = 0
local ends = redis.call('PTTL', KEYS[1])
if ends > 0 then spent = math.max(0, ends - tonumber(redis.call('GET', KEYS[1]))) end
local wanted = spent + window / limit
local whole = math.ceil(wanted)
redis.call('SET', KEYS[1], string.format('%.6f', whole - wanted), 'PX', string.format('%.0f', whole))
local wait = math.max(0, wanted - window)
redis.call('SET', KEYS[2], '1', 'PX', string.format('%.0f', math.ceil(wait + stay)))
return string.format('%.3f', wait)
""")
"""KEYS: the line's tail, the member's turn. ARGV: limit, window in ms, ms that a turn lasts. Returns ms to wait."""
