-- $1 text[]: scopes, $2 text[]: ids, one for each scope. Which ids lead where, and the call that they lead to, locked, if
-- it is only one.
with known as materialized (
    select scope, id, call from callhook_call_ids
    where (scope, id) in (select asked.scope, asked.id from unnest($1::text[], $2::text[]) asked (scope, id))
),
part as materialized (
    select id, call from callhook_calls
    where id = (select min(call) from known having min(call) = max(call))
    for update
)
select scope, id, call as key, null as call from known
union all
select null, null, id, call from part
