//! The board: [`Board`], and what it tells: [`Events`].

mod events;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use callhook::observe::{Observer, Outcome};
use tokio::sync::watch;
use tokio::time::sleep;

pub use self::events::Events;
use super::page;
use super::requests::Requests;
use super::source::Source;
use super::state::State;

/// What the page shows. Clones share it.
///
/// It is the [`Observer`] of the endpoints whose requests it counts:
///
/// ```
/// use callhook::Endpoint;
/// use callhook::call::CallBook;
/// use callhook::telecmi::Telecmi;
/// use example_board_page::{Board, BookSource};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let board = Board::new(["telecmi"]);
/// let endpoint = Endpoint::builder(Telecmi)
///     .query_token("token", "exactly-16-bytes")
///     .observer(board.clone())
///     .build()?;
/// let book = CallBook::new();
/// tokio::spawn(board.follow(BookSource::from(book.clone())));
/// # let _ = endpoint;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Board(Arc<Shared>);

struct Shared {
    calls: Mutex<State>,
    /// Apart from the calls: an outcome is counted while the request waits.
    requests: Mutex<Requests>,
    /// Whether the board is closed.
    changed: watch::Sender<bool>,
    readers: AtomicUsize,
}

impl Board {
    /// Shows these endpoints before they have heard anything, too. An endpoint that has been given no name has its
    /// provider's.
    #[must_use]
    pub fn new<'a>(endpoints: impl IntoIterator<Item = &'a str>) -> Self {
        Self(Arc::new(Shared {
            calls: Mutex::default(),
            requests: Mutex::new(Requests::new(endpoints)),
            changed: watch::Sender::new(false),
            readers: AtomicUsize::new(0),
        }))
    }

    /// Shows the calls of a source, as long as there are any to come, or until the board is [closed](Self::close).
    pub fn follow<S: Source + 'static>(
        &self,
        mut source: S,
    ) -> impl Future<Output = ()> + Send + use<S> {
        let board = self.clone();
        let mut closed = self.0.changed.subscribe();
        async move {
            let follow = async {
                while let Some(batch) = source.next().await {
                    board.calls().apply(batch, now());
                    board.tell();
                    // What comes meanwhile comes together.
                    sleep(TOGETHER).await;
                }
            };
            tokio::select! {
                () = follow => {}
                _ = closed.wait_for(|is_closed| *is_closed) => {}
            }
        }
    }

    /// The page as it is now.
    #[must_use]
    pub fn page(&self) -> String {
        let now = now();
        let (heard, codes) = self.requests_html(now);
        page::page(&self.calls(), &heard, &codes, now)
    }

    /// The events for one client. `None` where there are too many clients, or the board is closed: the answer is a 503.
    #[must_use]
    pub fn events(&self) -> Option<Events> {
        let readers = self.0.readers.fetch_add(1, Ordering::Relaxed);
        // It counts itself out when it is dropped.
        let events = Events::new(self.clone(), self.0.changed.subscribe());
        (readers < READERS && !*self.0.changed.borrow()).then_some(events)
    }

    /// Ends all events, for a server that is about to end and waits for its answers to.
    pub fn close(&self) {
        self.0.changed.send_replace(true);
    }

    fn calls(&self) -> MutexGuard<'_, State> {
        // Whatever panics under the lock was the display of text.
        self.0.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.0
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// How long ago each endpoint heard anything, and how often what became of requests.
    fn requests_html(&self, now: u64) -> (String, String) {
        let requests = self.requests();
        (requests.heard_html(now), requests.codes_html(now))
    }

    fn reader_left(&self) {
        self.0.readers.fetch_sub(1, Ordering::Relaxed);
    }

    fn tell(&self) {
        self.0.changed.send_modify(|_| {});
    }
}

impl Observer for Board {
    fn outcome(&self, outcome: &Outcome<'_>) {
        self.requests().count(outcome, now());
        self.tell();
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board")
            .field("readers", &self.0.readers)
            .finish_non_exhaustive()
    }
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

/// Four times a second is as often as anybody reads.
const TOGETHER: Duration = Duration::from_millis(250);

/// Each has a connection, and gets 2 000 calls at first.
const READERS: usize = 64;
