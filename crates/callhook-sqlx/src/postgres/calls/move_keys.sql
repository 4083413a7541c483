-- $1 key, $2 bigint[]: the keys of its other parts.
with older as (
    update callhook_call_keys set call = $1 where call = any($2::bigint[])
)
insert into callhook_call_keys (absorbed, call)
select part, $1 from unnest($2::bigint[]) part
on conflict (absorbed) do update set call = excluded.call
