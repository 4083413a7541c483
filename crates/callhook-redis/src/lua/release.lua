local answer = 'done'
if found and (found.kind == 'd' or found.token ~= token) then
  answer = 'lost'
elseif found then
  table.remove(records, at)
end

-- The claim may still be on its way, or may come a second time, on a connection that the store has given up. It would
-- hold the content for nobody.
local noted, oldest = nil, nil
for i, record in ipairs(records) do
  if record.kind == 'g' then
    if record.token == token then noted = record end
    if not oldest or record.till < records[oldest].till then oldest = i end
  end
end
local count = #records
if noted then
  noted.till = now + duration
else
  -- Room for it: the oldest note has the least to do.
  if count >= 2 * most and oldest then
    table.remove(records, oldest)
    count = count - 1
  end
  if count < 2 * most then add('g', content, token, now + duration) end
end

-- A server that is full refuses the note. It releases all the same where that deletes a key: a claim that has one of
-- its own, and the last content. One of several contents can't be released then, and ends with its lease.
if save(redis.pcall) then
  if is_mine then
    redis.call('DEL', claimed)
  elseif found and answer == 'done' then
    if #records > count then table.remove(records) end
    save(redis.call)
  end
end
return {answer, 0}
