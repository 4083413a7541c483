if is_live and owner ~= token then return {'lost', 0} end
if window == 0 then
  redis.call('HDEL', key, field)
  return {'done', 0}
end
-- A late commit of what a claim has tidied up. Claims keep the number of contents down; this keeps it finite.
if till == 0 and redis.call('HLEN', key) >= 2 * most then return {'too_many', 0} end
put(field, now + window)
return {'done', 0}
