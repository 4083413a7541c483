-- One hash for each message. Its fields:
--   <fingerprint>  "<end> <token>"  being handled by the owner of this token, until then
--   <fingerprint>  "<end> =<token>" handled by the owner of this token, and remembered until then
--   -<token>       "<end>"          given up: until then, a claim with this token comes too late
-- A field whose end has passed counts as absent. Times are the server's own, in milliseconds.
local key, field, token = KEYS[1], ARGV[1], ARGV[2]
local duration, window = tonumber(ARGV[3]), tonumber(ARGV[4])
local note = '-' .. token
-- How many contents one message can have.
local most = 64

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- When a field ends, who holds it ('' for nobody: it is handled), and who has handled it.
local function read(value)
  local till, mark, token = string.match(value or '', '^(%d+) ?(=?)(%x*)$')
  if mark == '=' then return tonumber(till), '', token end
  return tonumber(till) or 0, token
end

-- Writes a field. The key lives as long as its last field: nothing is ever written without an end.
local function put(name, till, owner)
  local value = string.format('%.0f', till)
  if owner then value = value .. ' ' .. owner end
  redis.call('HSET', key, name, value)
  if redis.call('PTTL', key) < till - now then
    redis.call('PEXPIREAT', key, string.format('%.0f', till))
  end
end

local till, owner, handler = read(redis.call('HGET', key, field))
local is_live = till > now
