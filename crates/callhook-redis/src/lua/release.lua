local answer = 'done'
if is_live and owner ~= token then
  answer = 'lost'
else
  redis.call('HDEL', key, field)
end
-- The claim may still be on its way, or may come a second time, on a connection that the store has given up. It would
-- hold the content for nobody. A server without memory for this note releases all the same: hence no check, and a write
-- that may fail.
if redis.call('HLEN', key) >= 2 * most then
  -- Room for it: the oldest note has the least to do.
  local all = redis.call('HGETALL', key)
  local oldest, oldest_till = nil, math.huge
  for i = 1, #all, 2 do
    local till = read(all[i + 1])
    if string.sub(all[i], 1, 1) == '-' and till < oldest_till then oldest, oldest_till = all[i], till end
  end
  if oldest then redis.call('HDEL', key, oldest) end
end
if redis.call('HLEN', key) < 2 * most then pcall(put, note, now + duration) end
return {answer, 0}
