
-- What is handled is forgotten. What is being handled stays, and so do notes: a claim that is given up must not hold.
local forgotten, over = 0, {}
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local name, till, owner = all[i], read(all[i + 1])
  if till <= now then
    over[#over + 1] = name
  elseif owner == '' and string.sub(name, 1, 1) ~= '-' then
    over[#over + 1] = name
    forgotten = forgotten + 1
  end
end
if #over > 0 then redis.call('HDEL', key, unpack(over)) end
return forgotten
