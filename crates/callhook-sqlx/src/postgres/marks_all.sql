-- $1 messages, $2 contents: arrays of one length. One row for each, in their order: what `marks.sql` answers.
select
    h.is_handled is not null as is_handled,
    exists (
        select from callhook_replay o
        where o.message = a.message and o.content <> a.content and o.state = 2 and o.until > statement_timestamp()
    ) as has_others
from unnest($1::bytea[], $2::bytea[]) with ordinality as a (message, content, place)
-- `limit` keeps this a look-up by the key, whatever the planner believes of the table's size.
left join lateral (
    select true as is_handled
    from callhook_replay r
    where r.message = a.message and r.content = a.content and r.state = 2 and r.until > statement_timestamp()
    limit 1
) h on true
order by a.place
