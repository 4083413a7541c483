//! Endpoints under test.

use callhook::telecmi::{Event, Telecmi};
use callhook::{Endpoint, EndpointBuilder};

use super::{TOKEN, TestStore, listen};

/// One without authentication yet.
pub fn bare_builder() -> EndpointBuilder<Event> {
    listen();
    Endpoint::builder(Telecmi)
}

pub fn builder() -> EndpointBuilder<Event> {
    bare_builder().query_token("token", TOKEN)
}

/// With every default, the memory store among them.
pub fn endpoint() -> Endpoint<Event> {
    builder().build().expect("a valid configuration")
}

/// One that remembers handled messages in this store.
pub fn remember(store: &TestStore) -> Endpoint<Event> {
    remembering(store).build().expect("a valid configuration")
}

/// The builder of [`remember`].
pub fn remembering(store: &TestStore) -> EndpointBuilder<Event> {
    builder().name("calls").replay_store(store.clone())
}
