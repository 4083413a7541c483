-- Before all reads: it takes the writer's lock. Returns the version of what this transaction changes.
update callhook_call_version set version = version + 1 returning version
