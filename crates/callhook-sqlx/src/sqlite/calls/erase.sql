-- ?1 key.
delete from callhook_calls
where id = coalesce((select call from callhook_call_keys where absorbed = ?1), ?1)
