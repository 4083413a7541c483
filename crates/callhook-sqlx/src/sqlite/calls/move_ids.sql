-- ?1 key, ?2 the key of another part. What there is no room for goes with its part.
update callhook_call_ids set call = ?1
where (scope, id) in (
    select scope, id from callhook_call_ids where call = ?2
    order by scope, id
    limit max(0, 256 - (select count(*) from callhook_call_ids where call = ?1))
)
