-- The mark of a handler that has no transaction of its own: `mark.sql`, which doesn't wait for others for ever.
with settings as materialized (select set_config('lock_timeout', '300ms', true))
insert into callhook_replay as r (message, content, token, state, until)
select $1, $2, $3, 2, clock_timestamp() + $4::bigint * interval '1 millisecond'
from settings
on conflict (message, content) do update set
    token = excluded.token, state = 2, until = excluded.until
where r.state <> 2 or r.until <= clock_timestamp()
