//! What an operator finds in the log.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::Ordering;

use super::logs::{field, logged};
use super::*;
use crate::auth::{Tenant, Tenants};
use crate::clock::Clock as _;

/// "acme says they get 401s since noon": who, from where, which guard, since when, and who else, from the log alone.
#[test]
fn why_a_tenant_gets_401s_since_noon_is_in_the_log() {
    let is_rotated = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let rotated = Arc::clone(&is_rotated);
    let tenants = Tenants::query_parameter("tenant", move |name: String| {
        // Somebody replaces acme's secret at noon, and doesn't tell the platform.
        let secret = match rotated.load(Ordering::SeqCst) && name == "acme" {
            true => "another-token-of-some-length",
            false => TOKEN,
        };
        let tenant = ["acme", "other"].contains(&&*name);
        let tenant = tenant.then(|| Tenant::new(&*name, secret)).transpose();
        std::future::ready(tenant)
    });
    let morning = SystemTime::UNIX_EPOCH + Duration::from_secs(8 * 3600);
    let clock = ManualClock::new(morning);
    let endpoint = builder()
        .query_token("token", Secrets::of_tenant())
        .tenants(tenants)
        .name("calls")
        .clock(clock.clone())
        .build()
        .expect("valid");
    let message = |tenant: &str, client: u8, number: u64| {
        let query = format!("tenant={tenant}&token={TOKEN}");
        let head = Head::new("POST", "/hook", Some(&query), &());
        let head = head.peer(IpAddr::V4(Ipv4Addr::new(192, 0, 2, client)));
        let body = CDR.replace(r#""cmiuuid":"a""#, &format!(r#""cmiuuid":"{number}""#));
        let admitted = now(endpoint.admit(&head, no_sleep));
        let claimed = admitted
            .and_then(|admitted| receive(admitted, body))
            .and_then(|verified| now(verified.claim()));
        if let Ok(unsettled) = claimed {
            let (_, claimed) = unsettled.into_parts();
            now(claimed.settle(HandlerOutcome::Status(200)));
        }
    };

    // A log from 8 to 16 o'clock, each line with its time.
    let mut log = Vec::new();
    for quarter in 0..32 {
        is_rotated.store(quarter >= 16, Ordering::SeqCst);
        let lines = logged(|| {
            message("acme", 7, 2 * quarter);
            message("other", 8, 2 * quarter + 1);
            message("made-up", 66, 0);
        });
        let minutes = clock.elapsed().as_secs() / 60;
        let time = format!("{:02}:{:02}", 8 + minutes / 60, minutes % 60);
        log.extend(lines.into_iter().map(|line| format!("{time} {line}")));
        clock.advance(Duration::from_secs(15 * 60));
    }

    // What somebody would search for.
    let acme: Vec<&String> = log
        .iter()
        .filter(|line| field(line, "tenant") == Some("acme"))
        .collect();
    let refused: Vec<&&String> = acme
        .iter()
        .filter(|line| field(line, "status") == Some("401"))
        .collect();
    let values = |name| {
        let values = refused.iter().map(|line| field(line, name).unwrap_or("-"));
        values
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert!(refused[0].starts_with("12:00 INFO"), "{}", refused[0]);
    assert_eq!(refused.len(), 16);
    assert_eq!(values("endpoint"), ["calls"]);
    assert_eq!(values("client"), ["192.0.2.7"]);
    assert_eq!(values("guard"), ["query_token:token"]);
    assert!(refused[0].ends_with(r#"cause=query parameter "token": the token is wrong"#));
    // Until then all was well, from the same client, and nobody else's trouble is acme's.
    let well = acme
        .iter()
        .filter(|line| field(line, "outcome") == Some("handled"));
    let well: Vec<_> = well.collect();
    assert!(well.iter().all(|line| line[..5] < *"12:00"));
    assert_eq!(well.len(), 16);
    let others = log
        .iter()
        .filter(|line| field(line, "tenant") == Some("other"));
    assert!(
        others
            .clone()
            .all(|line| field(line, "outcome") == Some("handled"))
    );
    assert_eq!(others.count(), 32);
    // A stranger is told from a customer, and chooses no text of the log.
    let strangers: Vec<_> = log
        .iter()
        .filter(|line| field(line, "guard") == Some("tenants"))
        .collect();
    assert_eq!(strangers.len(), 32);
    assert!(
        strangers
            .iter()
            .all(|line| field(line, "client") == Some("192.0.2.66"))
    );
    let log = log.join("\n");
    for hidden in ["made-up", TOKEN, "another-token"] {
        assert!(!log.contains(hidden), "{hidden}: {log}");
    }
}
