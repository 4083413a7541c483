-- What is known of one message, in two keys, both in one slot of a cluster:
--
--   known    32 bytes, the fingerprint and the token of the one content that was handled, until the key ends; or
--            records of 46 bytes, each with an end of its own
--   claimed  32 bytes, the fingerprint and the token of the one content that is being handled, until the key ends; or
--            '-' while there are records
--
-- A new message is claimed by one SET NX of `claimed`, and handled by one SET NX of `known`, without a script. Whoever
-- finds such a key asks a script. A record has
--
--   h        being handled, by the owner of the token
--   d        handled, by the owner of the token
--   g        given up: a claim with this token comes too late
--
-- then the fingerprint, the token, 16 bytes each, and the end, in 13 digits. What has ended, and what can't be read,
-- counts as absent. Times are the server's own, in milliseconds.
local known, claimed = KEYS[1], KEYS[2]

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local records = {}

local function add(kind, content, token, till)
  if till > now then
    records[#records + 1] = {kind = kind, content = content, token = token, till = till}
  end
end

-- The record of a content that is handled or being handled, and where it is.
local function find(content)
  for i, record in ipairs(records) do
    if record.kind ~= 'g' and record.content == content then return record, i end
  end
end

local text = redis.call('GET', known) or ''
if #text == 32 then
  add('d', string.sub(text, 1, 16), string.sub(text, 17), now + redis.call('PTTL', known))
elseif #text % 46 == 0 then
  for i = 1, #text, 46 do
    local kind = string.match(string.sub(text, i, i), '[hdg]')
    local till = string.match(string.sub(text, i + 33, i + 45), '^%d+$')
    if kind and till then
      add(kind, string.sub(text, i + 1, i + 16), string.sub(text, i + 17, i + 32), tonumber(till))
    end
  end
end
-- A content that is handled counts as handled, even where it is claimed.
local claim = redis.call('GET', claimed) or ''
if #claim == 32 and not find(string.sub(claim, 1, 16)) then
  add('h', string.sub(claim, 1, 16), string.sub(claim, 17), now + redis.call('PTTL', claimed))
end

-- Writes the records, with redis.call or redis.pcall. Returns the error of the latter.
local function save(call)
  local parts, last = {}, now
  for _, record in ipairs(records) do
    if record.till > now then
      parts[#parts + 1] = record.kind .. record.content .. record.token .. string.format('%013.0f', record.till)
      last = math.max(last, record.till)
    end
  end
  if #parts == 0 then
    redis.call('DEL', known, claimed)
    return
  end
  local left = string.format('%.0f', last - now)
  -- First what a server that is out of memory refuses, and then nothing else may have happened.
  local saved = call('SET', known, table.concat(parts), 'PX', left)
  if saved.err then return saved end
  redis.call('SET', claimed, '-', 'PX', left)
end
