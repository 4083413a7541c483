//! What has to hold for calls, over whole calls of every scenario and edition.
//!
//! `CALLHOOK_TEST_SEEDS` multiplies how many there are of each, for long runs.

mod delivered;
mod order;
mod right;
mod rules;
mod stored;
mod subsets;

use std::time::{Duration, SystemTime};

use super::{Call, CallEvent, CallSummary};
use crate::payload::Payload;
use crate::provider::{Message, Provider};
use crate::testing::calls::{CallMessage, Edition, Platform, Scenario, SimulatedCall};
use crate::{piopiy::Piopiy, telecmi::Telecmi, voipappz::Voipappz};

/// So many seeds, or a multiple of them.
fn seeds(count: u64) -> std::ops::Range<u64> {
    let times = std::env::var("CALLHOOK_TEST_SEEDS").ok();
    let times = times.map_or(1, |times| times.parse().expect("a number"));
    0..count * times
}

/// Every scenario of every edition that reports it.
fn simulated(seed: u64) -> Vec<SimulatedCall> {
    let mut calls = Vec::new();
    for scenario in Scenario::ALL {
        for edition in scenario.editions() {
            let call = SimulatedCall::of_edition(*scenario, *edition, seed);
            calls.push(call.expect("an edition that reports it"));
        }
    }
    calls
}

fn name(call: &SimulatedCall) -> String {
    format!("{} {} {}", call.edition(), call.scenario(), call.seed())
}

fn summary(edition: Edition, message: &CallMessage) -> CallSummary {
    let json = message.json();
    let payload = || Message::new(Payload::from_body(json.as_bytes()).expect("readable"));
    match edition.platform() {
        Platform::Telecmi => summary_of(&Telecmi, payload()),
        Platform::Piopiy => summary_of(&Piopiy, payload()),
        Platform::Voipappz => {
            let name = message.event_name().expect("an event's name");
            summary_of(&Voipappz::path_segment(), payload().with_event_name(name))
        }
    }
}

fn summary_of<P: Provider<Event: CallEvent>>(provider: &P, message: Message<'_>) -> CallSummary {
    provider.decode(&message).expect("an event").summary()
}

/// What each message tells, received a second after the one before it.
fn parts(call: &SimulatedCall) -> Vec<Call> {
    let messages = call.messages().iter().zip(0..);
    messages
        .map(|(message, second)| {
            let summary = summary(call.edition(), message);
            Call::of_summary(&summary, None, moment(second))
        })
        .collect()
}

fn moment(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + second)
}

fn joined<'c>(parts: impl IntoIterator<Item = &'c Call>) -> Call {
    let mut parts = parts.into_iter();
    let mut call = parts.next().expect("at least one part").clone();
    for part in parts {
        call.join(part).expect("of one scope");
    }
    call
}

/// What one TeleCMI message tells.
fn telecmi(json: &str) -> Call {
    let message = Message::new(Payload::from_body(json.as_bytes()).expect("readable"));
    Call::of_summary(&summary_of(&Telecmi, message), None, moment(0))
}

/// Xorshift: the same numbers for a seed on every machine.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
