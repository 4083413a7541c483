//! Endpoints that ask the application for each request's tenant.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::auth::{Tenant, Tenants};

/// `acme` with `TOKEN`, `other` with another; `down` can't be told, and `slow` never is.
async fn look_up(name: String) -> Result<Option<Tenant>, Box<dyn Error + Send + Sync>> {
    Ok(match &*name {
        "acme" => Some(Tenant::new("7", TOKEN)?.app_ids(["7"])?),
        "shared" => Some(Tenant::new("8", TOKEN)?),
        "down" => return Err("the database is down".into()),
        "short" => Some(Tenant::new("9", "short")?),
        "slow" => std::future::pending().await,
        _ => None,
    })
}

fn endpoint() -> Endpoint<Event> {
    let tenants = Tenants::query_parameter("tenant", look_up);
    builder()
        .query_token("token", Secrets::of_tenant())
        .tenants(tenants)
        .build()
        .expect("a valid endpoint")
}

fn ask(endpoint: &Endpoint<Event>, tenant: &str, body: &str) -> (u16, Option<String>) {
    let query = format!("tenant={tenant}&token={TOKEN}");
    let answer = send(endpoint, "POST", &query, body).map(|(_, claimed)| {
        now(claimed.settle(HandlerOutcome::Status(200)));
    });
    outcome(answer)
}

#[test]
fn a_tenants_messages_never_mask_anothers() {
    let endpoint = endpoint();
    assert_eq!(ask(&endpoint, "acme", CDR), (0, None));
    assert_eq!(ask(&endpoint, "acme", CDR), told(200, "replay"));
    assert_eq!(ask(&endpoint, "shared", CDR), (0, None));
    assert_eq!(ask(&endpoint, "shared", CDR), told(200, "replay"));
}

#[test]
fn a_handler_is_told_the_tenants_id_and_the_message_is_without_its_name() {
    let query = format!("type=cdr&tenant=acme&cmiuuid=a&appid=7&token={TOKEN}");
    let (delivery, _claimed) = send(&endpoint(), "GET", &query, "").expect("handled");
    assert_eq!(delivery.tenant(), Some("7"));
    assert_eq!(delivery.raw(), "type=cdr&cmiuuid=a&appid=7");
}

#[test]
fn a_tenants_app_ids_narrow_what_the_endpoint_accepts() {
    let other = CDR.replace(r#""appid":7"#, r#""appid":8"#);
    let refused = told(403, "app_id_not_expected");
    assert_eq!(ask(&endpoint(), "acme", &other), refused);
    assert_eq!(ask(&endpoint(), "shared", &other), (0, None));
    let both = builder()
        .query_token("token", Secrets::of_tenant())
        .tenants(Tenants::query_parameter("tenant", look_up))
        .app_ids(["8"])
        .build()
        .expect("a valid tenant");
    assert_eq!(ask(&both, "acme", CDR), refused);
    assert_eq!(ask(&both, "acme", &other), refused);
    assert_eq!(ask(&both, "shared", &other), (0, None));
}

#[test]
fn a_tenant_that_cannot_be_told_is_503_and_an_unknown_one_401() {
    let endpoint = endpoint();
    for (tenant, status) in [("down", 503), ("short", 503), ("nobody", 401), ("", 401)] {
        assert_eq!(ask(&endpoint, tenant, CDR), (status, None), "{tenant}");
    }
    let query = format!("tenant=down&token={TOKEN}");
    let reply = admit(&endpoint, "POST", &query, &Headers::default()).expect_err("down");
    let refused = reply.rejection().expect("a refusal");
    assert_eq!(refused.kind(), RejectionKind::TenantLookup);
    assert_eq!(refused.code(), "tenant_lookup_failed");
    let source = std::error::Error::source(refused).expect("a cause");
    assert_eq!(source.to_string(), "the database is down");
    let headers: Vec<_> = reply.headers().collect();
    assert_eq!(headers, [("retry-after", Cow::Borrowed("5"))]);
}

#[test]
fn a_tenant_that_is_not_told_in_time_is_503() {
    let query = format!("tenant=slow&token={TOKEN}");
    let head = Head::new("POST", "/", Some(&query), &());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let endpoint = endpoint();
    let admission = endpoint.admit(&head, |timeout| async move {
        assert_eq!(timeout, Duration::from_secs(2));
        count.fetch_add(1, Ordering::SeqCst);
    });
    let refused = refusal(now(admission));
    assert_eq!(refused.kind(), RejectionKind::TenantLookup);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn nobody_is_asked_for_a_tenant_before_the_token_that_is_every_tenants_has_passed() {
    let tenants =
        Tenants::query_parameter("tenant", |_| async { Err::<Option<Tenant>, _>("asked") });
    let endpoint = builder()
        .header_token("x-token", TOKEN)
        .query_token("token", Secrets::of_tenant())
        .tenants(tenants)
        .build()
        .expect("a valid endpoint");
    let query = format!("tenant=acme&token={TOKEN}");
    let ask = |headers: &Headers| {
        let refused = admit(&endpoint, "POST", &query, headers).expect_err("refused");
        refused.status()
    };
    assert_eq!(ask(&Headers::default()), 401);
    assert_eq!(ask(&Headers::of([("x-token", "wrong")])), 401);
    assert_eq!(ask(&Headers::of([("x-token", TOKEN)])), 503);
}

#[test]
fn a_tenant_needs_an_id_and_secrets_of_its_own() {
    assert_eq!(
        Tenant::new("", TOKEN).err(),
        Some(ConfigError::Name {
            what: "tenant",
            name: String::new()
        })
    );
    assert_eq!(
        Tenant::new("7", Secrets::of_tenant()).err(),
        Some(ConfigError::Secret {
            guard: Some("tenant \"7\"".to_owned()),
            secret_name: None,
            problem: SecretProblem::Missing
        })
    );
    let none: [&str; 0] = [];
    let tenant = Tenant::new("7", TOKEN).expect("a valid tenant");
    assert_eq!(
        tenant.app_ids(none).err(),
        Some(ConfigError::Setting {
            setting: "the app ids of tenant \"7\"".to_owned(),
            problem: SettingProblem::Empty
        })
    );
}

#[test]
fn nobody_is_asked_for_a_tenant_before_the_guards_that_need_none_have_passed() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let tenants = Tenants::query_parameter("tenant", move |name| {
        count.fetch_add(1, Ordering::SeqCst);
        look_up(name)
    });
    let endpoint = builder()
        .query_token("token", Secrets::of_tenant())
        .tenants(tenants)
        .allow(["192.0.2.7"])
        .max_body_bytes(100)
        .build()
        .expect("a valid endpoint");
    let query = format!("tenant=acme&token={TOKEN}");
    let ask = |method, peer: &str, headers: &Headers| {
        let head = Head::new(method, "/", Some(&query), headers);
        let head = head.peer(peer.parse().expect("an address"));
        now(endpoint.admit(&head, no_sleep)).map_err(|rejection| rejection.status())
    };
    let none = Headers::default();
    let large = Headers::of([("content-length", "101")]);
    let packed = Headers::of([("content-encoding", "gzip")]);
    assert_eq!(ask("PUT", "192.0.2.7", &none).err(), Some(405));
    assert_eq!(ask("POST", "192.0.2.8", &none).err(), Some(403));
    assert_eq!(ask("POST", "192.0.2.7", &large).err(), Some(413));
    assert_eq!(ask("POST", "192.0.2.7", &packed).err(), Some(415));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert!(ask("POST", "192.0.2.7", &none).is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    // What can't be a name is nobody's.
    let long = format!("tenant={}&token={TOKEN}", "a".repeat(257));
    for query in ["", "tenant=", "tenant=a&tenant=a", "tenant=%ff", &long] {
        let head = Head::new("POST", "/", Some(query), &none);
        let head = head.peer("192.0.2.7".parse().expect("an address"));
        let refused = refusal(now(endpoint.admit(&head, no_sleep)));
        assert_eq!(refused.kind(), RejectionKind::Unauthenticated, "{query}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_standard_webhooks_secret_of_a_tenant_is_read_as_one_and_a_broken_one_is_refused_as_unknown() {
    let tenants = Tenants::path_segment(|name: String| async move {
        match &*name {
            "acme" => Tenant::new("1", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").map(Some),
            "broken" => Tenant::new("2", "this is not base64 at all").map(Some),
            _ => Ok(None),
        }
    });
    let clock = ManualClock::new(NOW);
    let endpoint = builder()
        .hmac(HmacScheme::standard_webhooks(Secrets::of_tenant()))
        .tenants(tenants)
        .clock(clock.clone())
        .build()
        .expect("a valid endpoint");
    let signer = HmacScheme::standard_webhooks("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").signer();
    let id = [("webhook-id", "msg_1")];
    let signed = signer.expect("a valid endpoint").sign(
        &Head::new("POST", "/", None, &id),
        CDR.as_bytes(),
        NOW,
    );
    let [(_, time), (_, signature)] = &signed.expect("signable")[..] else {
        panic!("two headers");
    };
    let headers = Headers::of([
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", time),
        ("webhook-signature", signature),
    ]);
    for (path, status) in [
        ("/acme", None),
        ("/acme/", None),
        // The log says so. The sender isn't told that there is such a tenant.
        ("/broken", Some(401)),
        ("/nobody", Some(401)),
    ] {
        let head = Head::new("POST", path, None, &headers);
        let received = now(endpoint.admit(&head, no_sleep))
            .and_then(|admitted| receive(admitted, CDR.as_bytes()));
        let refused = received.err().map(|reply| reply.status());
        assert_eq!(refused, status, "{path}");
    }
}

#[test]
fn as_many_comparisons_are_made_for_each_tenant_as_for_the_one_with_most_secrets() {
    let tenants = Tenants::path_segment(|name: String| async move {
        match &*name {
            "two" => Tenant::new("2", [TOKEN, "another-token-of-some-length"]).map(Some),
            "one" => Tenant::new("1", TOKEN).map(Some),
            _ => Ok(None),
        }
    });
    let comparisons = |name: &str| {
        let path = format!("/{name}");
        let head = Head::new("POST", &path, None, &());
        let found = now(tenants.find(tenants.name(&head).as_deref(), no_sleep));
        let found = found.expect("it can be told");
        let secrets = tenants.secrets(&found);
        secrets.own().map_or(0, Secrets::len) + secrets.dummies()
    };
    assert_eq!(["one", "none"].map(comparisons), [1; 2]);
    assert_eq!(["two", "one", "none"].map(comparisons), [2; 3]);
}

#[test]
fn a_cached_secret_that_was_replaced_is_accepted_until_its_time_is_over_or_it_is_forgotten() {
    let secrets = [TOKEN, OTHER];
    let rotations = Arc::new(AtomicUsize::new(0));
    let current = Arc::clone(&rotations);
    let tenants = Tenants::query_parameter("tenant", move |_| {
        let secret = secrets[current.load(Ordering::SeqCst) % 2];
        async move { Tenant::new("7", secret).map(Some) }
    });
    let clock = ManualClock::default();
    let endpoint = builder()
        .query_token("token", Secrets::of_tenant())
        .tenants(tenants.cached(Duration::from_secs(60)))
        .clock(clock.clone())
        .build()
        .expect("valid");
    let accepts = |token: &str| {
        let query = format!("tenant=acme&token={token}");
        admit(&endpoint, "POST", &query, &Headers::default()).is_ok()
    };
    let accepted = || secrets.map(accepts);
    assert_eq!(accepted(), [true, false]);
    rotations.fetch_add(1, Ordering::SeqCst);
    clock.advance(Duration::from_secs(59));
    assert_eq!(accepted(), [true, false]);
    clock.advance(Duration::from_secs(1));
    assert_eq!(accepted(), [false, true]);
    rotations.fetch_add(1, Ordering::SeqCst);
    assert_eq!(accepted(), [false, true]);
    // Clones of an endpoint have one cache.
    endpoint.clone().forget_tenant("7");
    assert_eq!(accepted(), [true, false]);
}

const OTHER: &str = "another-token-of-some-length";
