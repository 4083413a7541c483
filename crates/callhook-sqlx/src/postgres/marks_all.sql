-- $1 messages, $2 contents: arrays of one length. One row for each, in their order: what `marks.sql` answers.
-- Subqueries for their value are look-ups by the key, whatever the planner believes of the table's size.
select
    (
        select true
        from callhook_replay r
        where r.message = a.message and r.content = a.content and r.state = 2 and r.until > statement_timestamp()
    ) is not null as is_handled,
    (
        select true
        from callhook_replay o
        where o.message = a.message and o.content <> a.content and o.state = 2 and o.until > statement_timestamp()
        limit 1
    ) is not null as has_others
from unnest($1::bytea[], $2::bytea[]) with ordinality as a (message, content, place)
order by a.place
