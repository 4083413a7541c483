-- ?1 message, ?2 content. One row: whether this content is handled, and whether another content of the message is.
with moment (now) as materialized (select cast(round((julianday('now') - 2440587.5) * 86400000) as integer))
select
    exists (
        select 1 from callhook_replay r
        where r.message = ?1 and r.content = ?2 and r.state = 2 and r.until > now
    ) as is_handled,
    exists (
        select 1 from callhook_replay o
        where o.message = ?1 and o.content <> ?2 and o.state = 2 and o.until > now
    ) as has_others
from moment
