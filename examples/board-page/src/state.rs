//! The calls that the board shows: [`State`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt::Write as _;

use super::html::{Isolated, Moment};
use super::row::{Duration, Row};
use super::source::Batch;

/// The calls, and what changed when. Each batch is a revision.
#[derive(Debug, Default)]
pub(crate) struct State {
    rows: HashMap<u64, Row>,
    /// The calls that are over before those that go on, each in ascending order: the order in which they are forgotten.
    sorted: BTreeSet<(bool, u64, u64)>,
    revision: u64,
    /// The last that went, with the revisions in which they did.
    gone: VecDeque<(u64, u64)>,
    /// The last revision of which `gone` doesn't have everything.
    gone_unknown: u64,
    /// Since when the source can't be read.
    stale_since: Option<u64>,
}

/// What there is to tell somebody who knows a revision.
#[derive(Debug)]
pub(crate) struct News<'a> {
    pub(crate) revision: u64,
    /// Whether it is all that there is, and not what changed.
    pub(crate) is_all: bool,
    pub(crate) changed: Vec<(u64, &'a Row)>,
    pub(crate) gone: Vec<u64>,
}

impl State {
    pub(crate) fn apply(&mut self, batch: Batch, now: u64) {
        self.revision += 1;
        self.stale_since = batch.is_stale.then(|| self.stale_since.unwrap_or(now));
        for key in batch.gone {
            self.remove(key);
        }
        for shown in batch.changed {
            let before = self.rows.get(&shown.key);
            let changed_at = shown.changed_at.unwrap_or(now);
            let row = Row::new(shown.answers, before, self.revision, changed_at);
            if let Some(before) = before {
                self.sorted.remove(&place(shown.key, before));
            }
            self.sorted.insert(place(shown.key, &row));
            self.rows.insert(shown.key, row);
        }
        while self.rows.len() > KEPT {
            let Some((_, _, key)) = self.sorted.first().copied() else {
                break;
            };
            self.remove(key);
        }
    }

    fn remove(&mut self, key: u64) {
        let Some(row) = self.rows.remove(&key) else {
            return;
        };
        self.sorted.remove(&place(key, &row));
        self.gone.push_back((self.revision, key));
        if self.gone.len() > KEPT {
            self.gone_unknown = self.gone.pop_front().map_or(0, |(revision, _)| revision);
        }
    }

    /// What is new since a revision. Everything, where that is `None`, or so long ago that not all that went since is known.
    pub(crate) fn news_since(&self, revision: Option<u64>) -> News<'_> {
        let since = revision.filter(|revision| *revision >= self.gone_unknown);
        let rows = self.rows.iter().map(|(key, row)| (*key, row));
        let Some(since) = since else {
            return News {
                revision: self.revision,
                is_all: true,
                changed: rows.collect(),
                gone: Vec::new(),
            };
        };
        let gone = self.gone.iter().rev();
        let gone = gone.take_while(|(revision, _)| *revision > since);
        News {
            revision: self.revision,
            is_all: false,
            changed: rows.filter(|(_, row)| row.revision > since).collect(),
            // What went and came back is among what changed.
            gone: gone
                .map(|(_, key)| *key)
                .filter(|key| !self.rows.contains_key(key))
                .collect(),
        }
    }

    /// Whether the calls are those of now.
    pub(crate) fn stale_html(&self) -> String {
        self.stale_since.map_or_else(String::new, |at| {
            format!(
                "The calls can't be read. What is shown is as of {}.",
                Moment(at)
            )
        })
    }

    /// The first rows of one list, as the page shows them.
    pub(crate) fn list(&self, is_open: bool) -> impl Iterator<Item = (u64, &Row)> {
        let range = (is_open, 0, 0)..=(is_open, u64::MAX, u64::MAX);
        let keys = self.sorted.range(range).rev().map(|(_, _, key)| *key);
        keys.filter_map(|key| self.rows.get(&key).map(|row| (key, row)))
    }

    /// How many calls of each agent go on, and how those that are over came out.
    pub(crate) fn agents_html(&self) -> String {
        let mut agents = BTreeMap::<&str, Agent>::new();
        for row in self.rows.values() {
            for one in &row.agents {
                let agent = agents
                    .entry(one.agent.as_deref().unwrap_or(""))
                    .or_default();
                match (row.is_open, one.answered) {
                    (true, _) => agent.open += 1,
                    (false, true) => {
                        agent.answered += 1;
                        agent.talk_seconds = agent.talk_seconds.saturating_add(row.talk_seconds);
                    }
                    (false, false) => agent.not_answered += 1,
                }
            }
        }
        if agents.is_empty() {
            return "<p>No message has named an agent yet.</p>".to_owned();
        }
        let mut agents: Vec<_> = agents.into_iter().collect();
        agents.sort_by_key(|(_, agent)| Reverse((agent.open > 0, agent.answered)));
        let mut html =
            "<table><thead><tr><th scope=col>Agent</th><th scope=col class=number>Going on</th>\
            <th scope=col class=number>Answered</th><th scope=col class=number>Not answered</th>\
            <th scope=col class=number>Talked</th></tr></thead><tbody>"
                .to_owned();
        for (name, agent) in agents.iter().take(AGENTS) {
            html += "<tr><th scope=row>";
            match *name {
                "" => html += "without a name",
                name => write!(html, "{}", Isolated(name)).unwrap_or_default(),
            }
            html += "</th>";
            for count in [agent.open, agent.answered, agent.not_answered] {
                write!(html, "<td class=number>{count}</td>").unwrap_or_default();
            }
            let talked = Duration(agent.talk_seconds);
            write!(html, "<td class=number>{talked}</td></tr>").unwrap_or_default();
        }
        html += "</tbody></table>";
        let more = agents.len().saturating_sub(AGENTS);
        if more > 0 {
            write!(html, "<p>{more} more agents are not shown.</p>").unwrap_or_default();
        }
        html
    }
}

#[derive(Default)]
struct Agent {
    open: u64,
    answered: u64,
    not_answered: u64,
    talk_seconds: u64,
}

fn place(key: u64, row: &Row) -> (bool, u64, u64) {
    (row.is_open, row.order(), key)
}

/// How many calls a board keeps, and how many keys of calls that went.
pub const KEPT: usize = 2_000;

/// How many agents are shown.
const AGENTS: usize = 100;
