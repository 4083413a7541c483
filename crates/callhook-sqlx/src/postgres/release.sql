-- $1 message, $2 content, $3 token, $4 milliseconds of the lease. No row affected: it is handled, or another owner's.
-- The row that it leaves refuses this token's claim, should that arrive late.
with settings as materialized (
    select set_config('synchronous_commit', 'off', true), set_config('lock_timeout', '300ms', true)
)
insert into callhook_replay as r (message, content, token, state, until)
select $1, $2, $3, 1, statement_timestamp() + $4::bigint * interval '1 millisecond'
from settings
on conflict (message, content) do update set
    token = excluded.token, state = 1, until = excluded.until
where r.state = 1 or r.until <= statement_timestamp() or (r.state = 0 and r.token = excluded.token)
