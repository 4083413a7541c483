-- ?1 milliseconds since their last change, ?2 how many at most. The first to change first.
select
    c.id,
    c.call,
    c.changed_at * 1000 as changed_us,
    (select group_concat(k.absorbed) from callhook_call_keys k where k.call = c.id) as absorbed,
    c.version
from callhook_calls c
where not c.is_over and c.changed_at <= cast(round((julianday('now') - 2440587.5) * 86400000) as integer) - ?1
order by c.version, c.id
limit ?2
