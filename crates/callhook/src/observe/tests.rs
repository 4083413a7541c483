//! The table of outcomes in the docs against what is answered.

use std::collections::BTreeMap;

use super::{FallbackCause, OutcomeKind};
use crate::rejection::RejectionKind;

/// Outcome codes with their status and levels, as the module's table has them.
fn documented() -> BTreeMap<&'static str, (&'static str, &'static str)> {
    let lines = include_str!("mod.rs").lines();
    // The first table: there are others after it.
    let table = lines.skip_while(|line| !line.starts_with("//! |"));
    let rows = table
        .take_while(|line| line.starts_with("//! |"))
        .filter_map(|line| line.strip_prefix("//! | `"));
    rows.flat_map(|row| {
        let cells: Vec<_> = row.split(" | ").collect();
        let [codes, status, level, meaning] = cells[..] else {
            panic!("four columns: {row}")
        };
        assert!(meaning.len() > 10, "{row}");
        let codes = codes.trim_end_matches('`').split("`, `");
        codes.map(move |code| (code, (status, level)))
    })
    .collect()
}

/// The next kind of refusal, so that the compiler asks for a new one here.
fn next(kind: RejectionKind) -> Option<RejectionKind> {
    Some(match kind {
        RejectionKind::Method => RejectionKind::Source,
        RejectionKind::Source => RejectionKind::Unauthenticated,
        RejectionKind::Unauthenticated => RejectionKind::TenantLookup,
        RejectionKind::TenantLookup => RejectionKind::AppId,
        RejectionKind::AppId => RejectionKind::TooLarge,
        RejectionKind::TooLarge => RejectionKind::TooSlow,
        RejectionKind::TooSlow => RejectionKind::Unsupported,
        RejectionKind::Unsupported => RejectionKind::Unreadable,
        RejectionKind::Unreadable => RejectionKind::InFlight,
        RejectionKind::InFlight => RejectionKind::StoreUnavailable,
        RejectionKind::StoreUnavailable => return None,
    })
}

#[test]
fn the_table_has_each_outcome_with_its_status() {
    let mut expected = BTreeMap::new();
    let handlers = [
        (OutcomeKind::Handled, "the handler's"),
        (OutcomeKind::Failed, "the handler's"),
        (OutcomeKind::Panicked, "none"),
        (OutcomeKind::Cancelled, "none"),
        (OutcomeKind::Fallback(FallbackCause::Panicked), "200"),
        (OutcomeKind::Replay, "200"),
        (OutcomeKind::Probe, "204"),
    ];
    for (kind, status) in handlers {
        expected.insert(kind.as_str(), status.to_owned());
    }
    let kinds = std::iter::successors(Some(RejectionKind::Method), |kind| next(*kind));
    for kind in kinds {
        let further: &[&str] = match kind {
            RejectionKind::Unsupported => &["multipart"],
            RejectionKind::Unreadable => &[
                "empty",
                "too_many_fields",
                "too_deep",
                "duplicate_field",
                "incomplete",
            ],
            _ => &[],
        };
        for code in further.iter().copied().chain([kind.as_str()]) {
            expected.insert(code, kind.status().to_string());
        }
    }
    let documented = documented();
    let statuses = documented
        .iter()
        .map(|(code, (status, _))| (*code, (*status).to_owned()));
    assert_eq!(statuses.collect::<BTreeMap<_, _>>(), expected);
    for (code, (_, levels)) in documented {
        let known = ["debug", "info", "warn", "info, warn"];
        assert!(known.contains(&levels), "{code}: {levels}");
    }
}
