-- ?1 message, ?2 content, ?3 token. Always one row. It needs no writer: where `state` is not null, that is the claim's
-- answer, and nothing is to be written.
with moment (now) as materialized (select cast(round((julianday('now') - 2440587.5) * 86400000) as integer))
select
    r.state,
    r.token = ?3 as is_own,
    r.until - now as left_ms,
    exists (
        select 1 from callhook_replay o
        where o.message = ?1 and o.content <> ?2 and o.state <> 1 and o.until > now
    ) as has_others
from moment
left join callhook_replay r
    on r.message = ?1 and r.content = ?2
    and r.until > now
    and (r.state = 2 or (r.state = 0) <> (r.token = ?3))
