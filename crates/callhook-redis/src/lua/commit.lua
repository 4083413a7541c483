-- A commit is a fact: whoever holds the content now, it is handled.
if is_live and owner == '' then
  -- A second try of this very commit, or another owner's.
  return {handler == token and 'done' or 'lost', 0}
end
if window == 0 then
  redis.call('HDEL', key, field)
  return {'done', 0}
end
-- A late commit of what a claim has tidied up. Claims keep the number of contents down; this keeps it finite.
if till == 0 and redis.call('HLEN', key) >= 2 * most then return {'too_many', 0} end
put(field, now + window, '=' .. token)
return {'done', 0}
