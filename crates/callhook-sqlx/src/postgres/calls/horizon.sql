-- Microseconds since 1970 before which no call changes any more: now, or when the oldest transaction that writes calls
-- began to. Its lock says so: see LOCK.
-- The clock has to be read before the locks. A transaction that takes its lock after they were read isn't among them,
-- and would change calls before a later reading of the clock. The locks are read for each row of `n`, so after it: they
-- refer to `n`, which `offset 0` keeps apart.
select least(n.at, l.at)
from (select round(extract(epoch from clock_timestamp()) * 1000000)::bigint as at offset 0) n
cross join lateral (
    select min(((classid::bigint & 65535) << 32 | objid::bigint) * 1000) as at
    from pg_locks
    where locktype = 'advisory' and mode = 'ShareLock' and objsubid = 1 and classid::bigint >> 16 = 25448
    and database = (select oid from pg_database where datname = current_database())
    and n.at > 0
) l
