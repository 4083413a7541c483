-- ?1 message, ?2 content, ?3 token, ?4 milliseconds of the window. No row affected: it is handled already.
insert into callhook_replay as r (message, content, token, state, until)
values (?1, ?2, ?3, 2, cast(round((julianday('now') - 2440587.5) * 86400000) as integer) + ?4)
on conflict (message, content) do update set
    token = excluded.token, state = 2, until = excluded.until
where r.state <> 2 or r.until <= excluded.until - ?4
