//! A provider that leaves a message as it is.

use callhook::payload::Unreadable;
use callhook::provider::Message;
use callhook::replay::MessageKey;
use callhook::{Provider, UncheckedReason};

use crate::model::Content;

/// Its events are the fields, whatever they are.
pub(crate) struct Fields {
    pub(crate) reads_templates: bool,
}

impl Provider for Fields {
    type Event = Content;

    fn name(&self) -> &str {
        "fields"
    }

    fn decode(&self, message: &Message<'_>) -> Result<Content, Unreadable> {
        Ok(Content::seen(message.payload()))
    }

    fn key<'e>(&self, _: &'e Content) -> Result<MessageKey<'e>, UncheckedReason> {
        Err(UncheckedReason::NoId)
    }

    fn reads_templates(&self) -> bool {
        self.reads_templates
    }
}
