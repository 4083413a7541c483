create table callhook_replay (
    message blob not null check (length(message) = 32),
    content blob not null check (length(content) = 16),
    token blob not null check (length(token) = 16),
    -- 0: held by the token's owner, 1: released by it, 2: handled by it
    state integer not null check (state between 0 and 2),
    -- of the lease, or of the window, in milliseconds since 1970
    until integer not null,
    primary key (message, content)
) strict, without rowid;
create index callhook_replay_until on callhook_replay (until);
