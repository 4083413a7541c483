-- $1 key, $2 scope, $3 text[]: ids. A call has 256 of them at most.
insert into callhook_call_ids (scope, id, call)
select $2, asked.id, $1 from unnest($3::text[]) asked (id)
where not exists (select from callhook_call_ids known where known.scope = $2 and known.id = asked.id)
limit greatest(0, 256 - (select count(*) from callhook_call_ids where call = $1))
on conflict do nothing
