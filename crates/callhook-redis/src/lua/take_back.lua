-- Takes back a claim of a content that is handled, unless another owner has claimed the message since. It asks for one
-- key only: Redis refuses scripts with two while their slot is moved.
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
