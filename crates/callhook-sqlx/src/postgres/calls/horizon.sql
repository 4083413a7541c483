-- Microseconds since 1970 before which no call changes any more: now, or when the oldest transaction that writes calls
-- began to. Its lock says so: see LOCK.
select least(
    round(extract(epoch from clock_timestamp()) * 1000000)::bigint,
    min(((classid::bigint & 65535) << 32 | objid::bigint) * 1000)
)
from pg_locks
where locktype = 'advisory' and mode = 'ShareLock' and objsubid = 1 and classid::bigint >> 16 = 25448
and database = (select oid from pg_database where datname = current_database())
