-- ?1 message, ?2 content, ?3 token, ?4 milliseconds of the lease. No row affected: it is handled, or another owner's.
-- The row that it leaves refuses this token's claim, should that arrive late.
insert into callhook_replay as r (message, content, token, state, until)
values (?1, ?2, ?3, 1, cast(round((julianday('now') - 2440587.5) * 86400000) as integer) + ?4)
on conflict (message, content) do update set
    token = excluded.token, state = 1, until = excluded.until
where r.state = 1 or r.until <= excluded.until - ?4 or (r.state = 0 and r.token = excluded.token)
