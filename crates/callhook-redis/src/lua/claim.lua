
local function refuse(word, left)
  if is_mine then redis.call('DEL', claimed) end
  return {word, left}
end

if found and found.kind == 'd' then return refuse('replay', 0) end
if found and found.token ~= token then return refuse('in_flight', found.till - now) end

-- Records are in the order in which their contents were claimed. A claim that was made already, without a script or by
-- a first try, looks only at those before it: one that has come since has found this one, and is the revision.
local others, before, oldest, oldest_at = 0, 0, nil, nil
for i, record in ipairs(records) do
  if record.kind == 'g' then
    if record.token == token then return refuse('given_up', 0) end
  elseif record.content ~= content then
    others = others + 1
    if not found or i < at then before = before + 1 end
    if record.kind == 'd' and (not oldest or record.till < oldest.till) then oldest, oldest_at = record, i end
  end
end
if others >= most then
  if not oldest then return refuse('too_many', 0) end
  table.remove(records, oldest_at)
end

if found then
  found.till = now + duration
else
  add('h', content, token, now + duration)
end
save(redis.call)
return {before > 0 and 'revision' or 'first', 0}
