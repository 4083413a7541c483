//! A call's answers one by one, with their rules.

use super::rules::Messages;
use super::whole::Call;
use super::{Answers, CallAgent, CallDirection, Outcome, Voicemail};
use crate::value::{PhoneNumber, Seconds, Text, Timestamp};

/// Answers, each by its own rule. Who needs several asks for [all](Self::answers).
impl Call {
    /// All answers at once, which costs no more than one of them.
    #[must_use]
    pub fn answers(&self) -> Answers {
        self.answers_after(None)
    }

    /// As [`answers`](Self::answers), with as much of what it answered before as is the same.
    pub(super) fn answers_after(&self, before: Option<&Answers>) -> Answers {
        Messages::of(self).answers(self, before)
    }

    /// The call's direction: the most trusted message's that tells one.
    ///
    /// 1. A record. (PIOPIY: of another leg than b, then anything of another leg than b.)
    /// 2. The caller's leg.
    /// 3. Any other.
    #[must_use]
    pub fn direction(&self) -> Option<CallDirection> {
        self.answers().direction
    }

    /// The number outside, as the call's direction and the most trusted message tell it.
    ///
    /// | | from the most trusted source |
    /// |---|---|
    /// | inbound | `from` of the caller's leg, then of any. (PIOPIY: never one that is `callerid` too) |
    /// | TeleCMI, outbound | `to` of leg b's record, a record without a leg, leg b's events, leg a's events; never of leg a's record, where it may be the agent's phone |
    /// | PIOPIY, outbound | `to` of leg a, its record first |
    /// | Voipappz | the contact's number, else who called or was called |
    /// | your own | the summary's `customer`, else `caller` or `called` |
    #[must_use]
    pub fn customer(&self) -> Option<PhoneNumber> {
        self.answers().customer
    }

    /// The account's own number: a record's, then the caller's leg's, then any. (PIOPIY: leg b's last.)
    #[must_use]
    pub fn own_number(&self) -> Option<PhoneNumber> {
        self.answers().own_number
    }

    /// Whose phones rang, in that order, or who made the call. One agent's legs are one; an agent without a name has one for
    /// each leg.
    ///
    /// | | agents are on |
    /// |---|---|
    /// | TeleCMI, inbound | legs b. A record without a leg is of the agent's leg with its `cmiuuid`, else of its agent's, else of the only one without a name, else of a leg of its own |
    /// | TeleCMI, outbound | leg a, the agent who called. A leg b means that the agent was there |
    /// | PIOPIY, inbound | legs b, but not those of streams |
    /// | Voipappz | the messages that name an extension or a user |
    /// | others | the messages that name an agent |
    #[must_use]
    pub fn agents(&self) -> Vec<CallAgent> {
        self.answers().agents
    }

    /// Who answered. The agent's name may be unknown.
    ///
    /// 1. Inbound: of the answered legs of agents one that has a record with its time, then the one that was rung first.
    /// 2. TeleCMI, outbound: who made the call, where the customer answered.
    /// 3. Voipappz: whom the reporting names, else the hangup, else the answer.
    #[must_use]
    pub fn answered_by(&self) -> Option<CallAgent> {
        self.answers().answered_by
    }

    /// How the call came out, by the first line that applies; `None` where no message tells yet.
    ///
    /// | | condition | outcome |
    /// |---|---|---|
    /// | TeleCMI, inbound | a record `answered` | `Answered` |
    /// | | the call's record `missed`, that is not an agent's: with a voicemail / with `recv_bye` / else | `Voicemail` / `Abandoned` / `Missed` |
    /// | | no record, an agent's leg answered, and the caller's leg hung up | `Answered` |
    /// | TeleCMI, outbound | a record `answered` of leg b or without a leg | `Answered` |
    /// | | one that is `missed`: with `sent_reject` / with `recv_bye` / else | `Refused` / `Cancelled` / `NoAnswer` |
    /// | | leg a's record `missed` | `AgentNoAnswer` |
    /// | PIOPIY, inbound | leg a's record, or one without a leg, `missed` | `Missed` |
    /// | | it is `answered`, and a leg b answered, or anything was bridged | `Answered` |
    /// | | it is `answered`, and all legs b that were seen have their records, none answered | `Missed` |
    /// | PIOPIY, outbound | leg b's record `answered` | `Answered` |
    /// | | leg a's record, or one without a leg, `missed`; or it is `answered`, and leg b's `missed` | `NoAnswer` |
    /// | Voipappz, a reporting, else a hangup | inbound, queue `abandoned` | `Abandoned` |
    /// | | cause `answer`, and no queue or its `answer` | `Answered` |
    /// | | cause `busy` | `Busy` |
    /// | | cause `no_answer`: inbound / outbound | `Missed` / `NoAnswer` |
    /// | your own | what a summary says, else the [final](super::Finality::Call) record's miss: inbound / outbound | `Missed` / `NoAnswer` |
    /// | | the final record has a talk time | `Answered` |
    ///
    /// A platform's word that none of them stands for is [`Answers::hangup_reason`](super::Answers::hangup_reason).
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.answers().outcome
    }

    /// The [outcome](Self::outcome), and where no message tells it, what is likely if nothing more comes: a record may be
    /// lost, and some calls have none that tells. `None` without a direction.
    ///
    /// 1. Answered, where an agent's leg of an inbound call was, or leg b of an outbound one. (PIOPIY: any leg.)
    /// 2. Else inbound missed, and outbound not answered.
    ///
    /// So a PIOPIY call that an announcement or a phone menu answered, and whose caller hung up there, is presumed answered:
    /// its messages don't tell it from one that a voice bot served.
    #[must_use]
    pub fn presumed_outcome(&self) -> Option<Outcome> {
        self.answers().presumed_outcome
    }

    /// For how long agent and customer talked.
    ///
    /// 1. Inbound: the figure of the caller's own record, which at PIOPIY includes what an application played first.
    /// 2. Inbound: the record's of the only answered leg of an agent. `None` of several, as after a transfer: each of the
    ///    [agents](Self::agents) has seconds.
    /// 3. Outbound: leg b's record's, or one's without a leg. Never leg a's, which was answered while leg b rang.
    /// 4. Voipappz, your own: the record's `talk_seconds`.
    #[must_use]
    pub fn talk_seconds(&self) -> Option<Seconds> {
        self.answers().talk_seconds
    }

    /// For how long the caller of an unanswered call waited, as the call's own record says.
    #[must_use]
    pub fn waited_seconds(&self) -> Option<Seconds> {
        self.answers().waited_seconds
    }

    /// When the call started: the earliest time that any of its messages has for its leg's start. Earlier messages that are
    /// still to come can move it back.
    #[must_use]
    pub fn started_at(&self) -> Option<Timestamp> {
        self.answers().started_at
    }

    /// When the call was answered, by the platform's clock: PIOPIY's records alone tell, inbound of another leg than b,
    /// outbound of leg b.
    #[must_use]
    pub fn answered_at(&self) -> Option<Timestamp> {
        self.answers().answered_at
    }

    /// When the call ended, by the platform's clock: PIOPIY's records alone tell, of another leg than b.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.answers().ended_at
    }

    /// When the first message that says the call was answered was received. It is the one answer that is about arrival.
    #[must_use]
    pub fn answer_seen_at(&self) -> Option<Timestamp> {
        self.answers().answer_seen_at
    }

    /// The recordings' file names or URLs: for each leg its record's, in the content that was first received last.
    #[must_use]
    pub fn recordings(&self) -> Vec<Text> {
        self.answers().recordings
    }

    /// The voicemails.
    #[must_use]
    pub fn voicemails(&self) -> Vec<Voicemail> {
        self.answers().voicemails
    }

    /// How many legs the messages are of. A leg is an id **and** a letter: the legs of PIOPIY's missed calls share an id.
    #[must_use]
    pub fn legs(&self) -> usize {
        self.answers().legs
    }

    /// How many different messages there are: copies, and other contents of one message, count once.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.answers().messages
    }

    /// Whether nobody talks any more: the call is [over](Self::is_over), or the caller's leg was hung up or has its record.
    /// (TeleCMI, outbound: either leg. PIOPIY, outbound: leg a.) For boards.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.answers().is_ended
    }

    /// Whether all that decides is there: the record that the [outcome](Self::outcome) is made of.
    ///
    /// 1. TeleCMI, inbound: also the end of every agent's leg that was answered, unless the caller hung up.
    /// 2. Voipappz: the reporting, whatever it says.
    ///
    /// It is a belief: a transfer can reopen a call. Only for a provider of your own does one message's
    /// [finality](super::Finality) decide it, once an outcome is told as well.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.answers().is_over
    }

    /// Whether the messages are known to be the whole call's. `false` where all are of leg b, and none has an id of the call
    /// or its request: the legs before are then a call of their own here.
    #[must_use]
    pub fn is_joined(&self) -> bool {
        self.answers().is_joined
    }
}
