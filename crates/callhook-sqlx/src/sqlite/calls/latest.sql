-- ?1 how many at most. The last to change first.
select
    c.id,
    c.call,
    c.changed_at * 1000 as changed_us,
    (select group_concat(k.absorbed) from callhook_call_keys k where k.call = c.id) as absorbed,
    c.version
from callhook_calls c
order by c.version desc, c.id desc
limit ?1
