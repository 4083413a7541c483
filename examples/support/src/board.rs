//! What the board shows.

use std::pin::pin;

use example_board_page::{Board, Source};

use super::signal::signalled;

/// Shows the calls of a source on a board until the process is told to end. Then the board's readers are let go, whom the
/// server would wait for.
pub(crate) fn shown_on(
    board: &Board,
    source: impl Source + 'static,
) -> impl Future<Output = ()> + Send + 'static {
    let (board, signalled) = (board.clone(), signalled());
    async move {
        let mut signalled = pin!(signalled);
        tokio::select! {
            () = board.follow(source) => signalled.await,
            () = &mut signalled => {}
        }
        board.close();
    }
}
