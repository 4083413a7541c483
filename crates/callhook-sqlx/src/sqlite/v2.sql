create table callhook_calls (
    -- the call's key, which no other call ever gets
    id integer primary key autoincrement,
    -- provider and tenant
    scope text not null,
    -- all that its messages tell, as JSON
    call text not null,
    -- what it answers, for those who look at the table
    direction text,
    outcome text,
    customer text,
    agent text,
    -- milliseconds since 1970
    started_at integer,
    is_over integer not null,
    -- by a message that was news, in milliseconds since 1970
    changed_at integer not null,
    -- of the last change: changes in the order of their transactions
    version integer not null
) strict;
create index callhook_calls_open on callhook_calls (version, id) where not is_over;
create index callhook_calls_changed on callhook_calls (changed_at);
create index callhook_calls_version on callhook_calls (version, id);
create table callhook_call_ids (
    scope text not null,
    id text not null,
    call integer not null,
    primary key (scope, id)
) strict, without rowid;
create index callhook_call_ids_call on callhook_call_ids (call);
-- Keys of calls that turned out to be parts of others.
create table callhook_call_keys (
    absorbed integer primary key,
    call integer not null
) strict;
create index callhook_call_keys_call on callhook_call_keys (call, absorbed);
-- One row: the version of the last transaction that wrote calls.
create table callhook_call_version (
    one integer primary key check (one = 1),
    version integer not null
) strict;
insert into callhook_call_version (one, version) values (1, 0);
-- Not a foreign key, which a connection may have turned off.
create trigger callhook_calls_deleted after delete on callhook_calls begin
    delete from callhook_call_ids where call = old.id;
    delete from callhook_call_keys where call = old.id;
end;
