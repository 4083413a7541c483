//! Every scenario of every edition, with several seeds.

mod answers;
mod changes;
mod fields;

use std::collections::BTreeSet;

use super::*;
use crate::call::{CallEvent, CallSummary};
use crate::payload::Payload;
use crate::piopiy::Piopiy;
use crate::provider::{Message, Provider};
use crate::replay::{Fingerprint, fingerprint};
use crate::telecmi::Telecmi;
use crate::voipappz::Voipappz;

/// Enough that each edition draws each of its variants.
const SEEDS: std::ops::Range<u64> = 0..8;

fn all_calls() -> &'static [SimulatedCall] {
    static ALL: std::sync::LazyLock<Vec<SimulatedCall>> = std::sync::LazyLock::new(make_all_calls);
    &ALL
}

fn make_all_calls() -> Vec<SimulatedCall> {
    let mut calls = Vec::new();
    for scenario in Scenario::ALL {
        for edition in scenario.editions() {
            let of_seed = |seed| SimulatedCall::of_edition(*scenario, *edition, seed);
            calls.extend(SEEDS.map(|seed| of_seed(seed).expect("a listed edition")));
        }
    }
    calls
}

/// What a provider makes of a message.
#[derive(Debug, PartialEq)]
struct Read {
    kind: String,
    summary: CallSummary,
    /// The normalised form.
    event: String,
    fingerprint: Fingerprint,
}

fn read(platform: Platform, payload: Payload<'_>, event_name: Option<&str>) -> Read {
    match platform {
        Platform::Telecmi => read_by(&Telecmi, payload, event_name),
        Platform::Piopiy => read_by(&Piopiy, payload, event_name),
        Platform::Voipappz => read_by(&Voipappz::path_segment(), payload, event_name),
    }
}

fn read_by<P>(provider: &P, payload: Payload<'_>, event_name: Option<&str>) -> Read
where
    P: Provider<Event: CallEvent + serde::Serialize>,
{
    let is_volatile = |name: &str| provider.volatile_fields().contains(&name);
    let fingerprint = fingerprint(&payload, is_volatile);
    let message = Message::new(payload);
    let message = match event_name {
        Some(name) => message.with_event_name(name),
        None => message,
    };
    let event = provider.decode(&message).expect("readable");
    Read {
        kind: event.kind().to_owned(),
        summary: event.summary(),
        event: serde_json::to_string(&event).expect("JSON"),
        fingerprint,
    }
}

fn read_json(call: &SimulatedCall, message: &CallMessage) -> Read {
    let json = message.json();
    let payload = Payload::from_body(json.as_bytes()).expect("JSON");
    read(call.edition().platform(), payload, message.event_name())
}

/// Which message a name is of.
fn base_name(name: &str) -> &str {
    let name = name.strip_suffix("-revised").unwrap_or(name);
    name.strip_suffix("-2").unwrap_or(name)
}

/// Whether it is a state that comes back, or another content of a message.
fn is_again(message: &CallMessage) -> bool {
    base_name(message.name()) != message.name()
}

#[test]
fn each_message_is_read_as_what_it_is_and_equally_from_json_a_form_and_a_query() {
    for call in all_calls() {
        for message in call.messages() {
            let of_json = read_json(call, message);
            assert_eq!(of_json.kind, message.kind(), "{call:?}: {message:?}");

            let platform = call.edition().platform();
            let (query, name) = (message.query(), message.event_name());
            let form = Payload::from_body(query.as_bytes()).expect("a form");
            assert_eq!(read(platform, form, name), of_json, "{call:?}: {message:?}");
            let query = Payload::from_query(&query).expect("a query");
            assert_eq!(
                read(platform, query, name),
                of_json,
                "{call:?}: {message:?}"
            );
        }
    }
}

#[test]
fn a_seed_gives_the_same_call_and_another_seed_another() {
    let bodies = |call: &SimulatedCall| -> Vec<_> {
        let messages = call.messages().iter();
        messages
            .map(|message| (message.after(), message.json()))
            .collect()
    };
    let mut seen = BTreeSet::new();
    for call in all_calls() {
        let again = SimulatedCall::of_edition(call.scenario(), call.edition(), call.seed());
        let again = again.expect("it was made before");
        assert_eq!(bodies(call), bodies(&again), "{call:?}");
        assert_eq!(call.right_answers(), again.right_answers(), "{call:?}");
        for id in &call.right_answers().ids {
            assert!(
                seen.insert(id.clone()),
                "{call:?}: {id} is another call's too"
            );
        }
    }
}

#[test]
fn a_platforms_seeds_take_its_editions_in_turn() {
    let edition = |seed| {
        let call = SimulatedCall::new(Scenario::InboundAnswered, Platform::Piopiy, seed);
        call.expect("supported").edition()
    };
    assert_eq!(edition(0), Edition::Piopiy2024);
    assert_eq!(edition(1), Edition::Piopiy2022);
    assert_eq!(edition(2), Edition::PiopiyIndia);
    assert_eq!(edition(u64::MAX), Edition::Piopiy2024);
}

#[test]
fn what_a_platform_does_not_report_is_refused_with_who_does() {
    let refused = SimulatedCall::new(Scenario::InboundVoicemail, Platform::Piopiy, 1);
    assert_eq!(
        refused.expect_err("not reported").to_string(),
        "piopiy does not report the scenario inbound-voicemail: expected one of the editions chub, chub-live, chub-india"
    );
    let refused = SimulatedCall::of_edition(Scenario::OutboundCancelled, Edition::ChubIndia, 1);
    assert!(refused.is_err());
    for scenario in Scenario::ALL {
        for platform in Platform::ALL {
            let made = SimulatedCall::new(*scenario, *platform, 1).is_ok();
            assert_eq!(
                made,
                scenario.is_reported_by(*platform),
                "{scenario} {platform}"
            );
        }
    }
}

#[test]
fn names_are_read_back_and_others_are_refused_with_the_known_ones() {
    for scenario in Scenario::ALL {
        assert_eq!(scenario.to_string().parse(), Ok(*scenario));
    }
    for edition in Edition::ALL {
        assert_eq!(edition.to_string().parse(), Ok(*edition));
    }
    let error = "sip".parse::<Platform>().expect_err("unknown");
    assert_eq!(
        error.to_string(),
        "`sip` is not a platform: expected one of telecmi, piopiy, voipappz"
    );
    assert_eq!(error.known(), ["telecmi", "piopiy", "voipappz"]);
    assert!("JSON".parse::<Encoding>().is_err());
    assert_eq!("get".parse(), Ok(Encoding::Get));
}

#[test]
fn a_calls_messages_have_names_of_their_own_and_are_in_order() {
    for call in all_calls() {
        let mut names = BTreeSet::new();
        let mut last = std::time::Duration::ZERO;
        for message in call.messages() {
            assert!(names.insert(message.name()), "{call:?}: {message:?}");
            assert!(message.after() >= last, "{call:?}: {message:?}");
            last = message.after();
        }
        for message in call.messages() {
            assert!(
                names.contains(base_name(message.name())),
                "{call:?}: {message:?}"
            );
        }
        let first = call.messages().iter().filter(|message| !is_again(message));
        assert_eq!(first.count(), call.right_answers().messages, "{call:?}");
    }
}

#[test]
fn two_names_are_one_message_only_where_the_second_says_so() {
    for call in all_calls() {
        let mut keys = BTreeSet::new();
        for message in call.messages() {
            let is_again = is_again(message);
            assert_eq!(
                keys.insert(key(call, message)),
                !is_again,
                "{call:?}: {message:?}"
            );
        }
    }
}

/// What the identity is made of, and for requests that wait what would be.
fn key(call: &SimulatedCall, message: &CallMessage) -> Vec<String> {
    let event: serde_json::Value =
        serde_json::from_str(&read_json(call, message).event).expect("JSON");
    let names = [
        "cmiuuid",
        "uuid",
        "leg",
        "direction",
        "status",
        "event",
        "user_name",
    ];
    let parts = names.map(|name| event[name].as_str().unwrap_or_default().to_lowercase());
    let kind = message.kind().to_owned();
    [kind].into_iter().chain(parts).collect()
}
