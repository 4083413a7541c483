//! A message in one line.

use callhook::call::{CallDirection, CallSummary};
use callhook_tower::CallEvent;
use serde::Serialize;
use serde_json::{Value, json};

use crate::style::plain;

/// What was decoded.
#[derive(Clone)]
pub(super) struct Seen {
    event: String,
    status: Option<String>,
    awaits_answer: bool,
    /// `first`, `revision`, `unchecked`, or `replay`. `None` where the server behind tells them apart.
    delivery: Option<&'static str>,
    summary: Box<CallSummary>,
    fields: Value,
}

impl Seen {
    pub(super) fn of<E: CallEvent + Serialize>(event: &E, delivery: &'static str) -> Self {
        Self {
            event: event.kind().to_owned(),
            status: event.status().map(str::to_owned),
            awaits_answer: event.awaits_answer(),
            delivery: Some(delivery),
            summary: Box::new(event.summary()),
            // Events always serialise: all of their names are text.
            fields: serde_json::to_value(event).unwrap_or_default(),
        }
    }

    /// Without whether it is a copy, which nothing here has checked.
    pub(super) fn not_checked(self) -> Self {
        Self {
            delivery: None,
            ..self
        }
    }

    pub(super) fn kind(&self) -> &str {
        &self.event
    }

    /// What is known, in words.
    pub(super) fn text(&self) -> String {
        let summary = &self.summary;
        let mut text = self.event.clone();
        let mut add = |label: &str, value: Option<&dyn std::fmt::Display>| {
            if let Some(value) = value {
                text.push_str(label);
                text.push_str(&value.to_string());
            }
        };
        let direction = summary.direction.map(|direction| match direction {
            CallDirection::Inbound => "inbound",
            CallDirection::Outbound => "outbound",
            _ => "other",
        });
        let customer = summary.customer.as_ref().map(ToString::to_string);
        let talk = summary.talk_seconds.as_ref().map(ToString::to_string);
        add(" ", self.status.as_ref().map(|text| text as _));
        add("  leg ", summary.leg.as_ref().map(|leg| leg as _));
        add("  ", direction.as_ref().map(|text| text as _));
        add("  customer ", customer.as_ref().map(|text| text as _));
        add("  agent ", summary.agent.as_ref().map(|text| text as _));
        add("  talk ", talk.as_ref().map(|text| text as _));
        let id = summary.call_id.as_ref().map(ToString::to_string);
        let id = id.or_else(|| summary.leg_id.as_ref().map(ToString::to_string));
        add("  id ", id.as_ref().map(|text| text as _));
        let delivery = self.delivery.filter(|delivery| *delivery != "first");
        add("  ", delivery.as_ref().map(|text| text as _));
        if self.awaits_answer {
            add("  ", Some(&"waits for the answer"));
        }
        plain(&text)
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "event": self.event,
            "status": self.status,
            "leg_id": self.summary.leg_id,
            "conversation_id": self.summary.call_id,
            "delivery": self.delivery,
            "awaits_answer": self.awaits_answer,
            "summary": self.summary,
            "fields": self.fields,
        })
    }
}
