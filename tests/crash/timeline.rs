//! What the log tells of each message, and what must not be in it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use callhook_tests::{Record, What};

use crate::senders::Tally;

/// The log, by message.
pub(crate) struct Timeline {
    records: Vec<Record>,
    counts: Counts,
    /// What each wrong is, and the messages it happened to.
    wrongs: BTreeMap<Wrong, Vec<String>>,
    are_all_known: bool,
}

/// What is counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) messages: usize,
    /// Handlers that began.
    pub(crate) begun: usize,
    pub(crate) begun_unchecked: usize,
    /// Handlers that came to a good end.
    pub(crate) handled: usize,
    /// Messages with more than one of those.
    pub(crate) handled_again: usize,
    pub(crate) failed: usize,
    pub(crate) panicked: usize,
    pub(crate) dropped: usize,
    /// Commits that were confirmed, and those that weren't at once.
    pub(crate) committed: usize,
    pub(crate) unsettled: usize,
    /// Messages whose first 2xx was the one of a copy: the handler's own answer never arrived.
    pub(crate) saved_by_replay: usize,
    pub(crate) killed: usize,
    /// Messages whose handler was at work when its process was killed.
    pub(crate) killed_at_work: usize,
    /// Messages whose handler had come to its end then, and whose commit was not confirmed.
    pub(crate) killed_before_commit: usize,
    /// Messages whose commit was confirmed then, and whose sender had no answer yet.
    pub(crate) killed_before_answer: usize,
    /// Handlers that began after the message's commit, which a process was told of.
    pub(crate) after_commit: usize,
    /// Handlers that began after its commit by the Redis server's own account.
    pub(crate) after_redis_commit: usize,
    /// Handlers that began after a sender had got a 2xx for the message.
    pub(crate) after_answer: usize,
    /// Handlers that began while another had the message: neither had it failed, nor was its process dead.
    pub(crate) beside_another: usize,
}

/// What no run may show, or only one that handles messages while Redis is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wrong {
    /// No handler came to a good end, or a sender got no 2xx.
    Lost,
    /// A sender got a 2xx before a handler had come to a good end.
    AnsweredEarly,
    /// It was handled after its commit, though Redis was asked.
    AfterCommit,
    /// The same, by the time of the commit that Redis has noted.
    AfterRedisCommit,
    /// It was handled after a 2xx.
    AfterAnswer,
    /// It was handled while another handler had it.
    BesideAnother,
    /// It was handled when nothing was left to be settled.
    Forgotten,
}

/// What is known of a message at some point of the log.
#[derive(Default)]
struct Message {
    /// The process whose handler holds it, or has handled it.
    owner: Option<u32>,
    /// How far that handler has come.
    stage: Stage,
    ended: usize,
    is_committed: bool,
    is_answered: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    AtWork,
    Ended,
    Committed,
    Answered,
}

impl Timeline {
    /// Reads a log of these messages. With the commits as Redis has them, where each was checked against them.
    pub(crate) fn read<'a>(
        log: &str,
        messages: impl IntoIterator<Item = &'a str>,
        redis_commits: &HashMap<String, i64>,
    ) -> Self {
        let parse = |line: &str| line.parse().unwrap_or_else(|()| panic!("{line:?}"));
        let mut timeline = Self {
            records: log.lines().map(parse).collect(),
            counts: Counts::default(),
            wrongs: BTreeMap::new(),
            are_all_known: false,
        };
        let mut known: HashMap<&str, Message> = messages
            .into_iter()
            .map(|id| (id, Message::default()))
            .collect();
        timeline.counts.messages = known.len();
        for index in 0..timeline.records.len() {
            let record = timeline.records[index].clone();
            timeline.follow(&record, &mut known, redis_commits);
        }
        for (id, message) in &known {
            timeline.counts.handled_again += usize::from(message.ended > 1);
            if message.ended == 0 || !message.is_answered {
                timeline.found(Wrong::Lost, id);
            }
        }
        timeline
    }

    fn follow(
        &mut self,
        record: &Record,
        known: &mut HashMap<&str, Message>,
        redis_commits: &HashMap<String, i64>,
    ) {
        let id = &*record.id;
        let counts = &mut self.counts;
        if record.what == What::Killed {
            counts.killed += 1;
            for message in known.values_mut() {
                if message.owner == Some(record.process) {
                    message.owner = None;
                    match message.stage {
                        Stage::AtWork => counts.killed_at_work += 1,
                        Stage::Ended => counts.killed_before_commit += 1,
                        Stage::Committed => counts.killed_before_answer += 1,
                        Stage::Answered => {}
                    }
                }
            }
            return;
        }
        if record.what == What::AllKnown {
            self.are_all_known = true;
            return;
        }
        let message = known
            .get_mut(id)
            .unwrap_or_else(|| panic!("nobody has sent {id}"));
        match record.what {
            What::Began | What::BeganUnchecked => {
                let is_checked = record.what == What::Began;
                counts.begun += 1;
                counts.begun_unchecked += usize::from(!is_checked);
                let owner = message.owner.replace(record.process);
                message.stage = Stage::AtWork;
                let began = i64::try_from(record.nanos / 1_000_000).expect("a time");
                let commit = redis_commits.get(id);
                let is_after_redis_commit = commit.is_some_and(|commit| began > commit + SLACK_MS);
                counts.after_commit += usize::from(message.is_committed);
                counts.after_redis_commit += usize::from(is_after_redis_commit);
                counts.after_answer += usize::from(message.is_answered);
                counts.beside_another += usize::from(owner.is_some());
                let wrongs = [
                    (message.is_committed && is_checked, Wrong::AfterCommit),
                    (is_after_redis_commit && is_checked, Wrong::AfterRedisCommit),
                    (message.is_answered, Wrong::AfterAnswer),
                    (owner.is_some(), Wrong::BesideAnother),
                    (self.are_all_known, Wrong::Forgotten),
                ];
                for (is_so, wrong) in wrongs {
                    if is_so {
                        self.found(wrong, id);
                    }
                }
            }
            What::Ended => {
                counts.handled += 1;
                message.ended += 1;
                message.stage = Stage::Ended;
            }
            What::Failed | What::Panicked | What::Dropped => {
                match record.what {
                    What::Failed => counts.failed += 1,
                    What::Panicked => counts.panicked += 1,
                    _ => counts.dropped += 1,
                }
                message.owner = message.owner.filter(|owner| *owner != record.process);
            }
            What::Committed => {
                counts.committed += 1;
                message.is_committed = true;
                message.stage = Stage::Committed;
            }
            What::Lost | What::Unsettled => counts.unsettled += 1,
            What::Answered | What::Replayed => {
                let is_replay = record.what == What::Replayed;
                counts.saved_by_replay += usize::from(is_replay && !message.is_answered);
                message.is_answered = true;
                message.stage = Stage::Answered;
                if message.ended == 0 {
                    self.found(Wrong::AnsweredEarly, id);
                }
            }
            What::Killed | What::AllKnown => {}
        }
    }

    fn found(&mut self, wrong: Wrong, id: &str) {
        self.wrongs.entry(wrong).or_default().push(id.to_owned());
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Adds what only the senders know: who got no answer.
    pub(crate) fn with_unanswered(mut self, tallies: &[&Tally]) -> Self {
        for id in tallies.iter().flat_map(|tally| tally.unanswered()) {
            self.found(Wrong::Lost, id);
        }
        self
    }

    /// Fails with the story of some messages if anything went wrong, but for what is allowed here.
    pub(crate) fn assert_sound(&self, allowed: &[Wrong]) {
        let mut wrongs = self.wrongs.iter();
        let Some((wrong, ids)) = wrongs.find(|(wrong, _)| !allowed.contains(wrong)) else {
            return;
        };
        let mut story = String::new();
        for id in ids.iter().take(3) {
            for record in &self.records {
                if record.id == *id || matches!(record.what, What::Killed | What::AllKnown) {
                    let Record {
                        nanos,
                        process,
                        what,
                        id,
                    } = record;
                    story += &format!("{nanos} {process} {what:?} {id}\n");
                }
            }
        }
        panic!(
            "{wrong:?}: {} messages, such as\n{story}{}",
            ids.len(),
            self.counts
        );
    }
}

/// How far the time of a commit, taken from what is left of its window, may be off. A sender waits longer before it
/// tries again, so nothing hides in it.
const SLACK_MS: i64 = 25;

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, count) in [
            ("messages", self.messages),
            ("handlers begun", self.begun),
            ("  unchecked", self.begun_unchecked),
            ("  failed", self.failed),
            ("  panicked", self.panicked),
            ("  dropped", self.dropped),
            ("  came to a good end", self.handled),
            ("handled more than once", self.handled_again),
            ("begun after the commit", self.after_commit),
            ("  by Redis's clock", self.after_redis_commit),
            ("begun after a 2xx", self.after_answer),
            ("begun beside another", self.beside_another),
            ("commits confirmed", self.committed),
            ("commits not confirmed", self.unsettled),
            ("first 2xx was a replay", self.saved_by_replay),
            ("processes killed", self.killed),
            ("  with one at work", self.killed_at_work),
            ("  before the commit", self.killed_before_commit),
            ("  before the answer", self.killed_before_answer),
        ] {
            writeln!(f, "  {name:<24}{count:>8}")?;
        }
        Ok(())
    }
}
