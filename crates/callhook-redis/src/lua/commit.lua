-- A commit is a fact: whoever holds the content now, it is handled.
if found and found.kind == 'd' then
  -- A second try of this very commit, or another owner's.
  return {found.token == token and 'done' or 'lost', 0}
end
if found then
  -- In its place: claims look at who was there before them.
  found.kind, found.token, found.till = 'd', token, now + window
elseif window > 0 and #records >= 2 * most then
  -- A late commit of what a claim has tidied up. Claims keep the number of contents down; this keeps it finite.
  return {'too_many', 0}
else
  add('d', content, token, now + window)
end
save(redis.call)
return {'done', 0}
