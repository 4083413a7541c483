//! One step, many times over, for a tool that counts instructions. `benches/instructions.sh` runs it.
//!
//! `instructions <step> <times>`

mod common;

use std::hint::black_box;

use callhook::auth::HmacScheme;
use callhook::payload::Payload;
use callhook::provider::{Message, Provider};
use callhook::request::Head;
use callhook::telecmi::Telecmi;
use callhook::{Endpoint, piopiy::Piopiy, testing, voipappz::Voipappz};

use self::common::{Cdrs, Plain, TOKEN, claim_and_commit, filled, handle, now, open};

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    let (Some(step), Some(times)) = (arguments.next(), arguments.next()) else {
        // As `cargo bench` and `cargo test` call it: there is nothing to time here.
        return;
    };
    let times: u64 = times.parse().expect("a number of times");
    let mut cdrs = Cdrs::new();
    let one = cdrs.next();
    let piopiy = testing::piopiy::cdr_inbound_answered().json().into_bytes();
    let voipappz = testing::voipappz::report().json().into_bytes();
    let query = testing::telecmi::cdr_inbound_answered().query();
    let piopiy_query = testing::piopiy::cdr_inbound_answered().query();
    let voipappz_query = testing::voipappz::report().query();
    let token = Endpoint::builder(Telecmi)
        .query_token("token", TOKEN)
        .allow(["192.0.2.0/24"]);
    let token = token.build().expect("a valid endpoint");
    let scheme = || HmacScheme::sha256("x-signature", TOKEN);
    let signed = Endpoint::builder(Telecmi)
        .hmac(scheme())
        .build()
        .expect("a valid endpoint");
    let signer = scheme().signer().expect("a valid scheme");
    let sign = |body: &[u8]| {
        let head = Head::new("POST", "/", None, &());
        let signed = signer.sign(&head, body, std::time::SystemTime::UNIX_EPOCH);
        signed.expect("signable").remove(0).1
    };
    match &*step {
        "nothing" => {}
        "value" => repeat(times, || is_value(&one)),
        "plain" => repeat(times, || serde_json::from_slice::<Plain>(&one).is_ok()),
        "fields" => repeat(times, || Payload::from_body(&one).is_ok()),
        "decode" => repeat(times, || is_event(&Telecmi, &one)),
        "value piopiy" => repeat(times, || is_value(&piopiy)),
        "decode piopiy" => repeat(times, || is_event(&Piopiy, &piopiy)),
        "value voipappz" => repeat(times, || is_value(&voipappz)),
        "decode voipappz" => repeat(times, || is_event(&Voipappz::path_segment(), &voipappz)),
        "decode query" => repeat(times, || is_in_query(&Telecmi, &query)),
        "decode query piopiy" => repeat(times, || is_in_query(&Piopiy, &piopiy_query)),
        "decode query voipappz" => repeat(times, || {
            is_in_query(&Voipappz::path_segment(), &voipappz_query)
        }),
        "open" => repeat(times, || {
            let head = Head::new("POST", "/hook", Some("token=a-token-of-24-characters"), &());
            open(&token, &head.peer([192, 0, 2, 7].into()), one.clone()).is_some()
        }),
        "forged token" => repeat(times, || {
            let head = Head::new("POST", "/hook", Some("token=a-token-of-24-characterz"), &());
            let head = head.peer([192, 0, 2, 7].into());
            now(token.admit(&head, |_| std::future::pending())).is_err()
        }),
        "forged signature" => repeat(times, || {
            let wrong = [("x-signature", &*"0".repeat(64))];
            let head = Head::new("POST", "/hook", None, &wrong);
            !handle(&signed, &head, one.clone())
        }),
        "accepted token" => {
            repeat(times, || {
                let head = Head::new("POST", "/hook", Some("token=a-token-of-24-characters"), &());
                handle(&token, &head.peer([192, 0, 2, 7].into()), cdrs.next())
            });
        }
        "accepted signature" => {
            repeat(times, || {
                let body = cdrs.next();
                let right = [("x-signature", &*sign(&body))];
                handle(&signed, &Head::new("POST", "/hook", None, &right), body)
            });
        }
        "signed body" => repeat(times, || !sign(&cdrs.next()).is_empty()),
        "body" => repeat(times, || !cdrs.next().is_empty()),
        other => {
            let messages = other.strip_prefix("claim after ");
            let messages = messages.and_then(|messages| messages.parse().ok());
            let mut id: u64 = messages.expect("a step, or how many messages were before");
            let store = filled(id, id + 10_000_000);
            repeat(times, || {
                id += 1;
                claim_and_commit(&store, id);
                true
            });
        }
    }
}

fn is_value(json: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(json).is_ok()
}

fn is_event(provider: &impl Provider, json: &[u8]) -> bool {
    is_decoded(provider, Payload::from_body(json).expect("readable"))
}

fn is_in_query(provider: &impl Provider, query: &str) -> bool {
    is_decoded(provider, Payload::from_query(query).expect("readable"))
}

fn is_decoded(provider: &impl Provider, payload: Payload<'_>) -> bool {
    // Only Voipappz reads the label.
    let message = Message::new(payload).with_event_name("call-reporting");
    provider.decode(&message).is_ok()
}

fn repeat(times: u64, mut step: impl FnMut() -> bool) {
    for _ in 0..times {
        assert!(black_box(step()));
    }
}
