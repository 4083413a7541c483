-- ?1 key. The last 256 keys that lead to it stay.
delete from callhook_call_keys
where absorbed in (
    select absorbed from callhook_call_keys where call = ?1 order by absorbed desc limit -1 offset 256
)
