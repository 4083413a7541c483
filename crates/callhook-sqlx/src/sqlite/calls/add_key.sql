-- ?1 key, ?2 the key of another part.
insert into callhook_call_keys (absorbed, call) values (?2, ?1)
on conflict (absorbed) do update set call = excluded.call
