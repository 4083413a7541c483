//! Both examples, side by side: `tables/` lists requests and what is answered to them, and each is sent to both, byte for
//! byte the same.
//!
//! The tables document how callhook behaves, whatever the framework; [`table`] describes their format, and [`pair`] what
//! has to be equal. What isn't equal, because the frameworks differ, is in [`differences`]. What the examples have no
//! variables for is shown by servers inside the tests: [`server`].

mod differences;
mod endpoint;
mod pair;
mod redis;
mod reply;
mod server;
mod shared_store;
mod table;

use self::pair::{Pair, play};
use crate::wire::{Encoding, corpus};

macro_rules! tables {
    ($($test:ident: $table:literal,)+) => {
        $(#[test]
        fn $test() {
            play(include_str!(concat!("tables/", $table, ".txt")), || [None, None]);
        })+
    };
}

tables! {
    methods_and_probes_are_answered_alike: "methods",
    tokens_are_asked_for_alike: "tokens",
    limits_are_kept_alike: "limits",
    encodings_and_content_types_are_read_alike: "encodings",
    templates_are_read_alike: "templates",
    events_of_every_kind_reach_the_handler_alike: "events",
    copies_and_revisions_are_told_apart_alike: "replay",
    what_is_hard_to_read_is_answered_alike: "input",
    heads_are_read_or_refused_alike: "heads",
    chunks_and_connections_are_read_alike: "connections",
    signatures_are_verified_alike: "signatures",
    tenants_are_told_apart_and_strangers_are_not_told_so: "tenants",
    clients_behind_proxies_are_told_apart_alike: "proxies",
    what_is_private_is_shown_alike: "private",
}

#[test]
fn every_documented_payload_is_the_same_message_at_both_examples() {
    let samples = corpus();
    for first in 0..Encoding::ALL.len() {
        let mut pair = Pair::start(&[], &[None, None]);
        // One encoding is the first, and the next one a copy.
        for index in [first, (first + 1) % Encoding::ALL.len()] {
            for sample in &samples {
                let target = format!("{}?token={}", sample.path, table::TOKEN);
                let request = Encoding::ALL[index].request(&target, &sample.json);
                let reply = pair.send_alike(&sample.name, &request);
                assert_eq!(reply.status, 200, "{}", sample.name);
            }
        }
        let handled = pair.messages_alike().len();
        assert!(handled >= samples.len(), "{handled}");
    }
}
