-- ?1 key, ?2 call, ?3 direction, ?4 outcome, ?5 customer, ?6 agent, ?7 started_at, ?8 is_over, ?9 version, or null where
-- the message was known.
update callhook_calls set
    call = ?2, direction = ?3, outcome = ?4, customer = ?5, agent = ?6, started_at = ?7, is_over = ?8,
    version = coalesce(?9, version),
    changed_at = iif(?9 is null, changed_at, cast(round((julianday('now') - 2440587.5) * 86400000) as integer))
where id = ?1
