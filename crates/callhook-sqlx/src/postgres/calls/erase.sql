-- $1 key. Returns the key of the call that was deleted.
delete from callhook_calls
where id = coalesce((select call from callhook_call_keys where absorbed = $1), $1)
returning id
