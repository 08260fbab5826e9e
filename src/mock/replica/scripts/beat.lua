-- Tells that a replica is there, and which others are. KEYS: replicas, sessions, how often somebody has reloaded.
-- ARGV: name, what is said of it, milliseconds after which a replica counts as gone, and a session, how many times it has
-- reloaded since, then the sessions that it has used.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f|', now) .. ARGV[2])
for at = 6, #ARGV do redis.call('ZADD', KEYS[2], now, ARGV[at]) end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[4])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1001)
if tonumber(ARGV[5]) > 0 then redis.call('INCRBY', KEYS[3], ARGV[5]) end
local all, there = redis.call('HGETALL', KEYS[1]), {}
for at = 1, #all, 2 do
  local seen = tonumber(string.match(all[at + 1], '^(%d+)|') or '0')
  if now - seen > tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], all[at]) else
    there[#there + 1] = all[at]
    there[#there + 1] = string.gsub(all[at + 1], '^%d+|', '')
  end
end
redis.call('PEXPIRE', KEYS[1], 600000)
return {redis.call('GET', KEYS[3]) or '0', there, redis.call('ZRANGE', KEYS[2], 0, -1)}
