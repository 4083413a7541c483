-- ?1 key.
select call from callhook_calls where id = ?1
