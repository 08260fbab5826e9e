-- Adds entries to a journal and drops the oldest. KEYS: journal, how many octets it has.
-- ARGV: most entries, most octets, milliseconds to live, then the entries.
local added = 0
for at = 4, #ARGV do
  redis.call('XADD', KEYS[1], '*', 'e', ARGV[at])
  added = added + #ARGV[at] + 50
end
local octets = redis.call('INCRBY', KEYS[2], added)
local before = redis.call('XLEN', KEYS[1])
local length = math.min(before, tonumber(ARGV[1]))
while octets > tonumber(ARGV[2]) and length > 1 do
  length = math.floor(length / 2)
  octets = math.floor(octets / 2)
end
if length < before then
  redis.call('XTRIM', KEYS[1], 'MAXLEN', length)
  -- About what is left; entries differ.
  redis.call('SET', KEYS[2], string.format('%.0f', math.floor(octets * length / before)))
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
