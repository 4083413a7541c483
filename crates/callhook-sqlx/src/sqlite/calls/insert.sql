-- ?1 scope, ?2 call, ?3 direction, ?4 outcome, ?5 customer, ?6 agent, ?7 started_at, ?8 is_over, ?9 version. Returns the
-- key.
insert into callhook_calls
    (scope, call, direction, outcome, customer, agent, started_at, is_over, version, changed_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, cast(round((julianday('now') - 2440587.5) * 86400000) as integer))
returning id
