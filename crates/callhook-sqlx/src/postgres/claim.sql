-- $1 message, $2 content, $3 token, $4 milliseconds of the lease. Always one row.
with settings as materialized (
    select set_config('synchronous_commit', 'off', true), set_config('lock_timeout', '300ms', true)
),
-- What can be answered without a lock: handled, another owner's, or given up by this one.
seen as (
    select r.state, r.token, r.until
    from callhook_replay r
    where r.message = $1 and r.content = $2
        and r.until > statement_timestamp()
        and (r.state = 2 or (r.state = 0) <> (r.token = $3))
),
-- The update has no condition, so that whoever loses a race for the row is shown the winner's.
took as (
    insert into callhook_replay as r (message, content, token, state, until)
    select $1, $2, $3, 0, statement_timestamp() + $4::bigint * interval '1 millisecond'
    from settings
    where not exists (select from seen)
    on conflict (message, content) do update set
        token = case
            when r.until <= statement_timestamp() or (r.state < 2 and (r.state = 0) = (r.token = excluded.token))
            then excluded.token else r.token
        end,
        state = case
            when r.until <= statement_timestamp() or (r.state < 2 and (r.state = 0) = (r.token = excluded.token))
            then excluded.state else r.state
        end,
        until = case
            when r.until <= statement_timestamp() or (r.state < 2 and (r.state = 0) = (r.token = excluded.token))
            then excluded.until else r.until
        end
    returning r.state, r.token, r.until
)
select
    x.state,
    x.token = $3 as is_own,
    ceil(extract(epoch from x.until - statement_timestamp()) * 1000)::bigint as left_ms,
    exists (
        select from callhook_replay o
        where o.message = $1 and o.content <> $2 and o.state <> 1 and o.until > statement_timestamp()
    ) as has_others
from (select * from seen union all select * from took) x
