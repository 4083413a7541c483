//! What has to hold for any input of any provider's decoder.

use std::fmt::Debug;

use callhook::Provider;
use callhook::payload::Payload;
use callhook::piopiy::Piopiy;
use callhook::provider::Message;
use callhook::telecmi::Telecmi;
use callhook::voipappz::Voipappz;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// See [`decode`].
pub fn telecmi(input: &[u8]) {
    decode(&Telecmi, input);
}

/// See [`decode`].
pub fn piopiy(input: &[u8]) {
    decode(&Piopiy, input);
}

/// See [`decode`].
pub fn voipappz(input: &[u8]) {
    decode(&Voipappz::body_field("event"), input);
}

/// Decodes the input as a body and as a query. Neither may panic, and what is decoded reads back equal from its
/// normalised form.
fn decode<P>(provider: &P, input: &[u8])
where
    P: Provider,
    P::Event: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let payload = if provider.reads_templates() {
        Payload::from_template_body(input)
    } else {
        Payload::from_body(input)
    };
    if let Ok(payload) = payload {
        check(provider, payload);
    }
    if let Ok(query) = std::str::from_utf8(input)
        && let Ok(payload) = Payload::from_query(query)
    {
        check(provider, payload);
    }
}

fn check<P>(provider: &P, payload: Payload<'_>)
where
    P: Provider,
    P::Event: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let Ok(event) = provider.decode(&Message::new(payload)) else {
        return;
    };
    let _ = provider.key(&event);
    let _ = provider.app_id(&event);
    let normalised = serde_json::to_string(&event).expect("an event's names are text");
    let back: P::Event =
        serde_json::from_str(&normalised).expect("the normalised form is readable");
    assert_eq!(back, event, "{normalised}");
    let again = serde_json::to_string(&back).expect("an event's names are text");
    assert_eq!(again, normalised);
}
