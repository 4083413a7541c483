//! A call as one row of the page: [`Row`].

use std::fmt::Write as _;
use std::sync::Arc;

use callhook::call::{Answers, CallAgent, CallDirection, Outcome};

use super::html::{Ago, Isolated, Moment, Text};

/// A call, and the row that shows it.
#[derive(Debug)]
pub(crate) struct Row {
    /// Which change of the board was this row's last.
    pub(crate) revision: u64,
    /// Whether the call goes on.
    pub(crate) is_open: bool,
    /// When it was first seen, in milliseconds since 1970.
    pub(crate) seen_at: u64,
    /// When it was first seen to have ended.
    pub(crate) ended_at: Option<u64>,
    pub(crate) agents: Vec<CallAgent>,
    pub(crate) talk_seconds: u64,
    /// What the page's filter looks in, in lower case.
    pub(crate) words: Arc<str>,
    answers: Answers,
}

impl Row {
    /// Of what is known now, and of the row that showed the call until now.
    pub(crate) fn new(answers: Answers, before: Option<&Self>, revision: u64, now: u64) -> Self {
        let seen_at = before.map_or(now, |before| before.seen_at);
        let ended_at = answers
            .is_ended
            .then(|| before.and_then(|before| before.ended_at).unwrap_or(now));
        let mut row = Self {
            revision,
            is_open: !answers.is_ended,
            seen_at,
            ended_at,
            agents: answers.agents.iter().take(AGENTS).cloned().collect(),
            talk_seconds: answers.talk_seconds.map_or(0, |seconds| seconds.get()),
            words: "".into(),
            answers,
        };
        row.words = row.written_words().into();
        row
    }

    /// What its list is sorted by, the greatest first: a call that goes on by when it was first seen, and one that is over
    /// by when it ended, so that no row moves when more of its call becomes known.
    pub(crate) fn order(&self) -> u64 {
        self.ended_at.unwrap_or(self.seen_at)
    }

    fn written_words(&self) -> String {
        let mut words = String::new();
        let answers = &self.answers;
        let numbers = [&answers.customer, &answers.own_number];
        let numbers = numbers.into_iter().flatten().map(|number| number.as_str());
        let agents = self
            .agents
            .iter()
            .filter_map(|agent| agent.agent.as_deref());
        let others = [Some(&*answers.provider), answers.tenant.as_deref()];
        for word in numbers.chain(agents).chain(others.into_iter().flatten()) {
            let start: String = word.chars().take(120).collect();
            words += &start.to_lowercase();
            words.push('\n');
        }
        words += &self.state().1.to_lowercase();
        words
    }

    /// How it goes: a class for the style, and a word.
    fn state(&self) -> (&'static str, &str) {
        let answers = &self.answers;
        if self.is_open {
            return if answers.answered_by.is_some() {
                ("talking", "Talking")
            } else if rings(answers) {
                ("ringing", "Ringing")
            } else {
                ("other", "Not known")
            };
        }
        match answers
            .outcome
            .as_ref()
            .or(answers.presumed_outcome.as_ref())
        {
            Some(Outcome::Answered) => ("answered", "Answered"),
            Some(Outcome::Missed) => ("missed", "Missed"),
            Some(Outcome::Abandoned) => ("missed", "Caller gave up"),
            Some(Outcome::Voicemail) => ("missed", "Voicemail"),
            Some(Outcome::Busy) => ("missed", "Busy"),
            Some(Outcome::NoAnswer) => ("missed", "No answer"),
            Some(Outcome::Refused) => ("missed", "Declined or busy"),
            Some(Outcome::Cancelled) => ("missed", "Cancelled"),
            Some(Outcome::AgentNoAnswer) => ("missed", "Agent did not answer"),
            Some(other) => ("other", other.as_str()),
            None => ("other", "Ended"),
        }
    }

    /// The list item.
    pub(crate) fn html(&self, key: u64, now: u64) -> String {
        let answers = &self.answers;
        let (class, state) = self.state();
        let mut html = format!("<li class=\"call {class}\" data-key=\"{key}\">");
        self.write(&mut html, state, answers, now)
            // A string has room for what is written to it.
            .unwrap_or_default();
        html + "</li>"
    }

    fn write(
        &self,
        html: &mut String,
        state: &str,
        answers: &Answers,
        now: u64,
    ) -> std::fmt::Result {
        write!(html, "<span class=state>{}</span> ", Text(state))?;
        match &answers.customer {
            Some(number) => write!(html, "<b class=who>{}</b> ", Isolated(number.as_str()))?,
            None => html.write_str("<b class=who>Unknown number</b> ")?,
        }
        html.write_str("<span class=what>")?;
        html.write_str(match answers.direction {
            Some(CallDirection::Inbound) => "calls in",
            Some(CallDirection::Outbound) => "is called",
            _ => "in a call",
        })?;
        if let Some(own) = &answers.own_number {
            let word = if answers.direction == Some(CallDirection::Outbound) {
                "from"
            } else {
                "to"
            };
            write!(html, " {word} {}", Isolated(own.as_str()))?;
        }
        html.write_str("</span> <span class=agents>")?;
        self.write_agents(html)?;
        html.write_str("</span> <span class=when>")?;
        match self.ended_at {
            Some(at) => write!(html, "ended {}", Ago { at, now })?,
            None => write!(
                html,
                "began {}",
                Ago {
                    at: self.seen_at,
                    now
                }
            )?,
        }
        html.write_str("</span> <span class=more>")?;
        write!(html, "{}", Text(&answers.provider))?;
        if let Some(tenant) = &answers.tenant {
            write!(html, ", {}", Isolated(tenant))?;
        }
        if let Some(at) = answers.started_at {
            write!(html, ", started {}", Moment(at.as_millis()))?;
        }
        if let Some(seconds) = answers.talk_seconds {
            write!(html, ", talked {}", Duration(seconds.get()))?;
        }
        if let Some(seconds) = answers.waited_seconds {
            write!(html, ", waited {}", Duration(seconds.get()))?;
        }
        if !answers.recordings.is_empty() {
            html.write_str(", recorded")?;
        }
        if !answers.voicemails.is_empty() {
            html.write_str(", left a voicemail")?;
        }
        html.write_str("</span>")
    }

    fn write_agents(&self, html: &mut String) -> std::fmt::Result {
        if self.agents.is_empty() {
            return html.write_str(if self.is_open {
                "no agent yet"
            } else {
                "no agent"
            });
        }
        for (at, agent) in self.agents.iter().enumerate() {
            if at > 0 {
                html.write_str(", ")?;
            }
            match &agent.agent {
                Some(name) => write!(html, "{}", Isolated(name))?,
                None => html.write_str("an agent without a name")?,
            }
            if agent.answered {
                html.write_str(" answered")?;
            }
        }
        match self.answers.agents.len().saturating_sub(AGENTS) {
            0 => Ok(()),
            more => write!(html, " and {more} more"),
        }
    }
}

/// Whether messages tell that a phone rings: an agent's, or the one of a call whose direction is known and of which there
/// is no record yet.
fn rings(answers: &Answers) -> bool {
    let is_rung = |agent: &CallAgent| {
        !agent.answered && agent.seconds.is_none() && agent.hangup_reason.is_none()
    };
    let has_record = answers.outcome.is_some()
        || answers.talk_seconds.is_some()
        || answers.hangup_reason.is_some()
        || answers.ended_at.is_some();
    answers.agents.iter().any(is_rung) || (answers.direction.is_some() && !has_record)
}

/// A duration as people say it.
pub(crate) struct Duration(pub(crate) u64);

impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (hours, minutes, seconds) = (self.0 / 3600, self.0 / 60 % 60, self.0 % 60);
        if hours > 0 {
            write!(f, "{hours}:{minutes:02}:{seconds:02}")
        } else {
            write!(f, "{minutes}:{seconds:02}")
        }
    }
}

/// A call rings more phones than a row has room for.
const AGENTS: usize = 4;
