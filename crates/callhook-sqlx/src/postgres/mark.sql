-- $1 message, $2 content, $3 token, $4 milliseconds of the window. No row affected: it is handled already.
insert into callhook_replay as r (message, content, token, state, until)
values ($1, $2, $3, 2, clock_timestamp() + $4::bigint * interval '1 millisecond')
on conflict (message, content) do update set
    token = excluded.token, state = 2, until = excluded.until
where r.state <> 2 or r.until <= clock_timestamp()
