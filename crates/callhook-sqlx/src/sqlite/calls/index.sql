-- ?1 key, ?2 scope, ?3 id. A call has 256 of them at most.
insert into callhook_call_ids (scope, id, call)
select ?2, ?3, ?1 where (select count(*) from callhook_call_ids where call = ?1) < 256
on conflict do nothing
