create table callhook_calls (
    -- the call's key
    id bigint generated always as identity primary key,
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
    started_at bigint,
    is_over boolean not null,
    -- by a message that was news
    changed_at timestamptz not null default clock_timestamp()
);
create index callhook_calls_open on callhook_calls (changed_at, id) where not is_over;
create index callhook_calls_changed on callhook_calls (changed_at, id);
create table callhook_call_ids (
    scope text not null,
    id text not null,
    call bigint not null references callhook_calls on delete cascade,
    primary key (scope, id)
);
create index callhook_call_ids_call on callhook_call_ids (call);
-- Keys of calls that turned out to be parts of others.
create table callhook_call_keys (
    absorbed bigint primary key,
    call bigint not null references callhook_calls on delete cascade
);
create index callhook_call_keys_call on callhook_call_keys (call, absorbed);
