//! Which messages get a job.

use callhook_test_support::{TOKEN, cdr, cdr_with_recording, flow};

use crate::database::Database;
use crate::server::{Server, TARGET, command};

#[test]
fn each_content_of_a_message_has_one_job_and_a_caller_who_waits_has_none() {
    let database = Database::start(&["fsync=off"]);
    let mut receiving = command(&database);
    receiving.env("JOBS_AT_ONCE", "0");
    let server = Server::start(receiving);
    let enqueued = || database.number("select count(*) from graphile_worker.jobs");

    assert_eq!(server.post_to(TARGET, &cdr("a")), 204);
    assert_eq!(enqueued(), 1);
    assert_eq!(server.post_to(TARGET, &cdr("a")), 200, "a copy");
    assert_eq!(enqueued(), 1);
    assert_eq!(server.post_to(TARGET, &cdr_with_recording("a")), 204);
    assert_eq!(enqueued(), 2);
    assert_eq!(server.post_to(TARGET, &flow("b")), 501, "a call's flow");
    assert_eq!(enqueued(), 2);

    // Without an id a copy can't be told.
    let anonymous = r#"{"type":"cdr","status":"answered"}"#;
    for _ in 0..2 {
        assert_eq!(server.post_to(TARGET, anonymous), 204);
    }
    assert_eq!(enqueued(), 4);
    let voipappz = format!("/webhooks/voipappz/call-answer?token={TOKEN}");
    assert_eq!(server.post_to(&voipappz, r#"{"callid":"c"}"#), 204);
    assert_eq!(enqueued(), 5);

    // A process of its own works.
    assert_eq!(database.number("select count(*) from call_log"), 0);
    let _worker = Server::start(command(&database));
    database.wait_for("the work", "select count(*) from call_log", 5);
}
