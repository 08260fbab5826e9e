-- Makes the next version of a session, if it still is at the one that is expected; else tells what was changed since.
-- ARGV: session, version, name of the change, name of a new session, milliseconds to live, most octets, replica,
-- milliseconds of a turn, name of the change that made the version, then the name and the value of each part that is
-- changed.
local FIRST, LOG = 10, 8 * 1024 * 1024
local known = redis.call('HMGET', KEYS[1], '#session', '#version', '#turn', '#until', '#octets', '#log', '#last')
local session, version = known[1], tonumber(known[2] or '0')
local writes = #ARGV >= FIRST
if session and ARGV[1] == '' and session == ARGV[4] then
  -- It has begun the session before, and the answer was lost.
  return {'ok', session, 1, ARGV[3]}
end
if not session then
  if ARGV[1] ~= '' then return {'lost'} end
  if not writes then return {'ok', '', 0, ''} end
  redis.call('DEL', KEYS[2])
  session = ARGV[4]
  redis.call('HSET', KEYS[1], '#session', session)
elseif session ~= ARGV[1] or (version == tonumber(ARGV[2]) and known[7] ~= ARGV[9]) then
  return {'lost'}
end
keep(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local is_free = not known[3] or tonumber(known[4]) < now
if version ~= tonumber(ARGV[2]) then
  -- Whoever was too late goes first next time.
  if writes and is_free then
    redis.call('HSET', KEYS[1], '#turn', ARGV[7], '#until', string.format('%.0f', now + ARGV[8]))
  end
  local entries = entries_since(tonumber(ARGV[2]), ARGV[9], version)
  if not entries then return {'lost'} end
  return {'behind', session, version, known[7], entries, values_of(FIRST, 2)}
end
if not writes then return {'ok', session, version, known[7]} end
if not is_free and known[3] ~= ARGV[7] then return {'busy'} end
local sent, grows = 0, 0
for at = FIRST, #ARGV, 2 do
  local before = redis.call('HSTRLEN', KEYS[1], ARGV[at])
  sent = sent + #ARGV[at] + #ARGV[at + 1]
  if ARGV[at + 1] ~= '' then grows = grows + #ARGV[at + 1] + (before == 0 and #ARGV[at] or 0) end
  if before > 0 then grows = grows - before - (ARGV[at + 1] == '' and #ARGV[at] or 0) end
end
local octets = tonumber(known[5] or '0') + grows
if grows > 0 and octets > tonumber(ARGV[6]) then return {'full'} end
version = version + 1
local entry, sets, gone = {'#', ARGV[3]}, {}, {}
local is_small = #ARGV - FIRST < 2000
for at = FIRST, #ARGV, 2 do
  local name, value = ARGV[at], ARGV[at + 1]
  if is_small then
    entry[#entry + 1] = name
    entry[#entry + 1] = value
  end
  if value == '' then gone[#gone + 1] = name else
    sets[#sets + 1] = name
    sets[#sets + 1] = value
  end
  if #sets >= 2000 then redis.call('HSET', KEYS[1], unpack(sets)); sets = {} end
  if #gone >= 2000 then redis.call('HDEL', KEYS[1], unpack(gone)); gone = {} end
end
if #sets > 0 then redis.call('HSET', KEYS[1], unpack(sets)) end
if #gone > 0 then redis.call('HDEL', KEYS[1], unpack(gone)) end
if not is_small then entry = {'#', ARGV[3], '*', '*'} end
redis.call('XADD', KEYS[2], string.format('%.0f-0', version), unpack(entry))
local log = tonumber(known[6] or '0') + (is_small and sent or 0) + 100
if log > LOG then
  redis.call('XTRIM', KEYS[2], 'MAXLEN', math.max(1, math.floor(redis.call('XLEN', KEYS[2]) / 2)))
  log = math.floor(log / 2)
end
redis.call('HSET', KEYS[1], '#version', string.format('%.0f', version), '#octets', string.format('%.0f', octets),
  '#log', string.format('%.0f', log), '#last', ARGV[3])
if known[3] then redis.call('HDEL', KEYS[1], '#turn', '#until') end
keep(ARGV[5])
return {'ok', session, version, ARGV[3]}
