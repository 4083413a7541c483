create table callhook_replay (
    message bytea not null check (octet_length(message) = 32),
    content bytea not null check (octet_length(content) = 16),
    token bytea not null check (octet_length(token) = 16),
    -- 0: held by the token's owner, 1: released by it, 2: handled by it
    state smallint not null check (state between 0 and 2),
    -- of the lease, or of the window
    until timestamptz not null,
    primary key (message, content)
);
create index callhook_replay_until on callhook_replay (until);
