-- $1 milliseconds since their last change, $2 how many at most. The first to change first.
select
    c.id,
    c.call,
    round(extract(epoch from c.changed_at) * 1000000)::bigint as changed_us,
    (select string_agg(k.absorbed::text, ',' order by k.absorbed) from callhook_call_keys k where k.call = c.id) as absorbed
from callhook_calls c
where not c.is_over and c.changed_at <= clock_timestamp() - $1::bigint * interval '1 millisecond'
order by c.changed_at, c.id
limit $2
