//! How PIOPIY's editions write a leg's messages.

use serde::Serialize;
use serde_json::{Value, json};

use crate::testing::Sample;
use crate::testing::calls::cast::Cast;
use crate::testing::calls::platform::Edition;
use crate::testing::calls::plot::Ring;
use crate::testing::calls::random::Random;
use crate::testing::calls::resend::decimal;
use crate::testing::calls::script::Script;

pub(in crate::testing) struct Wire<'c> {
    pub(in crate::testing) cast: &'c Cast,
    pub(in crate::testing) edition: Edition,
    /// What is left in the account, in millionths.
    balance: u64,
    extra_params: &'static str,
}

/// One leg, and what its messages say of it.
pub(in crate::testing) struct Leg {
    /// How its messages are named: `a`, `b` or `b2`.
    pub(in crate::testing) name: &'static str,
    /// `a` or `b`.
    pub(in crate::testing) letter: &'static str,
    pub(in crate::testing) id: String,
    pub(in crate::testing) call: String,
    /// What the record calls the call, which in 2022 is not always what the events call it.
    pub(in crate::testing) call_of_record: String,
    pub(in crate::testing) request: Option<String>,
    pub(in crate::testing) direction: &'static str,
    pub(in crate::testing) from: u64,
    pub(in crate::testing) to: u64,
    /// On an outbound call the account's own number.
    pub(in crate::testing) shown: Option<u64>,
    pub(in crate::testing) ring: Ring,
}

/// What happened to a leg, in the terms of the editions before 2024 and since.
#[derive(Clone, Copy)]
pub(in crate::testing) struct Status {
    old: &'static str,
    new: &'static str,
}

pub(in crate::testing) const STARTED: Status = Status::of("started", "out_started");
pub(in crate::testing) const OUT_ANSWERED: Status = Status::of("answered", "out_answered");
pub(in crate::testing) const IN_ANSWERED: Status = Status::of("answered", "in_answered");
/// Since 2024.
pub(in crate::testing) const BRIDGED: Status = Status::of("bridged", "out_bridged");
/// Before 2024.
pub(in crate::testing) const HANGUP: Status = Status::of("hangup", "hangup");

impl Status {
    const fn of(old: &'static str, new: &'static str) -> Self {
        Self { old, new }
    }
}

impl<'c> Wire<'c> {
    pub(in crate::testing) fn of(cast: &'c Cast, edition: Edition, random: &mut Random) -> Self {
        let extra_params = match random.between(0, 3) {
            0 => r#"{"key":"value"}"#,
            1 => "{key: value}",
            _ => "{ 'Name': 'Ada', 'ID':8915726 }",
        };
        Self {
            cast,
            edition,
            balance: random.between(10_000_000, 900_000_000),
            extra_params,
        }
    }

    pub(in crate::testing) fn is_2024(&self) -> bool {
        self.edition == Edition::Piopiy2024
    }

    pub(in crate::testing) fn is_india(&self) -> bool {
        self.edition == Edition::PiopiyIndia
    }

    fn kind(&self, kind: &'static str) -> Option<&'static str> {
        (!self.is_2024()).then_some(kind)
    }

    /// A value that India doesn't send.
    pub(in crate::testing) fn unless_india<T: Serialize>(&self, value: T) -> Option<T> {
        (!self.is_india()).then_some(value)
    }

    /// A leg's start in milliseconds. Before 2024 it is a whole second.
    pub(in crate::testing) fn time(&self, second: u64) -> u64 {
        let exact = self.cast.started + second * 1000;
        if self.is_2024() {
            exact
        } else {
            exact / 1000 * 1000
        }
    }

    /// A moment in seconds.
    pub(in crate::testing) fn second(&self, second: u64) -> u64 {
        self.cast.started / 1000 + second
    }

    /// The number that is shown, as India writes it.
    fn callerid(&self, number: u64) -> Value {
        if self.is_india() {
            json!(format!("0{number}"))
        } else {
            json!(number)
        }
    }

    pub(in crate::testing) fn live(&self, script: &Script, leg: &Leg, status: Status) -> Sample {
        let sent = if self.is_2024() {
            status.new
        } else {
            status.old
        };
        let extra_params = self.unless_india(self.extra_params);
        script
            .message("live", format!("{}-{}", status.old, leg.name))
            .with_some("type", self.kind("event"))
            .with("appid", self.cast.app_id)
            .with_some("callerid", leg.shown.map(|shown| self.callerid(shown)))
            .with("conversation_uuid", &leg.call)
            .with("direction", leg.direction)
            .with_some("extra_params", extra_params)
            .with("from", leg.from)
            .with("leg", leg.letter)
            .with_some("request_id", leg.request.as_ref())
            .with("status", sent)
            .with("time", self.time(leg.ring.from))
            .with("to", leg.to)
            .with("cmiuuid", &leg.id)
            .with_some("vn", leg.shown)
    }

    pub(in crate::testing) fn record(&self, script: &Script, leg: &Leg) -> Sample {
        let ring = &leg.ring;
        let is_2022 = self.edition == Edition::Piopiy2022;
        let is_requested = (is_2022 && leg.request.is_some()).then_some(true);
        let answered = ring.answered.map(|second| self.second(second));
        let rate = if answered.is_some() {
            json!("0.450000")
        } else {
            json!(0)
        };
        // A second off, as in the documentation's samples.
        let time = (self.second(ring.from) + 1) * 1000;
        let vn = leg.shown.filter(|_| self.is_india());
        script
            .message("cdr", format!("cdr-{}", leg.name))
            .with("to", leg.to)
            .with("appid", self.cast.app_id)
            .with(
                "time",
                if self.is_india() {
                    self.time(ring.from)
                } else {
                    time
                },
            )
            .with_some("start_time", self.unless_india(self.second(ring.from)))
            .with_some("end_time", self.unless_india(self.second(ring.until)))
            .with("from", leg.from)
            .with("direction", leg.direction)
            .with("duration", ring.seconds())
            .with("extra_params", self.extra_params)
            .with("cmiuuid", &leg.id)
            .with_some("call_rate", self.unless_india(rate))
            .with_some("balance", self.unless_india(decimal(self.balance)))
            .with("conversation_uuid", &leg.call_of_record)
            .with_some(
                "answer_time",
                answered.and_then(|second| self.unless_india(second)),
            )
            .with_some("request_id", leg.request.as_ref())
            .with_some("callerid", leg.shown.map(|shown| self.callerid(shown)))
            .with_some("vn", vn)
            .with_some("out", is_requested)
            .with_some("api_init", is_requested)
            .with("leg", leg.letter)
            .with(
                "status",
                if ring.answered.is_some() {
                    "answered"
                } else {
                    "missed"
                },
            )
            .with_some("type", self.kind("cdr"))
    }
}
