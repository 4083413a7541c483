-- $1 and $2: microseconds and key after which, $3 microseconds before which, $4 how many at most.
select
    c.id,
    c.call,
    round(extract(epoch from c.changed_at) * 1000000)::bigint as changed_us,
    (select string_agg(k.absorbed::text, ',' order by k.absorbed) from callhook_call_keys k where k.call = c.id) as absorbed
from callhook_calls c
where (c.changed_at, c.id) > ('epoch'::timestamptz + $1::bigint * interval '1 microsecond', $2)
and c.changed_at < 'epoch'::timestamptz + $3::bigint * interval '1 microsecond'
order by c.changed_at, c.id
limit $4
