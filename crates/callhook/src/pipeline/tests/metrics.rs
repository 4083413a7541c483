//! Requests in metrics, under their documented names.

use std::collections::{BTreeMap, BTreeSet};

use metrics_util::MetricKind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use super::*;
use crate::auth::{Tenant, Tenants};
use crate::observe::Metrics;

/// Each series as `name{label="value",..}`, with its value: the sum of a histogram's.
fn snapshot(snapshotter: &Snapshotter) -> BTreeMap<String, f64> {
    let series = snapshotter.snapshot().into_vec().into_iter();
    let series = series.map(|(key, _, _, value)| {
        let labels = key.key().labels();
        let labels = labels.map(|label| format!("{}={:?}", label.key(), label.value()));
        let labels = labels.collect::<Vec<_>>().join(",");
        let value = match (key.kind(), value) {
            (MetricKind::Counter, DebugValue::Counter(count)) => count as f64,
            (MetricKind::Gauge, DebugValue::Gauge(value)) => value.into_inner(),
            (MetricKind::Histogram, DebugValue::Histogram(values)) => {
                values.iter().map(|value| value.into_inner()).sum()
            }
            (kind, value) => panic!("{kind:?} {value:?}"),
        };
        (format!("{}{{{labels}}}", key.key().name()), value)
    });
    series.collect()
}

fn record(act: impl FnOnce()) -> Snapshotter {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    ::metrics::with_local_recorder(&recorder, act);
    snapshotter
}

/// A message that is handled, a copy of it, one that can't be read, and two that a guard refuses.
fn traffic() {
    let clock = ManualClock::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000));
    let endpoint = guarded()
        .name("calls")
        .clock(clock.clone())
        .observer(Metrics::new())
        .build()
        .expect("valid");
    let (_, claimed) = post(&endpoint, CDR).expect("the first");
    clock.advance(Duration::from_millis(250));
    now(claimed.settle(HandlerOutcome::Status(200)));
    clock.advance(Duration::from_secs(1));
    assert_eq!(outcome(post(&endpoint, CDR)), told(200, "replay"));
    drop(post(&endpoint, "{"));
    drop(send(&endpoint, "POST", "token=wrong", CDR));
    drop(send(&endpoint, "POST", "", CDR));
}

#[test]
fn requests_are_counted_and_timed_under_the_documented_names() {
    let snapshotter = record(traffic);
    let bytes = (2 * CDR.len() + 1) as f64;
    let of = r#"endpoint="calls",provider="telecmi""#;
    let requests = |outcome: &str, event: &str| {
        format!(r#"callhook_requests_total{{{of},outcome="{outcome}",event="{event}"}}"#)
    };
    let expected = [
        (requests("handled", "cdr"), 1.0),
        (requests("replay", "cdr"), 1.0),
        (requests("malformed", "none"), 1.0),
        (requests("unauthenticated", "none"), 2.0),
        (
            format!(
                r#"callhook_refusals_total{{{of},outcome="unauthenticated",guard="query_token:token"}}"#
            ),
            2.0,
        ),
        (format!("callhook_request_duration_seconds{{{of}}}"), 0.25),
        (
            format!(r#"callhook_handler_duration_seconds{{{of},event="cdr"}}"#),
            0.25,
        ),
        (
            format!(r#"callhook_step_duration_seconds{{{of},step="read"}}"#),
            0.0,
        ),
        (
            format!(r#"callhook_step_duration_seconds{{{of},step="claim"}}"#),
            0.0,
        ),
        (format!("callhook_body_bytes{{{of}}}"), bytes),
        (
            format!("callhook_last_received_timestamp_seconds{{{of}}}"),
            1_001.25,
        ),
        (
            format!("callhook_last_handled_timestamp_seconds{{{of}}}"),
            1_000.0,
        ),
    ];
    assert_eq!(snapshot(&snapshotter), BTreeMap::from(expected));
}

#[test]
fn the_timestamps_do_not_go_back_where_the_later_of_two_requests_ends_first() {
    let snapshotter = record(|| {
        let clock = ManualClock::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000));
        let builder = guarded().name("calls").clock(clock.clone());
        let endpoint = builder.observer(Metrics::new()).build().expect("valid");
        let (_, earlier) = post(&endpoint, CDR).expect("the first");
        clock.advance(Duration::from_secs(5));
        let (_, later) = post(&endpoint, REVISED).expect("another content");
        now(later.settle(HandlerOutcome::Status(200)));
        clock.advance(Duration::from_secs(5));
        now(earlier.settle(HandlerOutcome::Status(200)));
    });
    let series = snapshot(&snapshotter);
    for name in ["received", "handled"] {
        let name = format!("callhook_last_{name}_timestamp_seconds");
        let gauge = series.iter().find(|(series, _)| series.starts_with(&name));
        assert_eq!(gauge.map(|(_, seconds)| *seconds), Some(1_005.0), "{name}");
    }
}

/// The names in the table of the docs.
fn documented() -> BTreeSet<&'static str> {
    include_str!("../../observe/metrics.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("/// | `")?.split('`').next())
        .collect()
}

#[test]
fn each_documented_metric_is_described_with_the_unit_of_its_name_and_there_are_no_others() {
    let described = record(traffic).snapshot().into_vec();
    let names = described.iter().map(|(key, ..)| key.key().name());
    assert_eq!(names.collect::<BTreeSet<_>>(), documented());
    for (key, unit, description, _) in &described {
        let name = key.key().name();
        let expected = match name.rsplit('_').next() {
            Some("total") => ::metrics::Unit::Count,
            Some("bytes") => ::metrics::Unit::Bytes,
            _ => ::metrics::Unit::Seconds,
        };
        assert_eq!(*unit, Some(expected), "{name}");
        assert!(description.is_some(), "{name}");
    }
}

#[test]
fn no_sender_makes_series_of_their_own() {
    let snapshotter = record(|| {
        let look_up = async |name: String| match &*name {
            "acme" => Tenant::new("7", TOKEN).map(Some),
            _ => Ok::<_, ConfigError>(None),
        };
        let endpoint = builder()
            .query_token("token", Secrets::of_tenant())
            .tenants(Tenants::query_parameter("tenant", look_up))
            .clock(ManualClock::default())
            .observer(Metrics::new().with_tenants())
            .build()
            .expect("valid");
        for number in 0..2_000 {
            let right = format!("tenant=acme&token={TOKEN}");
            let text = format!("{number}-made-up");
            for (method, query) in [
                ("POST", right.clone()),
                ("POST", format!("tenant={text}&token={TOKEN}")),
                ("POST", format!("tenant=acme&token={text}")),
                (
                    "GET",
                    format!("{right}&type={text}&status={text}&{text}={text}"),
                ),
                (&*format!("METHOD-{number}"), right),
            ] {
                let body = format!(
                    r#"{{"type":"{text}","appid":"{text}","cmiuuid":"{text}","status":"{text}","{text}":1}}"#
                );
                if let Ok((_, claimed)) = send(&endpoint, method, &query, &body) {
                    now(claimed.settle(HandlerOutcome::Status(200)));
                }
                drop(send(&endpoint, method, &query, &text));
            }
        }
    });
    let series = snapshot(&snapshotter);
    let requests = series
        .iter()
        .filter(|(name, _)| name.starts_with("callhook_requests_total"));
    let requests: f64 = requests.map(|(_, count)| count).sum();
    assert_eq!(requests, 2_000.0 * 5.0 * 2.0);
    // Three outcomes with a tenant or none, and what is measured of them.
    assert!(series.len() < 20, "{series:#?}");
    assert!(
        series.keys().all(|name| !name.contains("made-up")),
        "{series:#?}"
    );
    let tenants = |name: &&String| name.contains(r#"tenant="7""#);
    assert!(series.keys().any(|name| tenants(&name)), "{series:#?}");
    for name in series.keys().filter(tenants) {
        assert!(!name.contains("unauthenticated"), "{name}");
    }
}
