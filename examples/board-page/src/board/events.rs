//! Server-sent events: [`Events`].

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::{Board, TOGETHER, now};

/// The events for one client, each as the bytes to send.
///
/// The first has everything, and each one after it what changed since. Nothing is kept for a client: whatever it missed
/// while it read slowly comes with the next event, in its last state.
pub struct Events {
    board: Board,
    changed: watch::Receiver<bool>,
    /// What the client knows.
    revision: Option<u64>,
    heard: String,
    codes: String,
    agents: String,
}

/// An event's data.
#[derive(Serialize)]
struct Data<'a> {
    /// The server's clock, in milliseconds since 1970.
    now: u64,
    /// Whether what isn't among the calls is gone.
    all: bool,
    calls: Vec<CallData<'a>>,
    gone: Vec<String>,
    /// The HTML of parts of the page, by their ids, where it has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    heard: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agents: Option<&'a str>,
    stale: String,
}

/// Numbers as JavaScript has them are too small for a key.
#[derive(Serialize)]
struct CallData<'a> {
    key: String,
    open: bool,
    order: u64,
    words: &'a str,
    html: String,
}

impl Events {
    pub(super) fn new(board: Board, mut changed: watch::Receiver<bool>) -> Self {
        changed.mark_changed();
        Self {
            board,
            changed,
            revision: None,
            heard: String::new(),
            codes: String::new(),
            agents: String::new(),
        }
    }

    /// Waits for the next event. `None` once the board is closed.
    pub async fn next(&mut self) -> Option<Bytes> {
        if self.revision.is_some() {
            // What comes meanwhile comes together.
            sleep(TOGETHER).await;
        }
        match timeout(BEAT, self.changed.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return None,
            // A client that hears nothing for long connects again.
            Err(_) => return Some(format!("event: beat\ndata: {{\"now\":{}}}\n\n", now()).into()),
        }
        if *self.changed.borrow_and_update() {
            return None;
        }
        Some(self.event().into())
    }

    /// As a body that either framework can answer with.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
        unfold(self, |mut events| async {
            let event = events.next().await?;
            Some((Ok(event), events))
        })
    }

    fn event(&mut self) -> String {
        let now = now();
        let (heard, codes) = self.board.requests_html(now);
        let calls = self.board.calls();
        let news = calls.news_since(self.revision);
        let agents = (self.revision != Some(news.revision)).then(|| calls.agents_html());
        let agents = agents.filter(|agents| news.is_all || *agents != self.agents);
        let shown = news.changed.iter().map(|(key, row)| CallData {
            key: key.to_string(),
            open: row.is_open,
            order: row.order(),
            words: &row.words,
            html: row.html(*key, now),
        });
        let data = Data {
            now,
            all: news.is_all,
            calls: shown.collect(),
            gone: news.gone.iter().map(u64::to_string).collect(),
            // How long ago it was changes by itself at the client.
            heard: (news.is_all || heard != self.heard).then_some(&heard),
            requests: (news.is_all || codes != self.codes).then_some(&codes),
            agents: agents.as_deref(),
            stale: calls.stale_html(),
        };
        // All names are text. No line break stays in JSON, so the data is one line.
        let json = serde_json::to_string(&data).unwrap_or_default();
        let is_first = self.revision.is_none();
        let revision = news.revision;
        drop(calls);
        self.revision = Some(revision);
        (self.heard, self.codes) = (heard, codes);
        if let Some(agents) = agents {
            self.agents = agents;
        }
        let retry = if is_first { "retry: 1000\n" } else { "" };
        format!("{retry}event: change\ndata: {json}\n\n")
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.board.reader_left();
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

/// The script takes twice as long for a sign that the connection is gone.
const BEAT: Duration = Duration::from_secs(15);
