//! The core's promises, each against its peer, turn by turn: `cargo bench -p callhook --features testing --bench ratios`.

mod common;

use callhook::payload::Payload;
use callhook::piopiy::Piopiy;
use callhook::provider::{Message, Provider};
use callhook::telecmi::Telecmi;
use callhook::testing::{self, Sample};
use callhook::voipappz::Voipappz;
use serde_json::Value;

use self::common::cdr;
use self::common::paired::Ratio;

fn main() {
    // `cargo test` calls benches too: there is nothing to test here.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    decode("TeleCMI", &Telecmi, &cdr());
    decode("PIOPIY", &Piopiy, &testing::piopiy::cdr_inbound_answered());
    decode(
        "Voipappz",
        &Voipappz::path_segment(),
        &testing::voipappz::report(),
    );
}

/// A CDR into an event, against `serde_json`'s `Value` of it.
fn decode<P: Provider>(name: &str, provider: &P, sample: &Sample) {
    let json = sample.json().into_bytes();
    let query = sample.query();
    let value = || serde_json::from_slice::<Value>(&json).expect("JSON");
    let event = |payload| {
        let message = Message::new(payload).with_label("call-reporting");
        provider.decode(&message).expect("an event")
    };
    let ratio = Ratio::of(
        || event(Payload::from_body(&json).expect("readable")),
        value,
    );
    println!("{name:<10} json   {ratio}");
    let ratio = Ratio::of(
        || event(Payload::from_query(&query).expect("readable")),
        value,
    );
    println!("{name:<10} query  {ratio}");
}
