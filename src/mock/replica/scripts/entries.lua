-- Entries of a journal. ARGV: where to begin, how many.
return redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])
