
local content, token = ARGV[1], ARGV[2]
local duration, window = tonumber(ARGV[3]), tonumber(ARGV[4])
-- How many contents one message can have.
local most = 64
-- Whether `claimed` is this lease's. Where that key had ended, a claim has made it anew before it saw what is known.
local is_mine = claim == content .. token
local found, at = find(content)
