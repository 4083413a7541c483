-- ?1 how many at most.
delete from callhook_replay
where (message, content) in (
    select message, content from callhook_replay
    where until <= cast(round((julianday('now') - 2440587.5) * 86400000) as integer)
    order by until
    limit ?1
)
