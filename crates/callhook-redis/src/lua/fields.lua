-- One hash for each message. Its fields:
--   <fingerprint>  "<end> <token>"  being handled by the owner of this token, until then
--   <fingerprint>  "<end> =<token>" handled by the owner of this token, and remembered until then
--   -<token>       "<end>"          given up: until then, a claim with this token comes too late
-- A field whose end has passed counts as absent. Times are the server's own, in milliseconds.
local key = KEYS[1]

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- When a field ends, who holds it ('' for nobody: it is handled), and who has handled it.
local function read(value)
  local till, mark, token = string.match(value or '', '^(%d+) ?(=?)(%x*)$')
  if mark == '=' then return tonumber(till), '', token end
  return tonumber(till) or 0, token
end
