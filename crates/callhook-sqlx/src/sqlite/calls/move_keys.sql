-- ?1 key, ?2 the key of another part.
update callhook_call_keys set call = ?1 where call = ?2
