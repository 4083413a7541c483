//! Documented messages, each made one that was never sent before.

use serde_json::{Map, Value};

use crate::ledger::{Fate, Ledger, SERIAL};
use crate::wire::{ALL_PROVIDERS, Encoding, VOIPAPPZ_EVENTS, corpus, provider_of};
use callhook_test_support::Random;

/// One message, with one content.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) path: &'static str,
    fields: Map<String, Value>,
}

/// What messages are made of.
#[derive(Debug)]
pub(crate) struct Messages(Vec<Vec<Template>>);

#[derive(Debug)]
struct Template {
    path: &'static str,
    fields: Map<String, Value>,
    /// The platform waits for an answer: each copy is handled.
    waits: bool,
}

impl Messages {
    pub(crate) fn documented() -> Self {
        let samples = corpus();
        let of = |path: &'static str| {
            let samples = samples.iter().filter(move |sample| sample.path == path);
            samples
                .map(|sample| Template {
                    path,
                    fields: serde_json::from_str(&sample.json).expect("an object"),
                    waits: matches!(&*sample.kind, "routing-request" | "answer-request" | "dtmf"),
                })
                .collect()
        };
        Self(ALL_PROVIDERS.map(of).into())
    }

    /// Any.
    pub(crate) fn any(&self, ledger: &Ledger, random: &mut Random) -> Message {
        let template = self.pick(random);
        let fate = if template.waits {
            Fate::Unchecked
        } else {
            Fate::First
        };
        template.message(ledger.enter(fate), random)
    }

    /// One whose copies are known as copies.
    pub(crate) fn checked(&self, ledger: &Ledger, random: &mut Random) -> Message {
        self.with_fate(Fate::First, ledger, random)
    }

    /// One that must not be handled.
    pub(crate) fn refused(&self, ledger: &Ledger, random: &mut Random) -> Message {
        self.with_fate(Fate::Never, ledger, random)
    }

    fn with_fate(&self, fate: Fate, ledger: &Ledger, random: &mut Random) -> Message {
        loop {
            let template = self.pick(random);
            if !template.waits {
                return template.message(ledger.enter(fate), random);
            }
        }
    }

    fn pick(&self, random: &mut Random) -> &Template {
        let templates = &self.0[random.index(self.0.len())];
        &templates[random.index(templates.len())]
    }
}

impl Template {
    fn message(&self, serial: usize, random: &mut Random) -> Message {
        let mut fields = self.fields.clone();
        // The call's too, or all would be one call.
        for id in [
            "cmiuuid",
            "cmiuid",
            "cmuuid",
            "uuid",
            "conversation_uuid",
            "parent_uid",
            "request_id",
        ] {
            if let Some(value) = fields.get_mut(id) {
                *value = format!("8e1c0000-57fa-47b5-888d-{serial:012}").into();
            }
        }
        let path = match provider_of(self.path) {
            "voipappz" => VOIPAPPZ_EVENTS[random.index(VOIPAPPZ_EVENTS.len())],
            _ => self.path,
        };
        let message = Message { path, fields };
        message.with(SERIAL, &serial.to_string())
    }
}

impl Message {
    /// The same message with another content.
    pub(crate) fn revised(&self, ledger: &Ledger) -> Self {
        let serial = ledger.enter(Fate::Revision);
        self.clone().with(SERIAL, &serial.to_string())
    }

    /// What no platform is known to send: the handler gets it, each time it comes.
    pub(crate) fn unknown(path: &'static str, ledger: &Ledger) -> Self {
        let message = Self {
            path,
            fields: Map::new(),
        };
        let serial = ledger.enter(Fate::Unchecked).to_string();
        message
            .with("CallStatus", "completed")
            .with(SERIAL, &serial)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// With an optional field that is nothing of what it should be.
    pub(crate) fn with_odd_field(mut self, value: Value) -> Self {
        self.fields.insert("answeredsec".to_owned(), value);
        self
    }

    pub(crate) fn json(&self) -> String {
        Value::Object(self.fields.clone()).to_string()
    }

    /// As a request to this target, in any encoding.
    pub(crate) fn request(&self, target: &str, random: &mut Random) -> Vec<u8> {
        let encoding = Encoding::ALL[random.index(Encoding::ALL.len())];
        encoding.request(target, &self.json())
    }
}
