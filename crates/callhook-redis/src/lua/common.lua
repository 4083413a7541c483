
local field, token = ARGV[1], ARGV[2]
local duration, window = tonumber(ARGV[3]), tonumber(ARGV[4])
local note = '-' .. token
-- How many contents one message can have.
local most = 64

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
