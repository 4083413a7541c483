//! The suite that every adapter has to pass, over real sockets.
//!
//! An adapter's tests implement [`Adapter`] for a unit struct and call [`conformance!`](macro@crate::conformance),
//! which makes a test of each scenario. What only one framework does stays in the adapter's own tests.
//!
//! A new scenario is an `async fn` in one of the groups here and a line in `each_scenario`. One that is missing there
//! is dead code, about which the compiler warns.

mod access;
mod adapter;
mod bad_input;
mod concurrent;
mod disconnect;
mod fallback;
mod framing;
mod guarded;
mod refused;
mod running;
mod secrets;
mod settle;
mod signature;
mod store;
mod transaction;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

use tokio::runtime::Builder;

pub use self::adapter::{Adapter, App, Mount};
pub use self::running::Running;
use self::running::{head, told};
use crate::PATIENCE;

/// Makes a test of each scenario, for the adapter of this name.
#[macro_export]
macro_rules! conformance {
    ($adapter:ident) => {
        $crate::each_scenario! { [$crate::scenario_tests] $adapter }
    };
}

/// Gives the list of all scenarios to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! each_scenario {
    ([$($then:tt)*] $($args:tt)*) => {
        $($then)*! { [$($args)*]
            settle {
                an_answer_of_2xx_settles_the_message_and_its_copies_are_replays,
                any_other_answer_releases_the_message_and_its_next_copy_is_handled,
                what_counts_as_success_can_be_replaced,
                the_handlers_answer_passes_unchanged,
                another_content_of_a_message_is_a_revision_even_while_the_first_is_handled,
                of_contents_a_b_a_the_third_is_a_replay,
                a_message_is_a_revision_of_one_that_failed_only_while_that_is_remembered,
                a_message_is_read_from_a_gets_body_and_from_a_blank_posts_query,
                a_get_of_what_was_posted_is_a_replay_and_the_other_way_round,
                a_handled_message_is_remembered_for_its_window_and_no_longer,
                a_handler_that_outlives_its_lease_is_not_waited_for_and_the_second_success_is_told,
                what_replay_protection_does_not_cover_is_handled_every_time,
                under_lossy_per_leg_the_first_handled_content_counts_for_all,
                a_delivery_that_is_kept_holds_no_claim,
                clones_of_an_endpoint_wait_for_each_others_claims,
            }
            store {
                a_store_that_is_down_has_messages_handled_unchecked_by_default,
                a_store_whose_answer_was_lost_is_told_the_outcome_all_the_same,
                a_store_that_is_down_has_messages_refused_where_that_is_chosen,
                the_cause_of_a_store_failure_can_be_found_by_outer_layers,
                an_answer_passes_though_its_settling_fails_and_is_tried_once_more,
                a_message_is_settled_before_its_answer_is_given,
                an_endpoint_is_idle_once_no_claim_is_held_and_the_store_is_flushed,
                endpoints_of_two_names_share_a_store_and_no_messages,
            }
            transaction {
                a_2xx_after_a_transaction_has_marked_the_message_settles_nothing_more,
                a_transaction_that_was_not_committed_leaves_the_message_to_a_later_copy_though_answered_2xx,
                a_failure_after_a_transaction_releases_the_message_and_undoes_no_mark,
                a_panic_or_a_hang_up_after_a_transaction_releases_the_message_and_undoes_no_mark,
                a_handler_whose_transaction_finds_the_message_handled_settles_nothing,
                a_message_that_the_store_could_not_claim_has_its_effect_once,
            }
            access {
                the_sockets_peer_is_what_the_allowlist_sees,
                a_proxys_header_counts_in_all_of_its_lines,
                a_token_in_a_header_must_be_given_once,
                a_signature_is_verified_over_the_body_as_it_came,
                a_signature_is_verified_over_the_query_as_it_came_token_included,
                a_signature_over_the_url_is_verified_as_on_the_request_line,
                in_a_nested_router_a_signature_over_the_whole_url_passes_and_one_over_its_end_does_not,
                a_tenant_that_the_application_does_not_tell_in_time_is_503,
            }
            secrets {
                nothing_of_a_request_is_logged_whatever_becomes_of_it,
                without_a_layer_nothing_of_a_request_is_logged_either,
                a_handler_sees_no_secret_in_the_url_or_the_body_and_none_when_it_prints_the_request,
                what_is_printed_of_the_configuration_holds_no_secret,
            }
            bad_input {
                a_body_that_trickles_in_is_refused_once_its_time_is_over,
                a_body_that_stops_or_never_begins_is_refused_once_its_time_is_over,
                a_declared_length_over_the_limit_is_refused_before_the_body_comes,
                a_declared_body_over_the_limit_is_refused_though_it_is_sent,
                a_chunked_body_over_the_limit_is_refused,
                of_a_refused_chunked_body_without_an_end_no_more_is_read_than_a_moment_gives,
                of_a_body_that_nothing_signs_no_more_is_read_than_a_moment_gives,
                a_body_of_exactly_the_limit_is_handled,
                what_can_not_be_read_is_refused_with_its_code,
                a_query_that_is_not_utf_8_is_refused,
                a_compressed_or_multipart_body_is_refused,
            }
            framing {
                the_body_of_a_refused_request_is_not_taken_for_the_next_request,
                a_body_of_a_get_is_not_taken_for_the_next_request,
                a_chunked_message_with_trailers_is_handled,
                a_chunked_body_that_is_not_well_formed_is_refused,
                a_connection_that_is_kept_alive_carries_one_message_after_another,
                a_length_beyond_64_bits_is_refused,
            }
            refused {
                another_method_is_refused_with_those_that_are_accepted,
                an_endpoint_for_post_only_refuses_get_and_head,
                a_token_that_is_wrong_missing_or_repeated_is_refused_with_the_same_bytes,
                a_probe_ends_before_the_handler,
                another_account_is_refused,
                outer_layers_see_why_a_request_was_refused,
                a_refusal_after_authentication_is_logged_with_its_cause_and_without_the_request,
                what_authenticated_and_can_not_be_read_is_offered_with_its_bytes,
            }
            disconnect {
                a_sender_that_breaks_off_while_the_handler_runs_has_its_next_copy_handled,
                a_sender_that_breaks_off_takes_no_other_content_with_it,
                a_sender_that_breaks_off_while_the_claim_is_on_its_way_leaves_nothing_locked,
                a_sender_that_breaks_off_while_its_success_is_settled_does_not_undo_it,
                a_sender_that_breaks_off_while_its_failure_is_settled_has_its_next_copy_handled,
                a_copy_that_comes_before_the_hang_up_is_noticed_waits_for_its_turn,
                a_message_is_released_only_after_its_handler_was_dropped,
                a_sender_that_hangs_up_within_its_body_has_claimed_nothing,
                a_handler_that_panics_releases_its_message_and_the_server_goes_on,
                an_endpoint_is_idle_once_the_last_of_its_handlers_has_ended,
                a_detached_handler_ends_though_the_sender_hangs_up_and_its_message_is_handled,
                a_detached_handler_that_fails_or_panics_releases_its_message_though_nobody_waits,
                a_detached_handlers_answer_and_panic_reach_who_waits_for_them,
            }
            fallback {
                a_waiting_request_is_answered_the_fallback_when_its_handler_fails,
                a_waiting_request_is_answered_the_fallback_when_its_handler_panics,
                a_handler_that_takes_too_long_is_dropped_before_the_fallback_is_answered,
                a_detached_handler_runs_on_when_the_fallback_was_answered,
                a_handlers_2xx_passes_unchanged_though_there_is_a_fallback,
                a_notification_is_answered_no_fallback,
                a_notification_whose_handler_panics_is_answered_no_fallback,
                what_is_refused_is_answered_no_fallback,
                without_a_fallback_the_handlers_failure_passes,
                a_fallback_does_not_depend_on_replay_protection,
                without_a_layer_the_fallback_is_answered_too,
            }
            concurrent {
                while_one_copy_is_handled_every_other_is_told_to_come_back,
                of_many_copies_at_a_detached_layer_one_is_handled,
                of_many_copies_without_a_layer_one_is_handled,
                no_copy_is_answered_2xx_before_the_handler_has_succeeded,
                copies_that_come_back_after_a_failure_have_exactly_one_more_handled,
                different_messages_are_handled_beside_each_other,
                slow_senders_keep_nobody_else_waiting,
            }
            guarded {
                what_is_processed_with_a_2xx_is_settled_and_all_else_is_handled_again,
                what_is_not_processed_is_released_and_an_error_in_the_log,
                a_sender_that_breaks_off_while_it_is_processed_has_its_next_copy_handled,
                a_handler_that_panics_while_it_is_processed_releases_its_message,
                it_answers_as_the_layer_does,
                outer_layers_see_why_its_message_was_refused,
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! scenario_tests {
    ([$adapter:ident] $($group:ident { $($scenario:ident,)* })*) => {
        $(
            mod $group {
                use super::$adapter;
                $(
                    #[test]
                    fn $scenario() {
                        let name = concat!(stringify!($group), "::", stringify!($scenario));
                        $crate::conformance::run(&$adapter, name);
                    }
                )*
            }
        )*
    };
}

/// One thing that an adapter has to do.
pub struct Scenario<A> {
    /// The group's name and its own.
    pub name: &'static str,
    threads: usize,
    begin: fn(&A) -> Pin<Box<dyn Future<Output = ()> + '_>>,
}

impl<A> fmt::Debug for Scenario<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Scenario").field(&self.name).finish()
    }
}

impl<A: Adapter> Scenario<A> {
    /// Every scenario.
    #[must_use]
    pub fn all() -> Vec<Self> {
        macro_rules! list {
            ([] $($group:ident { $($scenario:ident,)* })*) => {
                vec![$($(
                    Self {
                        name: concat!(stringify!($group), "::", stringify!($scenario)),
                        threads: threads(stringify!($group)),
                        begin: |adapter| Box::pin($group::$scenario(adapter)),
                    },
                )*)*]
            };
        }
        crate::each_scenario! { [list] }
    }

    /// Whether it takes long: it waits for timeouts, or sends hundreds of messages.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        self.threads > 1
            || self.name.ends_with("once_its_time_is_over")
            || self.name == "guarded::it_answers_as_the_layer_does"
    }

    fn run(&self, adapter: &A) {
        let runtime = match self.threads {
            1 => Builder::new_current_thread().enable_all().build(),
            threads => Builder::new_multi_thread()
                .worker_threads(threads)
                .enable_all()
                .build(),
        };
        runtime.expect("a runtime").block_on((self.begin)(adapter));
    }

    /// What the scenario says against this adapter. `None` if it passes.
    pub fn fault(&self, adapter: &A, patience: Duration) -> Option<String> {
        let before = PATIENCE.replace(patience);
        let run = catch_unwind(AssertUnwindSafe(|| self.run(adapter)));
        PATIENCE.set(before);
        let panic = run.err()?;
        let text = match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => match panic.downcast_ref::<&str>() {
                Some(text) => (*text).to_owned(),
                None => "a panic without a text".to_owned(),
            },
        };
        Some(text)
    }
}

/// Runs the scenario of this name.
///
/// # Panics
///
/// If the adapter does not pass, or no scenario has that name.
pub fn run<A: Adapter>(adapter: &A, name: &str) {
    let scenarios = Scenario::all();
    let scenario = scenarios.iter().find(|scenario| scenario.name == name);
    scenario.expect("a scenario").run(adapter);
}

/// Of the runtime that a group's senders run on, and of a server that shares it.
fn threads(group: &str) -> usize {
    if group == "concurrent" { WORKERS } else { 1 }
}

const WORKERS: usize = 4;
