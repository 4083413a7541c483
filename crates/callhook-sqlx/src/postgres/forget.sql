-- $1 message. What a handler holds right now stays its own.
delete from callhook_replay r where r.message = $1 and (r.state <> 0 or r.until <= statement_timestamp())
