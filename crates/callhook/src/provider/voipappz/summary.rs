//! What a Voipappz message tells about the call. The rules are the docs of [`Event::summary`].

use super::{Direction, Disposition, Event, EventName, HangupCause, NAME, Report};
use crate::call::{CallDirection, CallSummary, Finality, MessageKind, Missed, Phase};
use crate::value::{ClockDuration, Leg, Seconds};

impl Event {
    /// What this message tells about the call.
    ///
    /// In each list the first rule that applies counts, and without one the summary says nothing of the field.
    ///
    /// **Call id, leg id** (documentation): `uuid`, "Unique ID Of Call".
    ///
    /// **Direction** (documentation): `direction`, "Direction Of Call".
    ///
    /// **Party** (documentation): not told. A message is about a call, and names both sides.
    ///
    /// **Phase** (documentation): the event. An IVR's tell none.
    ///
    /// **Customer** (inferred from the names)
    ///
    /// 1. `contact_number`.
    /// 2. Incoming: `caller_id_number`, who called.
    /// 3. Outgoing: `destination`, who was called.
    ///
    /// **Agent** (inferred from the names)
    ///
    /// 1. `user_name`.
    /// 2. `extension_username`.
    /// 3. `user_fullname`.
    ///
    /// **Own number** (inferred from the names)
    ///
    /// 1. `did_number`.
    /// 2. Outgoing: `caller_id_number`.
    ///
    /// **Started at** (documentation): `created_at`, "Start Of Call". `start_at` has neither day nor time zone.
    ///
    /// **Talk time** (documentation, inferred): `billing_duration_time` of a `Call:Reporting` with `cause` `answer`.
    /// Before it the figures aren't complete.
    ///
    /// 1. With `queue_name`, `queue_disposition` or `ivr_name`: not told. A queue or an IVR answered, so what is billed
    ///    includes the waiting.
    /// 2. Never `duration` and `duration_time`, which are the whole call's, nor `billing_duration`, whose unit isn't
    ///    known.
    ///
    /// **Missed** (documentation, inferred): the call, on `Call:Hangup` and `Call:Reporting`
    ///
    /// 1. with `cause` `busy` or `no_answer`;
    /// 2. incoming, with `queue_disposition` `abandoned`: its caller gave up in a queue, which had answered. A queue's
    ///    `timeout` says nothing, for the call may have gone on.
    ///
    /// **Finality** (documentation): `Call:Reporting` is the call's last message. After every other more is to come.
    ///
    /// **Recording** (documentation): `recording_url`.
    ///
    /// **EventName** (documentation): `Call:Reporting` is a record, every other event live.
    ///
    /// **As on the wire**: `status` is the event, `leg` is `extension_username`, `caller` is `caller_id_number`,
    /// `called` is `destination`, `team` is `queue_name`, `hangup_reason` is `cause`, `queue_outcome` is
    /// `queue_disposition`, and `leg_seconds` is a `Call:Reporting`'s `billing_duration_time`.
    #[must_use]
    pub fn summary(&self) -> CallSummary {
        match self {
            Self::Report(report) => report.summary(),
            Self::Unrecognized(unrecognized) => CallSummary {
                leg_id: unrecognized.uuid.clone(),
                ..CallSummary::new(NAME)
            },
        }
    }
}

impl Report {
    fn summary(&self) -> CallSummary {
        let direction = match self.direction {
            Some(Direction::Incoming) => Some(CallDirection::Inbound),
            Some(Direction::Outgoing) => Some(CallDirection::Outbound),
            _ => None,
        };
        let (caller, called) = (&self.caller_id_number, &self.destination);
        let (customer, own_number) = match direction {
            Some(CallDirection::Inbound) => (caller, &None),
            Some(CallDirection::Outbound) => (called, caller),
            None => (&None, &None),
        };
        let agent = [
            &self.user_name,
            &self.extension_username,
            &self.user_fullname,
        ];
        CallSummary {
            kind: match self.kind {
                EventName::CallReporting => MessageKind::Record,
                _ => MessageKind::Live,
            },
            status: Some(self.kind.as_str().into()),
            call_id: Some(self.uuid.as_str().into()),
            leg: self.extension_username.as_deref().map(Leg::from),
            wire_direction: self
                .direction
                .as_ref()
                .map(|direction| direction.as_str().into()),
            caller: caller.clone(),
            called: called.clone(),
            team: self.queue_name.clone(),
            ivr: self.ivr_name.clone(),
            leg_seconds: self
                .billing_duration_time
                .filter(|_| self.kind == EventName::CallReporting)
                .map(ClockDuration::seconds),
            hangup_reason: self.cause.as_ref().map(|cause| cause.as_str().into()),
            sip_status: self.sip_status.clone(),
            queue_outcome: self
                .queue_disposition
                .as_ref()
                .map(|outcome| outcome.as_str().into()),
            leg_id: Some(self.uuid.clone()),
            direction,
            phase: match self.kind {
                EventName::CallRinging => Some(Phase::Ringing),
                EventName::CallAnswer => Some(Phase::Answered),
                EventName::CallHangup => Some(Phase::Ended),
                EventName::CallReporting => Some(Phase::Reported),
                EventName::IvrStart | EventName::IvrEnd | EventName::Other(_) => None,
            },
            missed: self.is_missed(direction).then_some(Missed::Call),
            customer: self.contact_number.as_ref().or(customer.as_ref()).cloned(),
            agent: agent.into_iter().flatten().next().cloned(),
            own_number: self.did_number.as_ref().or(own_number.as_ref()).cloned(),
            started_at: self.created_at.as_ref().map(|time| time.timestamp()),
            talk_seconds: self.talk_seconds(),
            recording: self.recording_url.clone(),
            finality: match self.kind {
                EventName::CallReporting => Finality::Call,
                _ => Finality::No,
            },
            ..CallSummary::new(NAME)
        }
    }

    fn is_missed(&self, direction: Option<CallDirection>) -> bool {
        let is_over = matches!(self.kind, EventName::CallHangup | EventName::CallReporting);
        let is_given_up = direction == Some(CallDirection::Inbound)
            && self.queue_disposition == Some(Disposition::Abandoned);
        is_over
            && (is_given_up
                || matches!(self.cause, Some(HangupCause::Busy | HangupCause::NoAnswer)))
    }

    fn talk_seconds(&self) -> Option<Seconds> {
        let is_reported =
            self.kind == EventName::CallReporting && self.cause == Some(HangupCause::Answer);
        let is_direct = self.queue_name.is_none()
            && self.queue_disposition.is_none()
            && self.ivr_name.is_none();
        (is_reported && is_direct)
            .then(|| self.billing_duration_time.map(ClockDuration::seconds))?
    }
}
