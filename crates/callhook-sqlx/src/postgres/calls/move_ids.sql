-- $1 key, $2 bigint[]: the keys of its other parts. What there is no room for goes with its part.
update callhook_call_ids set call = $1
where (scope, id) in (
    select scope, id from callhook_call_ids where call = any($2::bigint[])
    order by scope, id
    limit greatest(0, 256 - (select count(*) from callhook_call_ids where call = $1))
)
