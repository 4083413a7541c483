//! A provider that takes every message: for what is decided before a message is decoded.

use callhook::payload::Unreadable;
use callhook::provider::Message;
use callhook::replay::MessageKey;
use callhook::{Provider, UncheckedReason};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Anything;

impl Provider for Anything {
    type Event = ();

    fn name(&self) -> &str {
        "any"
    }

    fn decode(&self, _: &Message<'_>) -> Result<(), Unreadable> {
        Ok(())
    }

    fn key<'e>(&self, (): &'e ()) -> Result<MessageKey<'e>, UncheckedReason> {
        Err(UncheckedReason::NoId)
    }
}
