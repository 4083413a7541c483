//! A sender that signs.

use callhook::EndpointBuilder;
use callhook::auth::{HmacScheme, Signed};
use callhook::telecmi::Event;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What the relay and the endpoint know. It begins like every secret that must not be printed.
const SECRET: &str = "secret-of-the-relay-itself";

/// Has the endpoint verify signatures over that.
pub(super) fn with_signature(
    builder: EndpointBuilder<Event>,
    signed: Signed,
) -> EndpointBuilder<Event> {
    builder.hmac(scheme().prefix("sha256=").signed(signed))
}

pub(super) fn scheme() -> HmacScheme {
    HmacScheme::sha256("x-signature", SECRET)
}

/// The signature over this in hex, without a prefix. Made here, not by the core: it would agree with itself.
pub(super) fn sign(over: impl AsRef<[u8]>) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(over.as_ref());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A POST of this body, with a signature over that.
pub(super) fn signed_post(target: &str, body: &str, over: &str) -> String {
    format!(
        "POST {target} HTTP/1.1\r\nhost: localhost\r\nx-signature: sha256={}\r\ncontent-length: {}\r\n\r\n{body}",
        sign(over),
        body.len()
    )
}
