if is_live and owner == '' then return {'replay', 0} end
if is_live and owner ~= token then return {'in_flight', till - now} end

local all = redis.call('HGETALL', key)
local over, contents, oldest, oldest_till = {}, 0, nil, math.huge
for i = 1, #all, 2 do
  local name, till, owner = all[i], read(all[i + 1])
  if till <= now then
    if name ~= field then over[#over + 1] = name end
  elseif name == note then
    return {'given_up', 0}
  elseif name ~= field and string.sub(name, 1, 1) ~= '-' then
    contents = contents + 1
    if owner == '' and till < oldest_till then oldest, oldest_till = name, till end
  end
end
if contents >= most then
  if not oldest then return {'too_many', 0} end
  over[#over + 1] = oldest
end

-- First, for a server that is out of memory refuses this, and then nothing else may have happened.
put(field, now + duration, token)
if #over > 0 then redis.call('HDEL', key, unpack(over)) end
if contents > 0 then return {'revision', 0} end
return {'first', 0}
