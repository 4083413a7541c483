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
        .expect("sound")
}

/// What becomes of a copy, whose handler answers with this status if it is asked.
fn deliver(endpoint: &Endpoint<piopiy::Event>, body: String, status: u16) -> Result<How, u16> {
    let query = format!("token={TOKEN}");
    let head = Head::new("POST", "/hook", Some(&query), &());
    let Ok(Admission::Body(admitted)) = now(endpoint.admit(&head, no_sleep)) else {
        panic!("not admitted");
    };
    let opened = admitted.read().push(body.into()).and_then(BodyBuffer::open);
    match now(opened.expect("readable").claim()) {
        Verdict::Handle(delivery, claimed) => {
            now(claimed.settle(Handled::Status(status)));
            Ok(delivery.how())
        }
        Verdict::Answer(answer) => Err(answer.status()),
    }
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
            0 | 1500 => Ok(How::First),
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
        [Ok(How::First), Ok(How::First), Ok(How::First), Err(200)]
    );
}
