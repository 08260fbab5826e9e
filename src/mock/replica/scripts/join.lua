-- A number for a new replica.
return redis.call('INCR', KEYS[1])
