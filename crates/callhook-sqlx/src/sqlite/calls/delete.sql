-- ?1 the key of another part.
delete from callhook_calls where id = ?1
