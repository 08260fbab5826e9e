-- The parts of a session are fields of a hash (KEYS[1]); those that begin with # say which session it is, its version, and
-- whose turn it is to change it. KEYS[2] is a stream with an entry for each version: who made it, and what became of which
-- part. An empty value means that the part is not there.

-- The entries of the versions after one, or nil where they are not all there any more, or where that version was made by
-- another change than the one of this name: a store that was restored may have gone back, and on from there.
local function entries_since(version, name, current)
  local entries = redis.call('XRANGE', KEYS[2], string.format('%.0f-0', version), '+', 'COUNT', 4000)
  local own = table.remove(entries, 1)
  if not own or own[1] ~= string.format('%.0f-0', version) or own[2][2] ~= name then return nil end
  if #entries ~= current - version then return nil end
  for _, entry in ipairs(entries) do
    if entry[2][3] == '*' then return nil end
  end
  return entries
end

-- The values of the parts whose names are among the arguments, from one on and in steps.
local function values_of(first, step)
  local found, names = {}, {}
  local function look()
    if #names == 0 then return end
    for _, value in ipairs(redis.call('HMGET', KEYS[1], unpack(names))) do found[#found + 1] = value or '' end
    names = {}
  end
  for at = first, #ARGV, step do
    names[#names + 1] = ARGV[at]
    if #names == 1000 then look() end
  end
  look()
  return found
end

local function keep(time)
  redis.call('PEXPIRE', KEYS[1], time)
  redis.call('PEXPIRE', KEYS[2], time)
end
