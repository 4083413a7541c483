//! For how long a handled message is remembered: a record for a day, a state for two minutes.

use super::*;
use crate::auth::SignatureTimestamp;
use crate::piopiy::Piopiy;
use crate::replay::MessageKey;
use crate::voipappz::Voipappz;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether a copy is handled that comes so long after the first was.
fn is_handled_again<E: 'static>(builder: EndpointBuilder<E>, body: &str, after: Duration) -> bool {
    let clock = ManualClock::default();
    let endpoint = builder
        .query_token("token", TOKEN)
        .clock(clock.clone())
        .build()
        .expect("a valid endpoint");
    let query = format!("token={TOKEN}");
    let handle = || {
        let head = Head::new("POST", "/hook", Some(&query), &());
        let admitted = now(endpoint.admit(&head, no_sleep)).expect("admitted");
        let verified = receive(admitted, body.to_owned()).expect("readable");
        let claimed = now(verified.claim());
        claimed.map(|unsettled| {
            let (_, claimed) = unsettled.into_parts();
            now(claimed.settle(HandlerOutcome::Status(200)));
        })
    };
    handle().expect("the first");
    clock.advance(after);
    handle().is_ok()
}

#[test]
fn a_state_is_remembered_for_two_minutes_and_everything_else_for_a_day() {
    let telecmi = || Endpoint::builder(Telecmi);
    let piopiy = || Endpoint::builder(Piopiy);
    let voipappz = || Endpoint::builder(Voipappz::body_field("event"));
    macro_rules! is_kept {
        ($builder:expr, $body:expr, $window:expr) => {
            let (body, window): (&str, Duration) = ($body, $window);
            assert!(
                !is_handled_again($builder(), body, window - SECOND),
                "{body}"
            );
            assert!(
                is_handled_again($builder(), body, window + SECOND),
                "{body}"
            );
        };
    }
    let brief = 2 * MINUTE;
    is_kept!(
        telecmi,
        r#"{"type":"event","status":"hangup","cmiuuid":"a"}"#,
        brief
    );
    is_kept!(
        telecmi,
        r#"{"type":"event","status":"on_hold","cmiuuid":"a"}"#,
        brief
    );
    is_kept!(
        telecmi,
        r#"{"type":"cdr","status":"answered","cmiuuid":"a"}"#,
        DAY
    );
    is_kept!(
        telecmi,
        r#"{"type":"sms","status":"sent","cmiuuid":"a"}"#,
        DAY
    );
    is_kept!(
        piopiy,
        r#"{"status":"stream_connected","cmiuuid":"a"}"#,
        brief
    );
    is_kept!(piopiy, r#"{"status":"in_answered","cmiuuid":"a"}"#, brief);
    is_kept!(piopiy, r#"{"status":"missed","cmiuuid":"a"}"#, DAY);
    for event in ["Call:Ringing", "call-answer", "Ivr:Start", "Ivr:End"] {
        is_kept!(
            voipappz,
            &format!(r#"{{"event":"{event}","uuid":"a"}}"#),
            brief
        );
    }
    for event in ["Call:Hangup", "Call:Reporting", "Call:Transfer"] {
        is_kept!(
            voipappz,
            &format!(r#"{{"event":"{event}","uuid":"a"}}"#),
            DAY
        );
    }
}

#[test]
fn both_windows_can_be_set() {
    let state = r#"{"type":"event","status":"answered","cmiuuid":"a"}"#;
    let set = || builder().live_replay_window(5 * MINUTE);
    assert!(!is_handled_again(set(), state, 5 * MINUTE - SECOND));
    assert!(is_handled_again(set(), state, 5 * MINUTE + SECOND));
    assert!(!is_handled_again(set(), CDR, DAY - SECOND));

    // A state isn't remembered for longer than a record.
    let set = || builder().replay_window(MINUTE);
    assert!(is_handled_again(set(), CDR, MINUTE + SECOND));
    assert!(is_handled_again(set(), state, MINUTE + SECOND));
    assert!(!is_handled_again(set(), state, MINUTE - SECOND));
}

/// A platform of one's own, whose messages are one field: `state`, which comes back, or `record`.
struct Own;

impl Provider for Own {
    type Event = bool;

    fn name(&self) -> &str {
        "own"
    }

    fn decode(&self, message: &Message<'_>) -> Result<bool, Unreadable> {
        Ok(message.payload().field("state").is_some())
    }

    fn key<'e>(&self, is_state: &'e bool) -> Result<MessageKey<'e>, UncheckedReason> {
        let key = MessageKey::new("own", "1");
        Ok(if *is_state { key.live() } else { key })
    }
}

#[test]
fn a_provider_of_ones_own_says_which_of_its_messages_are_states() {
    let own = || Endpoint::builder(Own);
    assert!(is_handled_again(own(), r#"{"state":1}"#, 3 * MINUTE));
    assert!(!is_handled_again(own(), r#"{"record":1}"#, 3 * MINUTE));
}

fn signed(tolerance: Duration) -> EndpointBuilder<Event> {
    let time = SignatureTimestamp::header("x-time").tolerance(tolerance);
    let hmac = HmacScheme::sha256("x-s", TOKEN)
        .timestamp(time)
        .signed(Signed::TimestampAndContent);
    Endpoint::builder(Telecmi).hmac(hmac)
}

#[test]
fn no_signature_outlives_the_shorter_window() {
    let is_refused = |builder: EndpointBuilder<Event>| {
        let error = builder.build().err();
        assert!(
            matches!(
                error,
                None | Some(ConfigError::Setting {
                    problem: SettingProblem::TooLong { .. },
                    ..
                })
            ),
            "{error:?}"
        );
        error.is_some()
    };
    // The default window for live events follows the tolerance, up to that for records.
    assert!(!is_refused(signed(5 * MINUTE)));
    assert!(!is_refused(signed(DAY / 2 - SECOND)));
    assert!(is_refused(signed(DAY / 2)));
    assert!(is_refused(signed(5 * MINUTE).replay_window(10 * MINUTE)));
    let enough = 10 * MINUTE + SECOND;
    assert!(!is_refused(signed(5 * MINUTE).replay_window(enough)));

    // One that was set is meant.
    let set = |window| signed(5 * MINUTE).live_replay_window(window);
    assert!(is_refused(set(2 * MINUTE)));
    assert!(is_refused(set(10 * MINUTE)));
    assert!(!is_refused(set(enough)));
    let short = signed(59 * SECOND).live_replay_window(2 * MINUTE);
    assert!(!is_refused(short));
    assert!(!is_refused(set(MINUTE).insecure_no_replay_protection()));
}
