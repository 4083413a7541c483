-- $1 bigint[]: the ids' locks, ascending. The last lock is shared, and says since when this transaction writes calls.
select pg_advisory_xact_lock(id_lock) from unnest($1::bigint[]) id_lock
union all
select pg_advisory_xact_lock_shared(
    (25448::bigint << 48) | floor(extract(epoch from clock_timestamp()) * 1000)::bigint
)
