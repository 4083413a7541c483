-- $1 bigint[]: keys. Locks the rows, in their order.
select id, call from callhook_calls where id = any($1::bigint[]) order by id for update
