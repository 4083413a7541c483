-- $1 text[]: scopes, $2 text[]: ids, one for each scope.
select scope, id, call from callhook_call_ids
where (scope, id) in (select asked.scope, asked.id from unnest($1::text[], $2::text[]) asked (scope, id))
