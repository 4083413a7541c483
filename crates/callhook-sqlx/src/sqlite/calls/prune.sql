-- ?1 milliseconds since their last change, ?2 how many at most.
delete from callhook_calls
where id in (
    select id from callhook_calls
    where changed_at < cast(round((julianday('now') - 2440587.5) * 86400000) as integer) - ?1
    order by changed_at
    limit ?2
)
