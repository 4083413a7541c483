//! What is logged of refusals and of endpoints, and at which level.

use super::logs::logged;
use super::*;
use crate::auth::{SignatureTimestamp, Tenant, Tenants};

/// Of a refused request, which leaves one line: its status, guard and cause.
fn refused(endpoint: &Endpoint<Event>, head: &Head<'_>, body: &str) -> (u16, String, String) {
    let mut status = 0;
    let log = logged(|| {
        let admitted = now(endpoint.admit(head, no_sleep));
        let verified = admitted.and_then(|admitted| receive(admitted, body.to_owned()));
        status = verified.expect_err("not refused").status();
    });
    let [line] = &log[..] else {
        panic!("{log:?}");
    };
    assert!(line.starts_with("INFO callhook: "), "{line}");
    let (rest, cause) = line.split_once(" cause=").expect("a cause");
    let (_, guard) = rest.split_once(" guard=").expect("a guard");
    (status, guard.trim_matches('"').to_owned(), cause.to_owned())
}

#[test]
fn a_401_has_its_guards_code_and_a_cause_that_says_nothing_of_what_was_presented() {
    let wrong = "something-that-is-wrong";
    let token = [("x-token", wrong)];
    // base64 of "telecmi:something-that-is-wrong"
    let basic = [(
        "authorization",
        "Basic dGVsZWNtaTpzb21ldGhpbmctdGhhdC1pcy13cm9uZw==",
    )];
    let bearer = [("authorization", "Bearer something-that-is-wrong")];
    let zeros = "0".repeat(64);
    let signed = [("x-signature", &*zeros)];
    let hmac = || HmacScheme::sha256("X-Signature", TOKEN);
    let path = format!("/{wrong}");
    let query = format!("token={wrong}");
    let body = format!(r#"{{"custom":"{wrong}"}}"#);
    let cases: [(EndpointBuilder<Event>, Head<'_>, &str, &str, &str); 11] = [
        (
            guarded(),
            Head::new("POST", "/", Some(&query), &()),
            "",
            "query_token:token",
            r#"query parameter "token": the token is wrong"#,
        ),
        (
            guarded(),
            Head::new("POST", "/", None, &()),
            "",
            "query_token:token",
            r#"query parameter "token": the token is missing"#,
        ),
        (
            guarded().header_token("X-Token", TOKEN),
            Head::new("POST", "/", Some(RIGHT), &token),
            "",
            "header_token:x-token",
            r#"header "x-token": the token is wrong"#,
        ),
        (
            builder().path_token(TOKEN),
            Head::new("POST", &path, None, &()),
            "",
            "path_token",
            "last path segment: the token is wrong",
        ),
        (
            builder().basic_auth("telecmi", TOKEN),
            Head::new("POST", "/", None, &basic),
            "",
            "basic_auth:telecmi",
            r#"basic user "telecmi": the token is wrong"#,
        ),
        (
            builder().bearer_token(TOKEN),
            Head::new("POST", "/", None, &bearer),
            "",
            "bearer_token",
            "bearer token: the token is wrong",
        ),
        (
            builder().bearer_token(TOKEN),
            Head::new("POST", "/", None, &basic),
            "",
            "bearer_token",
            "bearer token: the authorization header has an unexpected scheme",
        ),
        (
            builder().body_token("custom", TOKEN),
            Head::new("POST", "/", None, &()),
            &body,
            "body_token:custom",
            r#"body field "custom": the token is wrong"#,
        ),
        (
            builder().body_token("custom", TOKEN),
            Head::new("POST", "/", None, &()),
            "{}",
            "body_token:custom",
            r#"body field "custom": the token is missing"#,
        ),
        (
            builder().hmac(hmac()),
            Head::new("POST", "/", None, &()),
            "{}",
            "hmac:x-signature",
            r#"signature header "x-signature": the signature is missing"#,
        ),
        (
            builder().hmac(hmac()),
            Head::new("POST", "/", None, &signed),
            "{}",
            "hmac:x-signature",
            r#"signature header "x-signature": the signature is wrong"#,
        ),
    ];
    for (builder, head, body, guard, cause) in cases {
        let endpoint = builder.build().expect("valid");
        let found = refused(&endpoint, &head, body);
        assert_eq!(found, (401, guard.to_owned(), cause.to_owned()));
    }
}

/// A query with the right token.
const RIGHT: &str = "token=a-token-of-some-length";

#[test]
fn the_cause_of_a_timestamp_out_of_its_tolerance_is_by_how_much_and_to_which_side() {
    let time = SignatureTimestamp::header("x-time").tolerance(Duration::from_secs(60));
    let hmac = HmacScheme::sha256("x-signature", TOKEN)
        .timestamp(time)
        .signed(Signed::TimestampAndContent);
    let endpoint = builder()
        .hmac(hmac)
        .clock(ManualClock::new(NOW + Duration::from_secs(1_000_000)))
        .build()
        .expect("valid");
    for (time, off) in [
        ("999939", "61 s behind"),
        ("1003600", "3600 s ahead of"),
        ("1000000000", "999000000 s ahead of"),
    ] {
        let zeros = "0".repeat(64);
        let headers = Headers::of([("x-signature", &*zeros), ("x-time", time)]);
        let head = Head::new("POST", "/", None, &headers);
        let cause = format!(
            r#"signature header "x-signature": the timestamp is {off} this program's clock, and the tolerance is 60 s"#
        );
        let guard = "hmac:x-signature".to_owned();
        assert_eq!(refused(&endpoint, &head, "{}"), (401, guard, cause));
    }
}

#[test]
fn an_unknown_tenant_is_the_cause_whichever_guard_refuses() {
    let tenants = Tenants::query_parameter("tenant", async |_| Ok::<_, ConfigError>(None));
    let endpoint = builder()
        .query_token("token", Secrets::of_tenant())
        .tenants(tenants)
        .build()
        .expect("valid");
    let query = format!("tenant=acme&{RIGHT}");
    let head = Head::new("POST", "/", Some(&query), &());
    let (guard, cause) = ("tenants".to_owned(), "the tenant is unknown".to_owned());
    assert_eq!(refused(&endpoint, &head, "{}"), (401, guard, cause));
}

#[test]
fn a_copy_that_comes_while_the_first_is_handled_is_worth_an_info() {
    let endpoint = endpoint();
    let (_, _claimed) = post(&endpoint, CDR).expect("the first");
    let log = logged(|| {
        assert_eq!(outcome(post(&endpoint, CDR)), told(503, "in_flight"));
    });
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(log[0].starts_with("INFO callhook: "), "{log:?}");
    assert!(log[0].contains(r#"outcome="in_flight""#), "{log:?}");
    // What else is refused of a sender that authenticated is worth a warning.
    let log = logged(|| {
        assert_eq!(outcome(post(&endpoint, "{")), told(400, "malformed"));
    });
    assert!(log[0].starts_with("WARN callhook: "), "{log:?}");
}

/// How many warnings there are of these endpoints, which are built one after the other.
fn warnings(act: impl FnOnce()) -> usize {
    let is_warning = |line: &&String| line.contains("a second endpoint of this name");
    let log = logged(act);
    let warnings = log.iter().filter(is_warning);
    warnings
        .inspect(|line| assert!(line.starts_with("WARN callhook: "), "{line}"))
        .count()
}

#[test]
fn a_second_endpoint_of_one_name_with_a_memory_store_of_its_own_is_warned_of_once() {
    let build = |name: &str| guarded().name(name).build().expect("valid");
    let found = warnings(|| {
        let workers: Vec<_> = (0..4).map(|_| build("for each worker")).collect();
        drop(workers);
        let again = [build("for each worker"), build("for each worker")];
        drop(again);
    });
    assert_eq!(found, 1);
    // Other names, and other providers, are other endpoints.
    let found = warnings(|| {
        let one = build("one of two");
        let other = build("other of two");
        let foreign = Endpoint::builder(crate::piopiy::Piopiy)
            .query_token("token", TOKEN)
            .name("one of two")
            .build()
            .expect("valid");
        drop((one, other, foreign));
    });
    assert_eq!(found, 0);
}

#[test]
fn an_endpoint_that_replaces_one_that_was_dropped_is_not_warned_of() {
    let build = || guarded().name("replaced").build().expect("valid");
    let found = warnings(|| {
        let first = build();
        let (_, claimed) = post(&first, CDR).expect("handled");
        // A handler that still runs holds nothing but its claim.
        drop(first);
        drop(build());
        let third = build();
        drop(claimed);
        drop(third);
    });
    assert_eq!(found, 0);
    let found = warnings(|| drop((build(), build())));
    assert_eq!(found, 1);
}

#[test]
fn endpoints_that_share_a_store_or_have_none_are_not_warned_of() {
    let found = warnings(|| {
        let store = MemoryStore::new();
        let shared = || guarded().name("shared").replay_store(store.clone());
        let none = || guarded().name("none").insecure_no_replay_protection();
        drop([shared(), shared()].map(|builder| builder.build().expect("valid")));
        drop([none(), none()].map(|builder| builder.build().expect("valid")));
    });
    assert_eq!(found, 0);
}

/// Of each of these lookups in turn: what the log has, without what every outcome has.
fn lookups(endpoint: &Endpoint<Event>, tenant: &str, times: usize) -> Vec<String> {
    let log = logged(|| {
        for _ in 0..times {
            let query = format!("tenant={tenant}&{RIGHT}");
            drop(send(endpoint, "POST", &query, CDR));
        }
    });
    let is_outcome = |line: &String| line.contains(" outcome=");
    log.into_iter().filter(|line| !is_outcome(line)).collect()
}

fn with_lookup(
    clock: &ManualClock,
    lookup: impl Fn(&str) -> Result<bool, &'static str> + Send + Sync + Clone + 'static,
) -> Endpoint<Event> {
    let tenants = Tenants::query_parameter("tenant", move |name: String| {
        let lookup = lookup.clone();
        async move {
            let is_known = lookup(&name)?;
            let tenant = is_known.then(|| Tenant::new(&*name, TOKEN).expect("valid"));
            Ok::<_, &'static str>(tenant)
        }
    });
    builder()
        .name("calls")
        .query_token("token", Secrets::of_tenant())
        .tenants(tenants)
        .clock(clock.clone())
        .insecure_no_replay_protection()
        .build()
        .expect("valid")
}

#[test]
fn lookup_errors_are_logged_by_tenant_and_so_is_the_end_of_them() {
    let is_down = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let clock = ManualClock::default();
    let lookup = {
        let is_down = Arc::clone(&is_down);
        move |name: &str| match is_down.load(std::sync::atomic::Ordering::SeqCst) {
            true if name != "healthy" => Err("the shard is down"),
            _ => Ok(true),
        }
    };
    let endpoint = with_lookup(&clock, lookup);
    let failed = |tenant: &str| {
        vec![format!(
            "ERROR callhook: the tenant could not be looked up; its messages are refused with 503 \
             endpoint=\"calls\" tenant=\"{tenant}\" error=the shard is down"
        )]
    };
    assert_eq!(lookups(&endpoint, "acme", 3), failed("acme"));
    assert_eq!(lookups(&endpoint, "healthy", 3), [""; 0]);
    assert_eq!(lookups(&endpoint, "other", 3), failed("other"));
    // It can't pass for a line of its own, and can't fill the log.
    assert_eq!(
        lookups(&endpoint, "x%0AERROR+callhook:+%22%1B%5B2J", 2),
        failed(r#"x\nERROR callhook: \"\u{1b}[2J"#)
    );
    let long = "a".repeat(256);
    let [line] = &lookups(&endpoint, &long, 2)[..] else {
        panic!("one line");
    };
    assert!(line.len() < 250, "{line}");

    is_down.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(lookups(&endpoint, "acme", 1), [""; 0]);
    clock.advance(Duration::from_secs(10));
    assert_eq!(
        lookups(&endpoint, "acme", 2),
        ["INFO callhook: the tenant can be looked up again endpoint=\"calls\" tenant=\"acme\""]
    );
}

#[test]
fn of_many_tenants_that_can_not_be_looked_up_256_are_named() {
    let endpoint = with_lookup(&ManualClock::default(), |_| Err("the database is down"));
    let logged: Vec<String> = (0..300)
        .flat_map(|number| lookups(&endpoint, &format!("tenant-{number}"), 1))
        .collect();
    assert_eq!(logged.len(), 257);
    let last = logged.last().expect("a line");
    assert!(
        last.contains("more than 256 tenants could not be looked up"),
        "{last}"
    );
    assert!(!last.contains("tenant-256"), "{last}");
}

#[test]
fn a_lookup_that_panics_is_503_and_the_endpoint_goes_on() {
    let endpoint = with_lookup(&ManualClock::default(), |name| match name {
        "panics" => panic!("of a test, with {TOKEN}"),
        _ => Ok(true),
    });
    let panics = format!("tenant=panics&{RIGHT}");
    assert_eq!(outcome(send(&endpoint, "POST", &panics, CDR)), (503, None));
    let log = lookups(&endpoint, "panics", 1);
    assert_eq!(log, [""; 0]);
    let acme = format!("tenant=acme&{RIGHT}");
    assert_eq!(outcome(send(&endpoint, "POST", &acme, CDR)), (0, None));
    // Another's, whose first it is.
    let other = with_lookup(&ManualClock::default(), |_| {
        panic!("of a test, with {TOKEN}")
    });
    let log = lookups(&other, "acme", 1);
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(
        log[0].ends_with(r#"tenant="acme" error=the lookup panicked"#),
        "{log:?}"
    );
    // Before it returns a future, too.
    let at_once = Tenants::query_parameter(
        "tenant",
        |_| -> std::future::Ready<Result<_, &'static str>> { panic!("of a test") },
    );
    let endpoint = builder()
        .query_token("token", Secrets::of_tenant())
        .tenants(at_once);
    let endpoint = endpoint.build().expect("valid");
    assert_eq!(outcome(send(&endpoint, "POST", &acme, CDR)), (503, None));
}
