//! A call's messages while they are written.

use std::collections::BTreeSet;
use std::time::Duration;

use super::message::CallMessage;
use super::platform::Platform;
use super::random::Random;
use crate::payload::Payload;
use crate::testing::Sample;

pub(in crate::testing) struct Script {
    platform: Platform,
    random: Random,
    messages: Vec<CallMessage>,
    different: usize,
}

/// When a message is sent: the second, and its place among those of that second.
#[derive(Clone, Copy)]
pub(in crate::testing) struct At(pub(in crate::testing) u64, pub(in crate::testing) u64);

impl Script {
    pub(in crate::testing) fn new(platform: Platform, random: &mut Random) -> Self {
        Self {
            platform,
            random: Random::new(random.bits()),
            messages: Vec::new(),
            different: 0,
        }
    }

    /// A message without fields.
    pub(in crate::testing) fn message(&self, kind: &str, name: impl Into<String>) -> Sample {
        Sample::empty(self.platform.as_str(), name, kind)
    }

    pub(in crate::testing) fn send(&mut self, at: At, sample: Sample) {
        self.different += 1;
        self.send_again(at, sample);
    }

    /// Another content of a message that was sent, or a state that comes back.
    pub(in crate::testing) fn send_again(&mut self, At(second, place): At, sample: Sample) {
        let millis = second * 1000 + place * 100 + self.random.between(0, 90);
        self.messages.push(CallMessage {
            sample,
            after: Duration::from_millis(millis),
            event_name: None,
        });
    }

    /// As [`send`](Self::send), for a URL that names the event.
    pub(in crate::testing) fn send_named(
        &mut self,
        at: At,
        event_name: &'static str,
        sample: Sample,
    ) {
        self.different += 1;
        self.send_named_again(at, event_name, sample);
    }

    /// As [`send_again`](Self::send_again), for a URL that names the event.
    pub(in crate::testing) fn send_named_again(
        &mut self,
        at: At,
        event_name: &'static str,
        sample: Sample,
    ) {
        self.send_again(at, sample);
        if let Some(sent) = self.messages.last_mut() {
            sent.event_name = Some(event_name);
        }
    }

    /// How many messages there are, other contents of one message not counted.
    pub(in crate::testing) fn different(&self) -> usize {
        self.different
    }

    /// The ids of the call and its legs, in order.
    pub(in crate::testing) fn ids(&self) -> Vec<String> {
        ids_of(&self.messages)
    }

    /// What was written since the last time, in the order in which it is sent.
    pub(in crate::testing) fn take_messages(&mut self) -> Vec<CallMessage> {
        let mut messages = std::mem::take(&mut self.messages);
        messages.sort_by_key(CallMessage::after);
        messages
    }

    /// The messages in the order in which they are sent.
    pub(in crate::testing) fn into_messages(mut self) -> Vec<CallMessage> {
        self.messages.sort_by_key(CallMessage::after);
        self.messages
    }
}

/// The ids of a call and its legs, in order.
pub(in crate::testing) fn ids_of(messages: &[CallMessage]) -> Vec<String> {
    const IDS: [&str; 5] = [
        "cmiuuid",
        "cmuuid",
        "conversation_uuid",
        "request_id",
        "uuid",
    ];
    let mut ids = BTreeSet::new();
    for message in messages {
        let json = message.json();
        let payload = Payload::from_body(json.as_bytes());
        let fields = payload.as_ref().map_or(&[][..], Payload::fields);
        let found = fields.iter().filter(|field| IDS.contains(&field.name()));
        ids.extend(found.map(|field| field.value().text().to_owned()));
    }
    ids.into_iter().collect()
}
