-- Whether the user may run what the transitions run. Nothing of it stays.
local key = KEYS[1]
local refused, trouble = {}, nil

-- Each server has its own words for a command that an ACL forbids: Redis 6 and 7, and Valkey.
local function is_forbidden(said)
  return string.find(said, "can't run this command", 1, true)
    or string.find(said, 'has no permissions', 1, true)
end

local function try(name, ...)
  if trouble then return false end
  local answer = redis.pcall(name, ...)
  if type(answer) ~= 'table' or not answer.err then return true end
  if is_forbidden(answer.err) then
    refused[#refused + 1] = name
  else
    -- Redis 6 begins it with the place in the script, and the mark of an error, of which it would write another one.
    local said = string.gsub(answer.err, '^@user_script: %d+: ', '')
    trouble = {err = (string.gsub(said, '^%-', ''))}
  end
  return false
end

try('TIME')
try('GET', key)
try('PTTL', key)
-- The key doesn't exist, and this makes none.
try('SET', key, '', 'XX', 'PX', '1')
try('DEL', key)
return trouble or refused
