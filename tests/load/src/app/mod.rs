//! The route `/hook`, on either framework.

pub mod actix;
pub mod axum;

use std::hint::black_box;
use std::sync::Arc;

use callhook::auth::HmacScheme;
use callhook::telecmi::{Event, Telecmi};
use callhook::{ConfigError, Endpoint, EndpointBuilder};
use callhook_by_hand::{Receiver, SIGNATURE, TOKEN};
use serde_json::Value;

use crate::kind::Variant;
use crate::message::SECRET;

/// What the route does.
#[derive(Clone, Debug)]
pub enum Hook {
    /// Nothing, on a GET.
    Empty,
    /// `Json<serde_json::Value>`.
    Bare,
    /// callhook, with this endpoint.
    Callhook(Endpoint<Event>),
    /// The same by hand.
    ByHand(Arc<Receiver>),
}

impl Hook {
    /// The variant's, with nothing remembered.
    ///
    /// # Errors
    ///
    /// The endpoint's, which it doesn't have.
    pub fn of(variant: Variant) -> Result<Self, ConfigError> {
        Ok(match variant {
            Variant::Empty => Self::Empty,
            Variant::Bare => Self::Bare,
            Variant::Token | Variant::HmacScheme => Self::Callhook(endpoint(variant).build()?),
            Variant::HandToken | Variant::HandHmac => Self::ByHand(Arc::new(receiver(variant))),
        })
    }
}

/// As in [`receiver`].
pub fn endpoint(variant: Variant) -> EndpointBuilder<Event> {
    let builder = Endpoint::builder(Telecmi).allow(ALLOWED);
    match variant {
        Variant::HmacScheme => builder.hmac(HmacScheme::sha256(SIGNATURE, SECRET)),
        _ => builder.query_token(TOKEN, SECRET),
    }
}

/// As in [`endpoint`].
#[must_use]
pub fn receiver(variant: Variant) -> Receiver {
    match variant {
        Variant::HandHmac => Receiver::with_signature(&ALLOWED, SECRET),
        _ => Receiver::with_token(&ALLOWED, SECRET),
    }
}

/// What the handlers behind callhook do: they read a few fields.
fn use_event(event: &Event) {
    if let Event::Cdr(cdr) = event {
        black_box((&cdr.cmiuuid, &cdr.status, cdr.answeredsec));
    }
}

/// What the handlers without it do.
pub fn use_value(message: &Value) {
    black_box((
        message["cmiuuid"].as_str(),
        message["status"].as_str(),
        message["answeredsec"].as_u64(),
    ));
}

/// Networks such as a user lists, and last the one that the load comes from.
const ALLOWED: [&str; 4] = [
    "192.0.2.0/24",
    "198.51.100.0/24",
    "2001:db8::/32",
    "127.0.0.0/8",
];
