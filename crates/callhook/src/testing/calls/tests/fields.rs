//! What messages have in them.

use super::*;

#[test]
fn no_number_is_anybodys() {
    let is_free = |digits: &str| {
        let number: u64 = digits.parse().expect("digits");
        let number = if digits.starts_with("07") {
            440_000_000_000 + number
        } else {
            number
        };
        (447_700_900_000..447_700_901_000).contains(&number)
            || (442_079_460_000..442_079_461_000).contains(&number)
            || (441_632_960_000..441_632_961_000).contains(&number)
            // Not India's: no area or mobile range begins with 0 or 1 there.
            || (910_000_010_000..910_000_030_000).contains(&number)
            || (1_000_001_000..1_000_002_000).contains(&number)
    };
    let names = [
        "to",
        "from",
        "callerid",
        "virtual_number",
        "vn",
        "contact_number",
        "caller_id_number",
        "destination",
        "did_number",
        "did_name",
    ];
    for call in all_calls() {
        for message in call.messages() {
            let json = message.json();
            let payload = Payload::from_body(json.as_bytes()).expect("JSON");
            for name in names {
                let field = payload.field(name).map(|field| field.value().text());
                let digits = field.map(|text| text.trim_start_matches('+'));
                assert!(digits.is_none_or(is_free), "{call:?}: {message:?}: {name}");
            }
        }
    }
}

#[test]
fn each_message_has_all_fields_that_a_documented_one_of_its_kind_has() {
    // As the corpus has them, by what the message is; without what the account's settings decide.
    let seeds_of = |scenario, edition, name: &str| -> BTreeSet<String> {
        let of_seed = |seed| SimulatedCall::of_edition(scenario, edition, seed).expect("listed");
        let mut fields = BTreeSet::new();
        for call in SEEDS.map(of_seed) {
            for message in call
                .messages()
                .iter()
                .filter(|message| message.name() == name)
            {
                let json = message.json();
                let payload = Payload::from_body(json.as_bytes()).expect("JSON");
                fields.extend(payload.fields().iter().map(|field| field.name().to_owned()));
            }
        }
        fields
    };
    use Edition::{Chub, ChubIndia, ChubLive, Piopiy2022, Piopiy2024, PiopiyIndia};
    for (sample, scenario, edition, name) in [
        (
            "chub-cdr-in-answered",
            Scenario::InboundIvr,
            Chub,
            "cdr-call",
        ),
        (
            "chub-cdr-in-missed-2022",
            Scenario::InboundVoicemail,
            Chub,
            "cdr-call",
        ),
        (
            "chub-cdr-out-answered-leg-a",
            Scenario::OutboundAnswered,
            Chub,
            "cdr-a",
        ),
        (
            "chub-cdr-out-missed-leg-a",
            Scenario::OutboundAgentNoAnswer,
            Chub,
            "cdr-a",
        ),
        (
            "chub-event-in-waiting-leg-a",
            Scenario::InboundAnswered,
            Chub,
            "waiting-a",
        ),
        (
            "chub-event-in-started-leg-b",
            Scenario::InboundAnswered,
            Chub,
            "started-b",
        ),
        (
            "chub-event-in-answered-leg-b",
            Scenario::InboundAnswered,
            Chub,
            "answered-b",
        ),
        (
            "chub-event-out-started-leg-a",
            Scenario::OutboundAnswered,
            Chub,
            "started-a",
        ),
        (
            "chub-event-out-hangup-leg-b",
            Scenario::OutboundAnswered,
            Chub,
            "hangup-b",
        ),
        ("chub-http-flow-request", Scenario::InboundIvr, Chub, "flow"),
        (
            "chub-india-cdr-in-answered",
            Scenario::InboundAnswered,
            ChubIndia,
            "cdr-call",
        ),
        (
            "chub-india-cdr-out-answered",
            Scenario::OutboundAnswered,
            ChubIndia,
            "cdr-call",
        ),
        (
            "chub-india-cdr-out-missed",
            Scenario::OutboundNoAnswer,
            ChubIndia,
            "cdr-call",
        ),
        (
            "chub-india-event-in-waiting",
            Scenario::InboundAnswered,
            ChubIndia,
            "waiting-a",
        ),
        (
            "chub-india-event-out-started-leg-a",
            Scenario::OutboundAnswered,
            ChubIndia,
            "started-a",
        ),
        (
            "obs-out-event",
            Scenario::OutboundAnswered,
            ChubLive,
            "started-a",
        ),
        (
            "obs-out-cdr-leg-b",
            Scenario::OutboundAnswered,
            ChubLive,
            "cdr-b",
        ),
        (
            "obs-in-event-caller",
            Scenario::InboundAnswered,
            ChubLive,
            "answered-a",
        ),
        (
            "piopiy-cdr-in-answered-leg-a",
            Scenario::InboundAnswered,
            Piopiy2022,
            "cdr-a",
        ),
        (
            "piopiy-cdr-in-missed-leg-a-2022",
            Scenario::InboundMissed,
            Piopiy2022,
            "cdr-a",
        ),
        (
            "piopiy-cdr-out-missed-leg-a-2022",
            Scenario::OutboundNoAnswer,
            Piopiy2022,
            "cdr-a",
        ),
        (
            "piopiy-cdr-out-missed-leg-a",
            Scenario::OutboundNoAnswer,
            Piopiy2024,
            "cdr-a",
        ),
        (
            "piopiy-event-in-answered-leg-a",
            Scenario::InboundAnswered,
            Piopiy2024,
            "answered-a",
        ),
        (
            "piopiy-event-in-hangup-leg-a-2022",
            Scenario::InboundAnswered,
            Piopiy2022,
            "hangup-a",
        ),
        (
            "piopiy-event-out-started-leg-a",
            Scenario::OutboundAnswered,
            Piopiy2024,
            "started-a",
        ),
        (
            "piopiy-event-out-answered-leg-a",
            Scenario::OutboundAnswered,
            Piopiy2024,
            "answered-a",
        ),
        (
            "piopiy-event-stream-connected",
            Scenario::InboundStream,
            Piopiy2024,
            "stream-connected",
        ),
        (
            "piopiy-answer-url-request",
            Scenario::InboundIvr,
            Piopiy2024,
            "answer",
        ),
        (
            "piopiy-dtmf-callback",
            Scenario::InboundIvr,
            Piopiy2024,
            "dtmf-2",
        ),
        (
            "piopiy-india-cdr-in-answered-leg-a",
            Scenario::InboundAnswered,
            PiopiyIndia,
            "cdr-a",
        ),
        (
            "piopiy-india-event-out-started-leg-a",
            Scenario::OutboundAnswered,
            PiopiyIndia,
            "started-a",
        ),
        (
            "piopiy-india-event-in-hangup-leg-a",
            Scenario::InboundAnswered,
            PiopiyIndia,
            "hangup-a",
        ),
        (
            "piopiy-india-answer-url-request",
            Scenario::InboundIvr,
            PiopiyIndia,
            "answer",
        ),
        (
            "voipappz-template-body",
            Scenario::InboundAnswered,
            Edition::Voipappz,
            "call-reporting",
        ),
    ] {
        let sample = crate::testing::corpus()
            .into_iter()
            .find(|one| one.name() == sample);
        let sample = sample.expect("in the corpus");
        let json = sample.json();
        let documented = Payload::from_body(json.as_bytes()).expect("JSON");
        let sent = seeds_of(scenario, edition, name);
        for field in documented.fields() {
            assert!(
                sent.contains(field.name()),
                "{edition} {name}: {}",
                field.name()
            );
        }
    }
}
