-- ?1 message. What a handler holds right now stays its own.
delete from callhook_replay
where message = ?1 and (state <> 0 or until <= cast((julianday('now') - 2440587.5) * 86400000 as integer))
