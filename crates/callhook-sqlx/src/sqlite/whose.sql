-- ?1 message, ?2 content, ?3 token. One row where the content is handled: whether by this delivery.
select r.token = ?3 as is_own
from callhook_replay r
where r.message = ?1 and r.content = ?2 and r.state = 2 and r.until > cast(round((julianday('now') - 2440587.5) * 86400000) as integer)
