//! What has to hold for any input: the bodies of the fuzz targets, and the inputs that they start from.
//!
//! 1. Each target asks callhook through its public API, and compares the answer with a slow and simple model in here,
//!    or with a property that needs none. A target that only looked for panics would find little: nothing in callhook
//!    panics on input.
//! 2. `./run` fuzzes every target with libFuzzer. `cargo run --release --no-default-features --example smoke` drives
//!    the same functions over the seeds and mutations of them, the same ones each time, and needs no more than cargo.
//! 3. Where a request has to hold a secret to get far, `@` in the input is replaced by it: no mutation would guess it.
//!
//! | target | what holds |
//! |---|---|
//! | `telecmi`, `piopiy`, `voipappz` | an event reads back equal from its normalised form |
//! | `form`, `json`, `template` | bodies and queries are read as the [`model`] reads them, with its limits |
//! | `cut` | a token in the body is accepted where the model sees it once; the rest decodes to the other fields |
//! | `strip` | tokens of the head pass where the model sees them; the URL passed inwards is the rest, to the byte |
//! | `forwarding` | the client is the one that a walk from the right finds, whatever is to the left |
//! | `signature` | a request passes if and only if one of its signatures is the HMAC; what a signer signs passes |
//! | `memory_store` | claims, commits and releases answer as a map does; a live claim stays |
//! | `endpoint` | no request passes without its token; refusals are the documented ones; a copy is a replay |

mod cut;
mod decode;
mod endpoint;
mod fields;
mod form;
mod forwarding;
mod json;
mod memory_store;
pub mod model;
mod request;
mod seeds;
mod signature;
mod strip;
mod template;

pub use self::cut::cut;
pub use self::decode::{piopiy, telecmi, voipappz};
pub use self::endpoint::endpoint;
pub use self::form::form;
pub use self::forwarding::forwarding;
pub use self::json::json;
pub use self::memory_store::memory_store;
pub use self::seeds::seeds;
pub use self::signature::signature;
pub use self::strip::strip;
pub use self::template::template;

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// As `cargo fuzz` does.
    pub name: &'static str,
    /// Panics where something doesn't hold.
    pub check: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 12] = [
    Target {
        name: "telecmi",
        check: telecmi,
    },
    Target {
        name: "piopiy",
        check: piopiy,
    },
    Target {
        name: "voipappz",
        check: voipappz,
    },
    Target {
        name: "form",
        check: form,
    },
    Target {
        name: "json",
        check: json,
    },
    Target {
        name: "template",
        check: template,
    },
    Target {
        name: "cut",
        check: cut,
    },
    Target {
        name: "strip",
        check: strip,
    },
    Target {
        name: "forwarding",
        check: forwarding,
    },
    Target {
        name: "signature",
        check: signature,
    },
    Target {
        name: "memory_store",
        check: memory_store,
    },
    Target {
        name: "endpoint",
        check: endpoint,
    },
];
