//! Payloads that the platforms' documentation prints, and some seen live with their identifiers replaced.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Sample;

/// All samples of all providers.
#[must_use]
pub fn corpus() -> Vec<Sample> {
    LINES.lines().filter_map(sample).collect()
}

const LINES: &str = include_str!("payloads.jsonl");

#[derive(Deserialize)]
struct Line<'a> {
    provider: String,
    name: String,
    kind: String,
    #[serde(borrow)]
    payload: &'a RawValue,
}

fn sample(line: &str) -> Option<Sample> {
    let line: Line<'_> = serde_json::from_str(line).ok()?;
    Sample::new(line.provider, line.name, line.kind, line.payload.get())
}

/// The samples that have a function of their own, such as [`telecmi::cdr_inbound_answered`], by provider and by the
/// function's name with hyphens, such as `cdr-inbound-answered`: for programs whose users name a sample.
///
/// ```
/// use callhook::testing;
///
/// let samples = testing::named_samples();
/// let found = samples.iter().find(|(name, sample)| sample.provider() == "piopiy" && name == "dtmf");
/// assert!(found.is_some_and(|(_, sample)| sample.kind() == "dtmf"));
/// ```
#[must_use]
pub fn named_samples() -> Vec<(String, Sample)> {
    let modules = [telecmi::NAMES, piopiy::NAMES, voipappz::NAMES];
    let names = modules.into_iter().flatten();
    names
        .map(|(function, name)| (function.replace('_', "-"), named(name)))
        .collect()
}

/// Functions that give one sample each, by its name in the corpus.
macro_rules! samples {
    ($($(#[$doc:meta])* $function:ident = $name:literal;)+) => {
        /// The names of the functions, and those of their samples.
        pub(super) const NAMES: &[(&str, &str)] = &[$((stringify!($function), $name)),+];

        $($(#[$doc])*
        #[must_use]
        pub fn $function() -> $crate::testing::Sample {
            $crate::testing::corpus::named($name)
        })+

        #[cfg(test)]
        #[test]
        fn every_sample_has_its_name() {
            $(assert_eq!($function().name(), $name);)+
        }
    };
}

/// The sample of this name; one without fields where there is none, which the tests rule out.
pub(super) fn named(name: &str) -> Sample {
    let found = corpus().into_iter().find(|sample| sample.name() == name);
    found.unwrap_or_default()
}

/// TeleCMI's messages.
pub mod telecmi {
    samples! {
        /// An inbound call that an agent answered: its CDR, with a recording.
        cdr_inbound_answered = "chub-cdr-in-answered";
        /// An inbound call that nobody answered: its CDR, with a voicemail.
        cdr_inbound_missed = "chub-cdr-in-missed";
        /// A click-to-call's agent leg (a), answered: its CDR.
        cdr_outbound_answered_leg_a = "chub-cdr-out-answered-leg-a";
        /// A click-to-call's agent leg (a), not answered: its CDR.
        cdr_outbound_missed_leg_a = "chub-cdr-out-missed-leg-a";
        /// An outbound call's customer leg (b), answered: its CDR as seen live, `extra_params` as an object.
        cdr_outbound_answered_leg_b = "obs-out-cdr-leg-b";
        /// A caller waits.
        event_inbound_waiting = "chub-event-in-waiting-leg-a";
        /// An agent's phone is rung for an inbound call. The wire's direction is the leg's: `outbound`.
        event_inbound_started_leg_b = "chub-event-in-started-leg-b";
        /// An agent answered an inbound call. The wire's direction is the leg's: `outbound`.
        event_inbound_answered_leg_b = "chub-event-in-answered-leg-b";
        /// The caller of an inbound call hung up.
        event_inbound_hangup = "chub-event-in-hangup-2020";
        /// A click-to-call rings the agent.
        event_outbound_started_leg_a = "chub-event-out-started-leg-a";
        /// The agent of a click-to-call answered.
        event_outbound_answered_leg_a = "chub-event-out-answered-leg-a";
        /// The customer of a click-to-call hung up.
        event_outbound_hangup_leg_b = "chub-event-out-hangup-leg-b";
        /// TeleCMI asks where to route a call.
        flow = "chub-http-flow-request";
    }
}

/// PIOPIY's messages.
pub mod piopiy {
    samples! {
        /// An inbound call's caller leg (a), answered: its CDR.
        cdr_inbound_answered = "piopiy-cdr-in-answered-leg-a";
        /// An inbound call's caller leg (a), missed: its CDR.
        cdr_inbound_missed = "piopiy-cdr-in-missed-leg-a-2022";
        /// An outbound call's leg a, missed: its CDR, of the 2024 edition, which has no `type`.
        cdr_outbound_missed = "piopiy-cdr-out-missed-leg-a";
        /// An inbound call was answered, in the 2024 edition's terms.
        event_inbound_answered = "piopiy-event-in-answered-leg-a";
        /// An inbound call's caller leg (a) ended.
        event_inbound_hangup = "piopiy-event-in-hangup-leg-a-2022";
        /// An outbound call's leg a was started. Its `conversation_uuid` is not a UUID.
        event_outbound_started = "piopiy-event-out-started-leg-a";
        /// A call's audio is being streamed.
        stream_connected = "piopiy-event-stream-connected";
        /// PIOPIY asks what to do with a call.
        answer_request = "piopiy-answer-url-request";
        /// A caller pressed keys.
        dtmf = "piopiy-dtmf-callback";
    }
}

/// Voipappz's messages.
pub mod voipappz {
    samples! {
        /// The vendor's template with all 27 fields. It doesn't name its event: the URL does.
        report = "voipappz-template-body";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_sample_and_no_name_is_given_twice() {
        let samples = corpus();
        assert_eq!(samples.len(), LINES.lines().count());
        let names: std::collections::HashSet<&str> = samples.iter().map(Sample::name).collect();
        assert_eq!(names.len(), samples.len());
    }

    #[test]
    fn a_sample_can_be_changed_and_keeps_the_rest() {
        let sample = telecmi::cdr_inbound_answered();
        let changed = sample.clone().with("status", "missed").without("record");
        assert_eq!(
            changed.with("status", "answered").json(),
            sample.clone().without("record").json()
        );
        let nested = sample.with("extra_params", serde_json::json!({"a": null}));
        assert!(nested.json().ends_with(r#""extra_params":{"a":null}}"#));
        assert!(
            nested
                .query()
                .ends_with("&extra%5Fparams=%7B%22a%22%3Anull%7D")
        );
    }
}
