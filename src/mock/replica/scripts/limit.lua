-- Counts a call of a key, unless it is one too many; then says after how many seconds there is room.
-- ARGV: name of the call, then for each limit its calls and its window in milliseconds.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local longest = 0
for at = 2, #ARGV, 2 do longest = math.max(longest, tonumber(ARGV[at + 1])) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - longest)
for at = 2, #ARGV, 2 do
  local calls, window = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local after = '(' .. string.format('%.0f', now - window)
  local count = redis.call('ZCOUNT', KEYS[1], after, '+inf')
  if count >= calls then
    -- The call that must be out of the window before there is room.
    local first = redis.call('ZRANGEBYSCORE', KEYS[1], after, '+inf', 'WITHSCORES', 'LIMIT', count - calls, 1)
    local free = (tonumber(first[2]) or now) + window
    return math.max(1, math.ceil((free - now) / 1000))
  end
end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], longest)
return 0
