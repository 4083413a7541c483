-- $1 messages, $2 contents, $3 tokens, $4 milliseconds of the leases: arrays of one length, without a message that is
-- given more than once. One row for each content that was not there, which is then held: its message, and whether another
-- content of the message is held or handled. `claim.sql` answers for the others.
with settings as materialized (
    select set_config('synchronous_commit', 'off', true), set_config('lock_timeout', '20ms', true)
)
insert into callhook_replay as r (message, content, token, state, until)
select a.message, a.content, a.token, 0, statement_timestamp() + a.lease_ms * interval '1 millisecond'
from settings, unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bigint[]) as a (message, content, token, lease_ms)
-- A subquery for its value is a look-up by the key for each, whatever the planner believes of the table's size. It keeps
-- copies of what is handled or held from waiting for a lock.
where (select o.state from callhook_replay o where o.message = a.message and o.content = a.content) is null
-- In the order of the key, so that no two of these wait for each other.
order by a.message, a.content
on conflict (message, content) do nothing
returning
    r.message,
    (
        select true
        from callhook_replay o
        where o.message = r.message and o.content <> r.content and o.state <> 1 and o.until > statement_timestamp()
        limit 1
    ) is not null as has_others
