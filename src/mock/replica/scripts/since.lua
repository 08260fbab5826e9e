-- What was changed in a session since a version, and what some of its parts are now.
-- ARGV: session, version, name of the change that made it, milliseconds to live, then the names of the parts.
local known = redis.call('HMGET', KEYS[1], '#session', '#version', '#last')
if not known[1] then return {ARGV[1] == '' and 'ok' or 'lost', '', 0, ''} end
if known[1] ~= ARGV[1] then return {'lost'} end
local version = tonumber(known[2])
local entries = {}
if version == tonumber(ARGV[2]) then
  if known[3] ~= ARGV[3] then return {'lost'} end
else
  entries = entries_since(tonumber(ARGV[2]), ARGV[3], version)
end
if not entries then return {'lost'} end
keep(ARGV[4])
return {'behind', known[1], version, known[3], entries, values_of(5, 1)}
