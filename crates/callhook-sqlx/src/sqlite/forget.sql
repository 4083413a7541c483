-- ?1 message. The rows affected are the contents that were handled. What a handler holds right now stays its own, and what
-- was given up stays given up.
delete from callhook_replay
where message = ?1 and state = 2 and until > cast(round((julianday('now') - 2440587.5) * 86400000) as integer)
