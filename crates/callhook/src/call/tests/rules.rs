//! What ties messages together, and what doesn't; limits; a provider of the application's own.

use super::{joined, moment, telecmi};
use crate::call::{Call, CallDirection, CallSummary, Finality, MessageKind, Missed, Outcome};
use crate::value::{LegId, RequestId, Seconds};

#[test]
fn words_for_nothing_are_no_ids() {
    for word in [
        "none",
        "None",
        " null ",
        "nil",
        "false",
        "TRUE",
        "0",
        "undefined",
        "unknown",
        "Not available",
        "N/A",
        "",
    ] {
        let summary = CallSummary {
            kind: MessageKind::Live,
            leg_id: Some("leg".into()),
            request_id: Some(RequestId::from(word)),
            ..CallSummary::new("telecmi")
        };
        let call = Call::of_summary(&summary, None, moment(0));
        assert_eq!(call.ids(), ["leg"], "{word:?}");
        let nothing = CallSummary {
            leg_id: Some(LegId::from(word)),
            ..summary
        };
        assert!(
            Call::of_summary(&nothing, None, moment(0)).is_empty(),
            "{word:?}"
        );
    }
}

#[test]
fn what_is_not_recognised_is_part_of_no_call() {
    let call = telecmi(r#"{"type":"sms","cmiuuid":"1","status":"sent"}"#);
    assert!(call.is_empty());
    assert_eq!(call.answers().messages, 0);
}

#[test]
fn calls_of_other_providers_and_tenants_are_not_joined() {
    let of = |provider: &str, tenant| {
        let summary = CallSummary {
            kind: MessageKind::Live,
            leg_id: Some("1".into()),
            ..CallSummary::new(provider)
        };
        Call::of_summary(&summary, tenant, moment(0))
    };
    let scopes = [
        of("a", None),
        of("a", Some("")),
        of("a", Some("b")),
        of("a/b", None),
        of("a%2Fb", None),
        of("b", None),
    ];
    for (at, one) in scopes.iter().enumerate() {
        for other in scopes.iter().skip(at + 1) {
            assert_ne!(one.scope(), other.scope());
            let mut call = one.clone();
            assert!(call.join(other).is_err());
            assert!(call == *one);
        }
    }
}

#[test]
fn of_too_many_messages_the_records_stay_and_the_ids_are_limited() {
    let of = |kind, number: u64| {
        let summary = CallSummary {
            kind,
            call_id: Some("call".into()),
            leg_id: Some(format!("{number}").as_str().into()),
            request_id: Some(format!("request {number}").as_str().into()),
            ..CallSummary::new("telecmi")
        };
        Call::of_summary(&summary, None, moment(number))
    };
    let records: Vec<Call> = (0..100)
        .map(|number| of(MessageKind::Record, number))
        .collect();
    let live: Vec<Call> = (1_000..3_000)
        .map(|number| of(MessageKind::Live, number))
        .collect();
    let call = joined(live.iter().chain(&records));
    assert_eq!(call.messages(), Call::MAX_MESSAGES);
    assert!(records.iter().all(|record| call.includes(record)));
    assert_eq!(call.ids().len(), Call::MAX_IDS);
    assert!(
        records
            .iter()
            .flat_map(Call::ids)
            .all(|id| call.ids().contains(&id))
    );
}

#[test]
fn texts_that_no_platform_sends_are_left_out() {
    let of = |length| {
        let summary = CallSummary {
            kind: MessageKind::Record,
            leg_id: Some("1".into()),
            recording: Some("r".repeat(length).into()),
            ..CallSummary::new("telecmi")
        };
        Call::of_summary(&summary, None, moment(0))
            .recordings()
            .len()
    };
    assert_eq!((of(2048), of(2049)), (1, 0));
    let long_id = telecmi(&format!(
        r#"{{"type":"event","cmiuuid":"{}","status":"hangup"}}"#,
        "1".repeat(256)
    ));
    assert!(long_id.is_empty());
}

#[test]
fn without_a_record_an_agent_who_answered_and_a_caller_who_hung_up_make_an_answered_call() {
    let answered = telecmi(
        r#"{"type":"event","status":"answered","cmiuuid":"b","conversation_uuid":"c","leg":"b","direction":"outbound","team":"t","user":"u"}"#,
    );
    let hung_up = telecmi(
        r#"{"type":"event","status":"hangup","cmiuuid":"c","conversation_uuid":"c","direction":"inbound","from":"1"}"#,
    );
    assert_eq!(answered.outcome(), None);
    assert_eq!(answered.presumed_outcome(), Some(Outcome::Answered));
    assert_eq!(hung_up.outcome(), None);
    let call = joined([&answered, &hung_up]);
    assert_eq!(call.outcome(), Some(Outcome::Answered));
    assert!(call.is_ended() && !call.is_over());
}

#[test]
fn a_leg_b_that_nothing_ties_to_its_call_says_so() {
    let cdr = r#"{"type":"cdr","status":"answered","cmiuuid":"b","leg":"b","direction":"outbound","to":"1","answeredsec":9}"#;
    let alone = telecmi(cdr);
    assert!(!alone.is_joined());
    assert_eq!(alone.outcome(), Some(Outcome::Answered));
    let live = telecmi(
        r#"{"type":"event","status":"answered","cmiuuid":"b","conversation_uuid":"a","leg":"b","direction":"outbound","to":"1","callerid":"2"}"#,
    );
    assert!(joined([&alone, &live]).is_joined());
    let with_nothing = cdr.replace("\"to\"", "\"request_id\":\"0\",\"to\"");
    assert!(!telecmi(&with_nothing).is_joined());
    let requested = cdr.replace("\"to\"", "\"request_id\":\"r\",\"to\"");
    assert!(telecmi(&requested).is_joined());
}

#[test]
fn an_own_providers_summaries_make_calls() {
    let of = |kind, leg: &str, change: &dyn Fn(&mut CallSummary)| {
        let mut summary = CallSummary {
            kind,
            call_id: Some("42".into()),
            leg_id: Some(leg.into()),
            direction: Some(CallDirection::Inbound),
            ..CallSummary::new("pbx")
        };
        change(&mut summary);
        Call::of_summary(&summary, None, moment(0))
    };
    let ringing = of(MessageKind::Live, "1", &|summary| {
        summary.agent = Some("Ann".into());
        summary.caller = Some("+44 1".into());
    });
    let record = |change: &dyn Fn(&mut CallSummary)| {
        of(MessageKind::Record, "1", &|summary| {
            summary.finality = Finality::Call;
            change(summary);
        })
    };
    let answered = joined([
        &ringing,
        &record(&|summary| {
            summary.talk_seconds = Some(Seconds::new(9));
            summary.agent = Some("Ann".into());
        }),
    ])
    .answers();
    assert_eq!(answered.outcome, Some(Outcome::Answered));
    assert_eq!(answered.customer, Some("441".into()));
    assert_eq!(answered.talk_seconds, Some(Seconds::new(9)));
    assert!(answered.is_over && answered.answered_by.is_some());
    assert_eq!((answered.legs, answered.agents.len()), (1, 1));

    let missed = record(&|summary| summary.missed = Some(Missed::Call));
    assert_eq!(joined([&ringing, &missed]).outcome(), Some(Outcome::Missed));
    let own_word = record(&|summary| summary.outcome = Some("callback_requested".into()));
    let outcome = joined([&ringing, &own_word]).outcome();
    assert_eq!(outcome, Some(Outcome::Other("callback_requested".into())));
}
