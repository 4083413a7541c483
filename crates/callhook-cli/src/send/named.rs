//! The messages that `send` knows by name.

use std::fmt::Write;

use callhook::testing::calls::{Edition, Platform, Scenario, SimulatedCall};
use callhook::testing::{self, Sample};

use crate::error::Error;
use crate::read::latest;
use crate::seed::Seed;

pub(super) struct Named {
    pub(super) name: String,
    pub(super) sample: Sample,
    pub(super) event_name: Option<&'static str>,
    /// How answers to it are read.
    pub(super) edition: Edition,
    /// Whether the seed decided ids and figures.
    pub(super) is_drawn: bool,
}

pub(super) fn find(platform: Platform, name: &str, seed: Seed) -> Result<Named, Error> {
    if let Some((scenario, message)) = name.split_once('/') {
        return of_call(platform, scenario, message, seed);
    }
    let of_platform = |sample: &Sample| sample.provider() == platform.as_str();
    let named = testing::named_samples().into_iter();
    let mut named = named.filter(|(_, sample)| of_platform(sample));
    let mut corpus = testing::corpus().into_iter();
    let found = named
        .find_map(|(other, sample)| (other == name).then_some(sample))
        .or_else(|| corpus.find(|sample| of_platform(sample) && sample.name() == name));
    let Some(sample) = found else {
        return Err(Error::new(format!(
            "{platform} has no message {name:?}: `callhook send {platform} --list` shows what there is"
        )));
    };
    Ok(Named {
        name: name.to_owned(),
        sample,
        // The vendor's template has the figures of a call that is over.
        event_name: (platform == Platform::Voipappz).then_some("call-reporting"),
        edition: latest(platform),
        is_drawn: false,
    })
}

fn of_call(platform: Platform, scenario: &str, message: &str, seed: Seed) -> Result<Named, Error> {
    let scenario: Scenario = scenario.parse().map_err(Error::new)?;
    let call = SimulatedCall::new(scenario, platform, seed.0).map_err(Error::new)?;
    let messages = call.messages();
    let found = messages
        .iter()
        .find(|one| one.name() == message)
        .or_else(|| messages.iter().find(|one| one.is_called(message)));
    let Some(found) = found else {
        let names: Vec<&str> = messages.iter().map(|one| one.name()).collect();
        return Err(Error::new(format!(
            "the call {scenario} of {} has no message {message:?}: it has {}",
            call.edition(),
            names.join(", ")
        )));
    };
    Ok(Named {
        name: format!("{scenario}/{}", found.name()),
        sample: found.sample().clone(),
        event_name: found.event_name(),
        edition: call.edition(),
        is_drawn: true,
    })
}

/// The names, as a page to read.
pub(super) fn list(platform: Platform) -> String {
    let mut page = String::new();
    // Writing to a string never fails.
    let mut line = |text: String| {
        let _ = writeln!(page, "{text}");
    };
    let of_platform = |sample: &Sample| sample.provider() == platform.as_str();
    line("Documented messages:".to_owned());
    let mut known = Vec::new();
    for (name, sample) in testing::named_samples() {
        if of_platform(&sample) {
            line(format!("  {name:32} {}", sample.kind()));
            known.push(sample.name().to_owned());
        }
    }
    let mut others = testing::corpus();
    others.retain(|sample| of_platform(sample) && !known.iter().any(|name| name == sample.name()));
    if !others.is_empty() {
        line("Other editions, and seen live:".to_owned());
    }
    for sample in others {
        line(format!("  {:32} {}", sample.name(), sample.kind()));
    }
    line("Messages of whole calls (ids and figures differ from run to run):".to_owned());
    for scenario in Scenario::ALL {
        if let Ok(call) = SimulatedCall::new(*scenario, platform, 0) {
            let names: Vec<&str> = call.messages().iter().map(|one| one.name()).collect();
            line(format!("  {scenario}/  {}", names.join(" ")));
        }
    }
    page
}
