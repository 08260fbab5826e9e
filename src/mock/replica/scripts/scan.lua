-- Some parts of a session, and where to go on; which session it is, its version, and which change made that.
-- ARGV: where to begin, how many.
local known = redis.call('HMGET', KEYS[1], '#session', '#version', '#last')
local found = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
return {known[1] or '', known[2] or '0', known[3] or '', found[1], found[2]}
