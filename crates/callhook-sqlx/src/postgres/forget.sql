-- $1 message. The rows affected are the contents that were handled. What a handler holds right now stays its own, and what
-- was given up stays given up.
delete from callhook_replay r where r.message = $1 and r.state = 2 and r.until > statement_timestamp()
