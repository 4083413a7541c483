//! What both examples do with a message, whatever its platform: [`Handler`].

use std::sync::Arc;

use callhook::Delivery;
use callhook::answer::{InvalidReply, ReplyBody};
use callhook::call::{Answers, CallBook};
use example_board_page::{Board, BookSource};

use super::ivr::{Ivr, IvrEvent};
use super::messages::Messages;
use super::signal::signalled;

/// Keeps the messages, and the calls that they are of, and answers callers who wait. Clones share what is kept.
#[derive(Clone, Debug)]
pub struct Handler {
    messages: Messages,
    calls: CallBook,
    ivr: Arc<Ivr>,
    board: Board,
}

impl Handler {
    /// With nothing kept, and this board to show it on.
    #[must_use]
    pub fn new(ivr: Ivr, board: Board) -> Self {
        Self {
            messages: Messages::default(),
            calls: CallBook::builder().max_bytes(KEPT_BYTES).build(),
            ivr: Arc::new(ivr),
            board,
        }
    }

    /// Keeps a message, and returns what is answered where the platform waits for it.
    ///
    /// # Errors
    ///
    /// When the platform could not read the answer.
    pub fn handle<E: IvrEvent>(
        &self,
        delivery: &Delivery<E>,
    ) -> Result<Option<ReplyBody>, InvalidReply> {
        self.messages.keep(delivery);
        if delivery.event().kind() == "unrecognized" {
            self.board
                .count_unrecognized(&delivery.event().summary().provider);
        }
        let update = self.calls.apply(delivery);
        delivery.event().reply(&self.ivr, &update.answers)
    }

    /// Shows the calls on the board as they change, until the process is told to end. Then the board's readers are let
    /// go, whom the server would wait for.
    pub fn show_calls(&self) -> impl Future<Output = ()> + Send + 'static {
        let following = self.board.follow(BookSource::from(self.calls.clone()));
        let (board, signalled) = (self.board.clone(), signalled());
        async move {
            tokio::select! {
                () = following => {}
                () = signalled => board.close(),
            }
        }
    }

    /// What `/messages` shows: a JSON array, oldest first.
    #[must_use]
    pub fn messages(&self) -> String {
        self.messages.json()
    }

    /// What `/calls` shows: a JSON array of what is known of each call, the last to change first.
    #[must_use]
    pub fn calls(&self) -> String {
        let calls = self.calls.calls();
        let answers: Vec<Answers> = calls.iter().map(|kept| kept.call.answers()).collect();
        // Answers always serialise: all of their names are text.
        serde_json::to_string(&answers).unwrap_or_default()
    }
}

/// Ordinary calls take half of it: as many as a book keeps.
const KEPT_BYTES: usize = 64 * 1024 * 1024;
