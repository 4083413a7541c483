//! What a PIOPIY message tells about the call. The rules are the docs of [`Event::summary`].

use super::{Answer, Cdr, Event, Live, NAME, Status, Stream};
use crate::call::{CallDirection, CallSummary, Finality, Missed, Party, Phase};
use crate::value::{ConversationId, Direction, Leg, LegId, PhoneNumber, Seconds, Text, Timestamp};

impl Event {
    /// What this message tells about the call.
    ///
    /// PIOPIY runs what the application tells it to, so the wire says less of who is who than TeleCMI's does.
    ///
    /// | what | rule | source |
    /// |---|---|---|
    /// | call id | `conversation_uuid`, and nothing else: global CDRs have one that is neither `cmiuuid` nor `request_id` | documented samples |
    /// | direction | inbound where a message says `inbound` or has a status `in_*`; outbound where one that isn't leg b's says `outbound`, or has a status `out_*` and no `direction`. Leg b of either call may say `outbound`: it is an outbound call's with `request_id`, `api_init` or `vn`; an inbound call's if its `cmiuuid` is the call's id, or without `callerid`; else the wire doesn't tell | documented samples; leg b inferred from them |
    /// | party | inbound: leg b is the agent's, every other the caller's. Outbound: not told, for an application may ring either side first. The leg of a stream's leg b is no person's | documentation |
    /// | customer | inbound: `from`, unless it is `callerid`, the account's own number. Outbound: leg a's `to`, the number that the application called | documentation |
    /// | own number | `vn`; else inbound leg a's `to`, or leg b's and an outbound call's `callerid` | documentation |
    /// | phase | of the status without its `in_` or `out_`; `bridged` is answered. A stream's status tells of the stream alone | documentation |
    /// | started at | a CDR's `start_time` (seconds on the wire), on the clock of its other times; else `time` (milliseconds) | documentation |
    /// | talk time | `duration` of an answered leg, which is the time from its answer to its end: of an inbound call's leg a, of an outbound call's leg b. Never of both legs of a call. An outbound call's leg a is answered while leg b is still to be rung. What an application played to an inbound caller first is included | documented samples, inferred |
    /// | missed | leg b: that leg, for the application may try another number. Every other: the call | documentation, inferred |
    /// | final | a CDR is its leg's last message. It is the call's, too, on an inbound call's leg a, an outbound call's answered leg b, and its missed leg a, for no leg follows a missed one | inferred |
    /// | recording | none: no PIOPIY message is known to have one | documentation |
    #[must_use]
    pub fn summary(&self) -> CallSummary {
        match self {
            Self::Cdr(cdr) => cdr.summary(),
            Self::Live(live) => live.summary(),
            Self::Stream(stream) => stream.summary(),
            Self::Answer(answer) => answer.summary(),
            Self::Dtmf(_) | Self::Unrecognized(_) => CallSummary {
                leg_id: self.leg_id().cloned(),
                ..EMPTY
            },
        }
    }
}

const EMPTY: CallSummary = CallSummary::new(NAME);

impl Cdr {
    fn summary(&self) -> CallSummary {
        let notice = self.notice();
        let direction = notice.call_direction();
        let missed = self.missed(direction);
        CallSummary {
            phase: Some(Phase::Reported),
            missed,
            started_at: self.start_time.or(self.time),
            talk_seconds: self.talk_seconds(direction),
            finality: match (direction, &self.leg, &self.status) {
                (Some(CallDirection::Inbound), None | Some(Leg::A), _)
                | (Some(CallDirection::Outbound), Some(Leg::A), Status::Missed)
                | (Some(CallDirection::Outbound), Some(Leg::B), Status::Answered) => Finality::Call,
                _ => Finality::Leg,
            },
            ..notice.summary()
        }
    }

    fn missed(&self, direction: Option<CallDirection>) -> Option<Missed> {
        match (&self.status, &self.leg, direction) {
            (Status::Missed, Some(Leg::B), _) => Some(Missed::Leg),
            (Status::Missed, None | Some(Leg::A), Some(_)) => Some(Missed::Call),
            _ => None,
        }
    }

    fn talk_seconds(&self, direction: Option<CallDirection>) -> Option<Seconds> {
        match (&self.status, direction?, &self.leg) {
            (Status::Answered, CallDirection::Inbound, None | Some(Leg::A))
            | (Status::Answered, CallDirection::Outbound, Some(Leg::B)) => self.duration,
            _ => None,
        }
    }
}

impl Live {
    fn summary(&self) -> CallSummary {
        let status = self.status.as_str().trim_ascii().to_ascii_lowercase();
        let status = status
            .strip_prefix("in_")
            .or(status.strip_prefix("out_"))
            .unwrap_or(&status);
        CallSummary {
            phase: match status {
                "waiting" => Some(Phase::Waiting),
                "started" | "ringing" => Some(Phase::Ringing),
                "answered" | "bridged" => Some(Phase::Answered),
                "hangup" => Some(Phase::Ended),
                _ => None,
            },
            ..self.notice().summary()
        }
    }
}

impl Stream {
    fn summary(&self) -> CallSummary {
        let summary = self.notice().summary();
        CallSummary {
            party: summary.party.filter(|_| self.leg != Some(Leg::B)),
            ..summary
        }
    }
}

impl Answer {
    fn summary(&self) -> CallSummary {
        let direction = self.action.as_deref().map(Direction::from);
        let known = CallSummary {
            leg_id: Some(self.cmiuuid.clone()),
            started_at: self.time,
            ..EMPTY
        };
        match direction {
            Some(Direction::Inbound) => CallSummary {
                direction: Some(CallDirection::Inbound),
                party: Some(Party::Customer),
                customer: self.from.clone(),
                own_number: self.to.clone(),
                ..known
            },
            Some(Direction::Outbound) => CallSummary {
                direction: Some(CallDirection::Outbound),
                customer: self.to.clone(),
                own_number: self.from.clone(),
                ..known
            },
            _ => known,
        }
    }
}

/// What CDRs, live and stream events have in common.
struct Notice<'e> {
    cmiuuid: &'e LegId,
    conversation_uuid: &'e Option<ConversationId>,
    is_requested: bool,
    direction: &'e Option<Direction>,
    leg: &'e Option<Leg>,
    status: &'e Status,
    user: &'e Option<Text>,
    to: &'e Option<PhoneNumber>,
    from: &'e Option<PhoneNumber>,
    callerid: &'e Option<PhoneNumber>,
    vn: &'e Option<PhoneNumber>,
    time: Option<Timestamp>,
}

macro_rules! notice {
    ($event:ident, is_requested: |$it:ident| $is_requested:expr) => {
        impl $event {
            fn notice(&self) -> Notice<'_> {
                let $it = self;
                Notice {
                    cmiuuid: &self.cmiuuid,
                    conversation_uuid: &self.conversation_uuid,
                    is_requested: $is_requested,
                    direction: &self.direction,
                    leg: &self.leg,
                    status: &self.status,
                    user: &self.user,
                    to: &self.to,
                    from: &self.from,
                    callerid: &self.callerid,
                    vn: &self.vn,
                    time: self.time,
                }
            }
        }
    };
}

notice!(Cdr, is_requested: |cdr| cdr.request_id.is_some() || cdr.api_init == Some(true));
notice!(Live, is_requested: |live| live.request_id.is_some() || live.api_init == Some(true));
notice!(Stream, is_requested: |stream| stream.request_id.is_some());

impl Notice<'_> {
    /// All but what belongs to the kind of message.
    fn summary(&self) -> CallSummary {
        let direction = self.call_direction();
        let is_leg_b = *self.leg == Some(Leg::B);
        let (party, customer, own_number) = match direction {
            Some(CallDirection::Inbound) if is_leg_b => {
                (Some(Party::Agent), self.caller(), self.callerid)
            }
            Some(CallDirection::Inbound) => (Some(Party::Customer), self.caller(), self.to),
            Some(CallDirection::Outbound) if is_leg_b => (None, &None, self.callerid),
            Some(CallDirection::Outbound) => (None, self.to, self.callerid),
            None => (None, &None, &None),
        };
        CallSummary {
            call_id: self.conversation_uuid.clone(),
            leg_id: Some(self.cmiuuid.clone()),
            direction,
            party,
            customer: customer.clone(),
            agent: self.user.clone(),
            own_number: self.vn.clone().or_else(|| own_number.clone()),
            started_at: self.time,
            ..EMPTY
        }
    }

    fn call_direction(&self) -> Option<CallDirection> {
        let status = self.status.as_str().to_ascii_lowercase();
        let is_in = status.starts_with("in_");
        match self.direction {
            _ if is_in => Some(CallDirection::Inbound),
            Some(Direction::Inbound) => Some(CallDirection::Inbound),
            Some(Direction::Outbound) => self.direction_of_outbound_leg(),
            None if status.starts_with("out_") => self.direction_of_outbound_leg(),
            _ => None,
        }
    }

    /// An inbound call's leg b goes out, too.
    fn direction_of_outbound_leg(&self) -> Option<CallDirection> {
        let is_calls_id = self.conversation_uuid.as_deref() == Some(&**self.cmiuuid);
        if *self.leg != Some(Leg::B) || self.is_requested || self.vn.is_some() {
            Some(CallDirection::Outbound)
        } else if is_calls_id || self.callerid.is_none() {
            Some(CallDirection::Inbound)
        } else {
            None
        }
    }

    fn caller(&self) -> &Option<PhoneNumber> {
        if self.from == self.callerid {
            &None
        } else {
            self.from
        }
    }
}
