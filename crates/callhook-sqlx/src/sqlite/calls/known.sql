-- ?1 scope, ?2 id.
select call from callhook_call_ids where scope = ?1 and id = ?2
