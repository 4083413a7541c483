-- ?1 scope, ?2 id.
select
    c.id,
    c.call,
    c.changed_at * 1000 as changed_us,
    (select group_concat(k.absorbed) from callhook_call_keys k where k.call = c.id) as absorbed,
    c.version
from callhook_calls c
where c.id = (select call from callhook_call_ids where scope = ?1 and id = ?2)
