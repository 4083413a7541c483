-- ?1 and ?2: version and key after which, ?3 milliseconds since 1970 not before which, ?4 how many at most.
select
    c.id,
    c.call,
    c.changed_at * 1000 as changed_us,
    (select group_concat(k.absorbed) from callhook_call_keys k where k.call = c.id) as absorbed,
    c.version
from callhook_calls c
where (c.version, c.id) > (?1, ?2) and c.changed_at >= ?3
order by c.version, c.id
limit ?4
