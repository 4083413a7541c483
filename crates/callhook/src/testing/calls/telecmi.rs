//! A call as TeleCMI reports it.

mod inbound;
mod outbound;

use serde::Serialize;
use serde_json::{Value, json};

use super::answers::RightAnswers;
use super::cast::Cast;
use super::platform::Edition;
use super::plot::Plot;
use super::random::Random;
use super::script::Script;
use crate::testing::Sample;

pub(in crate::testing) fn report(
    plot: &Plot,
    cast: &Cast,
    edition: Edition,
    random: &mut Random,
) -> (Script, RightAnswers) {
    let wire = Wire { cast, edition };
    if plot.is_inbound() {
        inbound::report(plot, &wire, random)
    } else {
        outbound::report(plot, &wire, random)
    }
}

/// How an edition writes.
struct Wire<'c> {
    cast: &'c Cast,
    edition: Edition,
}

impl Wire<'_> {
    fn is_india(&self) -> bool {
        self.edition == Edition::ChubIndia
    }

    fn is_live(&self) -> bool {
        self.edition == Edition::ChubLive
    }

    /// A value that India doesn't send.
    fn unless_india<T: Serialize>(&self, value: T) -> Option<T> {
        (!self.is_india()).then_some(value)
    }

    /// A number in an event.
    fn number(&self, number: u64) -> Value {
        if self.is_india() {
            json!(number)
        } else {
            json!(number.to_string())
        }
    }

    fn flag(&self) -> Value {
        if self.is_india() {
            json!("true")
        } else {
            json!(true)
        }
    }

    fn user(&self, index: usize) -> Option<String> {
        let agent = self.cast.agents.get(index)?;
        match &agent.user {
            Some(user) => Some(user.clone()).filter(|user| !user.is_empty()),
            None => Some(format!("{}_{}", agent.extension, self.cast.app_id)),
        }
    }

    fn phone(&self, index: usize) -> Option<u64> {
        self.cast.agents.get(index).map(|agent| agent.phone)
    }

    fn team(&self) -> String {
        format!("{}_{}", self.cast.team, self.cast.app_id)
    }

    /// The dashboard's custom value, and what is sent where there is none.
    fn custom(&self, of_record: bool) -> Option<&'static str> {
        match (self.edition, of_record) {
            (Edition::ChubIndia, _) => None,
            (Edition::ChubLive, false) => Some("none"),
            (Edition::ChubLive, true) => Some("false"),
            _ => Some(r#"{"crm":"true"}"#),
        }
    }

    /// A leg's start, which is `time` on all its messages.
    fn time(&self, second: u64) -> u64 {
        self.cast.started + second * 1000
    }

    fn file(&self, random: &mut Random) -> String {
        let Cast {
            started, app_id, ..
        } = self.cast;
        format!("{started}{}_{app_id}.mp3", random.digits(9))
    }

    fn with_recording(&self, record: Sample, file: Option<&String>) -> Sample {
        record
            .with_some("record", file.map(|_| self.flag()))
            .with_some("filename", file)
    }
}

/// The name of a leg's message: `started` and 1 are `started-b2`.
fn name_of(what: &str, agent: usize) -> String {
    match agent {
        0 => format!("{what}-b"),
        _ => format!("{what}-b{}", agent + 1),
    }
}
