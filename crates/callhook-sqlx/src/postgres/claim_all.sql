-- $1 messages, $2 contents, $3 tokens, $4 milliseconds of the leases: arrays of one length, without a content that is given
-- more than once. One row for each, in their order: what `claim.sql` answers.
with settings as materialized (
    select set_config('synchronous_commit', 'off', true), set_config('lock_timeout', '20ms', true)
),
asked as materialized (
    select a.*
    from unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bigint[])
        with ordinality as a (message, content, token, lease_ms, place)
),
-- `limit` keeps this a look-up by the key, whatever the planner believes of the table's size.
seen as materialized (
    select a.place, r.state, r.token, r.until
    from asked a
    cross join lateral (
        select r.state, r.token, r.until
        from callhook_replay r
        where r.message = a.message and r.content = a.content
            and r.until > statement_timestamp()
            and (r.state = 2 or (r.state = 0) <> (r.token = a.token))
        limit 1
    ) r
),
-- In the order of the key, so that two of these never wait for each other.
took as (
    insert into callhook_replay as r (message, content, token, state, until)
    select a.message, a.content, a.token, 0, statement_timestamp() + a.lease_ms * interval '1 millisecond'
    from settings, asked a
    where a.place not in (select s.place from seen s)
    order by a.message, a.content
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
    returning r.message, r.content, r.state, r.token, r.until
)
select
    coalesce(s.state, t.state) as state,
    coalesce(s.token, t.token) = a.token as is_own,
    ceil(extract(epoch from coalesce(s.until, t.until) - statement_timestamp()) * 1000)::bigint as left_ms,
    exists (
        select from callhook_replay o
        where o.message = a.message and o.content <> a.content and o.state <> 1 and o.until > statement_timestamp()
    ) as has_others
from asked a
left join seen s on s.place = a.place
left join took t on t.message = a.message and t.content = a.content
order by a.place
