//! What fails is tried again, is shown once it has failed for good, and can be run again.

use callhook_test_support::{Reply, cdr};
use serde_json::Value;

use crate::database::Database;
use crate::server::{Server, TARGET, command};

#[test]
fn a_job_that_fails_for_good_is_shown_holds_up_no_other_and_runs_again() {
    let database = Database::start(&["fsync=off"]);
    let server = Server::start(command(&database));
    database.run(CLOSED);
    assert_eq!(server.post_to(TARGET, &cdr("closed-1")), 204);
    for leg in ["a", "b", r"nul\u0000", "c", "d"] {
        assert_eq!(server.post_to(TARGET, &cdr(leg)), 204, "{leg}");
    }
    database.wait_for("the others", "select count(*) from call_log", 5);
    database.wait_for("the last try", FAILED, 1);

    let failed = list(&server);
    let [job] = &failed[..] else {
        panic!("{failed:?}");
    };
    assert_eq!(
        (&job["kind"], &job["attempts"]),
        (&"telecmi".into(), &2.into())
    );
    let error = job["error"].as_str().expect("an error");
    assert!(error.contains("the call log is closed"), "{error}");
    let id = &job["id"];
    let retry = format!("/failed/{id}/retry");

    // Not for a page that a browser shows, not for whoever is led here by another name, and no other job.
    let post = |target: &str, headers: &[_]| server.privately("POST", target, headers).status;
    for header in [("origin", "http://localhost"), ("sec-fetch-site", "none")] {
        assert_eq!(post(&retry, &[header]), 403, "{header:?}");
        assert_eq!(post("/failed/retry", &[header]), 403, "{header:?}");
    }
    assert_eq!(post(&retry, &[("x-forwarded-for", "192.0.2.1")]), 403);
    for (target, status) in [("/failed", 200), ("/failed/1", 404)] {
        let answer = server.privately("GET", target, &[]);
        assert_eq!(answer.status, status, "{target}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{target}");
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{target}"
        );
    }
    assert_eq!(post("/failed/1000000/retry", &[]), 404);
    assert_eq!(post("/failed/x/retry", &[]), 400);
    assert_eq!(database.number(FAILED), 1);

    database.run(OPEN);
    assert_eq!(post(&retry, &[]), 204);
    database.wait_for("the job's row", "select count(*) from call_log", 6);
    database.wait_for("the job's end", JOBS, 0);
    assert_eq!(list(&server), [Value::Null; 0]);
    assert_eq!(post(&retry, &[]), 404);

    let log = server.terminate();
    assert!(log.contains("a job failed for good"), "{log}");
    for private in ["440000000001", "440000000002", "closed-1"] {
        assert!(!log.contains(private), "{log}");
    }
}

#[test]
fn all_that_failed_run_again_with_one_request() {
    let database = Database::start(&["fsync=off"]);
    let server = Server::start(command(&database));
    database.run(CLOSED);
    for leg in ["closed-1", "closed-2", "closed-3"] {
        assert_eq!(server.post_to(TARGET, &cdr(leg)), 204);
    }
    database.wait_for("the last tries", FAILED, 3);
    database.run(OPEN);
    let reply = server.privately("POST", "/failed/retry", &[]);
    assert_eq!(json(&reply)["run_again"], 3);
    database.wait_for("the jobs' rows", "select count(*) from call_log", 3);
    let reply = server.privately("POST", "/failed/retry", &[]);
    assert_eq!(json(&reply)["run_again"], 0);
}

#[test]
fn a_job_that_brings_its_process_down_each_time_has_failed_for_good_in_the_end() {
    let database = Database::start(&["fsync=off"]);
    let mut server = Server::start(command(&database));
    database.run(HANGING);
    assert_eq!(server.post_to(TARGET, &cdr("hangs")), 204);
    for attempt in 1..=2 {
        database.wait_for("the job's attempt", UNDER_WAY, attempt);
        server.kill();
        server = Server::start(command(&database));
    }
    database.wait_for("the end of all tries", FAILED, 1);
    let failed = list(&server);
    assert_eq!((failed.len(), &failed[0]["attempts"]), (1, &2.into()));
    assert!(failed[0]["error"].as_str().is_some(), "{failed:?}");
}

fn list(server: &Server) -> Vec<Value> {
    let reply = server.privately("GET", "/failed", &[]);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    json(&reply).as_array().expect("an array").clone()
}

fn json(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{reply:?}");
    serde_json::from_slice(&reply.body).expect("JSON")
}

const FAILED: &str = "select count(*) from graphile_worker.jobs where attempts >= max_attempts and locked_at is null";

const JOBS: &str = "select count(*) from graphile_worker.jobs";

/// Which attempt the one job is at, while it is.
const UNDER_WAY: &str = "select coalesce(max(attempts), 0)::bigint from graphile_worker.jobs where locked_at is not null";

/// Some calls can't be logged.
const CLOSED: &str = "
create function closed() returns trigger language plpgsql as $$ begin
  if new.leg like 'closed%' then raise exception 'the call log is closed'; end if;
  return new;
end $$;
create trigger closed before insert on call_log for each row execute function closed();";

const OPEN: &str = "drop trigger closed on call_log";

/// A call can't be logged in the time that a test has.
const HANGING: &str = "
create function hanging() returns trigger language plpgsql as $$ begin
  perform pg_sleep(600);
  return new;
end $$;
create trigger hanging before insert on call_log for each row execute function hanging();";
