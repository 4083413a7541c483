-- $1 how many at most.
delete from callhook_replay r
using (
    select message, content from callhook_replay
    where until <= statement_timestamp()
    order by until
    limit $1
    for update skip locked
) d
where r.message = d.message and r.content = d.content
