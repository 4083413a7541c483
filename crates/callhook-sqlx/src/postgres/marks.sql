-- $1 message, $2 content. One row: whether this content is handled, and whether another content of the message is.
select
    exists (
        select from callhook_replay r
        where r.message = $1 and r.content = $2 and r.state = 2 and r.until > statement_timestamp()
    ) as is_handled,
    exists (
        select from callhook_replay o
        where o.message = $1 and o.content <> $2 and o.state = 2 and o.until > statement_timestamp()
    ) as has_others
