-- $1 milliseconds since their last change, $2 how many at most.
delete from callhook_calls c
using (
    select id from callhook_calls
    where changed_at < clock_timestamp() - $1::bigint * interval '1 millisecond'
    order by changed_at
    limit $2
    for update skip locked
) d
where c.id = d.id
