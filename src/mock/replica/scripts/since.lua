-- What was changed in a session since a version, and what some of its parts are now.
-- ARGV: session, version, milliseconds to live, then the names of the parts.
local known = redis.call('HMGET', KEYS[1], '#session', '#version')
if not known[1] then return {ARGV[1] == '' and 'ok' or 'lost', '', 0} end
if known[1] ~= ARGV[1] then return {'lost'} end
local version = tonumber(known[2])
local entries = entries_since(tonumber(ARGV[2]), version)
if not entries then return {'lost'} end
keep(ARGV[3])
return {'behind', known[1], version, entries, values_of(4, 1)}
