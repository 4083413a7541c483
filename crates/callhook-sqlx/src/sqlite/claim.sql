-- ?1 message, ?2 content, ?3 token, ?4 milliseconds of the lease. Always one row.
insert into callhook_replay as r (message, content, token, state, until)
values (?1, ?2, ?3, 0, cast(round((julianday('now') - 2440587.5) * 86400000) as integer) + ?4)
on conflict (message, content) do update set
    token = iif(
        r.until <= excluded.until - ?4 or (r.state < 2 and (r.state = 0) = (r.token = excluded.token)),
        excluded.token, r.token
    ),
    state = iif(
        r.until <= excluded.until - ?4 or (r.state < 2 and (r.state = 0) = (r.token = excluded.token)),
        excluded.state, r.state
    ),
    until = iif(
        r.until <= excluded.until - ?4 or (r.state < 2 and (r.state = 0) = (r.token = excluded.token)),
        excluded.until, r.until
    )
returning
    state,
    token = ?3 as is_own,
    max(1, until - cast(round((julianday('now') - 2440587.5) * 86400000) as integer)) as left_ms
