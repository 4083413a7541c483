//! What the frameworks force: each row of `tables/differences.txt` tells both behaviours, and fails when one changes.
//!
//! What isn't there because no request shows it: a sender that hangs up by a FIN ends axum's handler, and not actix's. The
//! examples' handlers end at once; callhook-tower's `a_sender_that_hangs_up_while_the_handler_runs_has_its_next_copy_handled`
//! and callhook-actix's `a_sender_that_closes_in_good_order_is_handled_to_the_end_and_its_next_copy_is_a_replay` have slow
//! ones.

use super::pair::play;

#[test]
fn the_frameworks_differ_in_what_is_listed_and_no_more() {
    play(include_str!("tables/differences.txt"), || [None, None]);
}
