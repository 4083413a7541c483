
-- What is handled is forgotten. What is being handled stays, and so do notes: a claim that is given up must not hold.
local left = {}
for _, record in ipairs(records) do
  if record.kind ~= 'd' then left[#left + 1] = record end
end
local forgotten = #records - #left
records = left
if forgotten > 0 then save(redis.call) end
return forgotten
