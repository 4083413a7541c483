-- $1 key, $2 call, $3 direction, $4 outcome, $5 customer, $6 agent, $7 started_at, $8 is_over, $9 whether it is news.
update callhook_calls set
    call = $2, direction = $3, outcome = $4, customer = $5, agent = $6, started_at = $7, is_over = $8,
    changed_at = case when $9 then clock_timestamp() else changed_at end
where id = $1
