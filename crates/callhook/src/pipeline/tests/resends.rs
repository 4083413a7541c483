//! PIOPIY sends a CDR at 0, 5, 15 and 30 minutes, whatever it is answered.

use super::*;
use crate::piopiy::{self, Piopiy};

/// Minutes after the first.
const RESENDS: [u64; 4] = [0, 5, 15, 30];

/// A CDR, sent with the account's balance of the time.
fn cdr(balance: u64) -> String {
    format!(
        r#"{{"type":"cdr","appid":7,"cmiuuid":"a","direction":"inbound","leg":"a","status":"answered","duration":9,"balance":"{balance}.000000"}}"#
    )
}

fn endpoint(clock: &ManualClock) -> Endpoint<piopiy::Event> {
    Endpoint::builder(Piopiy)
        .query_token("token", TOKEN)
        .clock(clock.clone())
        .build()
        .expect("a valid endpoint")
}

/// What becomes of a copy, whose handler answers with this status if it is asked.
fn deliver(
    endpoint: &Endpoint<piopiy::Event>,
    body: String,
    status: u16,
) -> Result<ReplayStatus, u16> {
    let query = format!("token={TOKEN}");
    let head = Head::new("POST", "/hook", Some(&query), &());
    let admitted = now(endpoint.admit(&head, no_sleep)).expect("admitted");
    let verified = receive(admitted, body).expect("readable");
    let unsettled = now(verified.claim()).map_err(|reply| reply.status())?;
    let (delivery, claimed) = unsettled.into_parts();
    now(claimed.settle(HandlerOutcome::Status(status)));
    Ok(delivery.replay_status())
}

#[test]
fn a_record_that_is_resent_by_the_schedule_is_handled_once_within_the_window() {
    let clock = ManualClock::default();
    let endpoint = endpoint(&clock);
    let mut before = 0;
    for (balance, minutes) in RESENDS.into_iter().chain([25 * 60]).enumerate() {
        clock.advance(Duration::from_secs(60 * (minutes - before)));
        before = minutes;
        let expected = match minutes {
            // The window is 24 hours, counted from the success.
            0 | 1500 => Ok(ReplayStatus::First),
            _ => Err(200),
        };
        let balance = u64::try_from(balance).expect("small");
        assert_eq!(deliver(&endpoint, cdr(balance), 200), expected, "{minutes}");
    }
}

#[test]
fn a_record_whose_handler_fails_at_first_is_handled_by_the_first_resend_that_succeeds() {
    let clock = ManualClock::default();
    let endpoint = endpoint(&clock);
    let seen = [503, 500, 204, 204].map(|status| {
        let seen = deliver(&endpoint, cdr(1), status);
        clock.advance(Duration::from_secs(5 * 60));
        seen
    });
    assert_eq!(
        seen,
        [
            Ok(ReplayStatus::First),
            Ok(ReplayStatus::First),
            Ok(ReplayStatus::First),
            Err(200)
        ]
    );
}
