-- $1 bigint[]: the keys of the other parts.
delete from callhook_calls where id = any($1::bigint[])
