//! A phone menu driven whole by a simulated platform, over real sockets, for every adapter.
//!
//! An adapter's tests implement [`IvrAdapter`] and call [`ivr_conformance!`](macro@crate::ivr_conformance).

mod app;
mod drive;
mod scenarios;

use std::panic::{AssertUnwindSafe, catch_unwind};

use callhook::Endpoint;
use tokio::runtime::Builder;

pub use self::app::{Ivr, IvrEvent};
use crate::Server;
use crate::conformance::Mount;

/// An adapter under test.
pub trait IvrAdapter {
    /// Serves the menu at `/hook`. The handler answers what [`Ivr::answer`] returns, by value.
    fn serve_ivr<E: IvrEvent>(
        &self,
        endpoint: Endpoint<E>,
        ivr: Ivr,
        mount: Mount,
    ) -> impl Future<Output = Server>;
}

/// Makes a test of each scenario, for the adapter of this name.
#[macro_export]
macro_rules! ivr_conformance {
    ($adapter:ident) => {
        $crate::each_ivr_scenario! { [$crate::ivr_tests] $adapter }
    };
}

/// Gives the list of all scenarios to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! each_ivr_scenario {
    ([$($then:tt)*] $($args:tt)*) => {
        $($then)*! { [$($args)*]
            a_caller_who_presses_the_digit_talks_to_the_agent,
            a_caller_who_presses_a_wrong_digit_is_hung_up_on,
            a_caller_who_presses_nothing_is_asked_once_more_and_hung_up_on,
            a_caller_may_hang_up_in_the_menu_and_while_the_phone_rings,
            an_agent_whose_line_is_busy_or_who_does_not_answer_leaves_the_call_missed,
            a_flow_rings_the_agents,
            a_handler_that_fails_or_panics_is_silence_without_a_fallback,
            a_handler_that_fails_or_panics_has_the_caller_hear_the_fallback,
            a_handler_that_takes_too_long_has_the_caller_hear_the_fallback,
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! ivr_tests {
    ([$adapter:ident] $($scenario:ident,)*) => {
        $(
            #[test]
            fn $scenario() {
                $crate::ivr::run(&$adapter, stringify!($scenario));
            }
        )*
    };
}

/// Runs the scenario of this name.
///
/// # Panics
///
/// If the adapter does not pass, or if there is no such scenario.
pub fn run<A: IvrAdapter>(adapter: &A, name: &str) {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    macro_rules! run_one {
        ([] $($scenario:ident,)*) => {
            match name {
                $(stringify!($scenario) => runtime.block_on(scenarios::$scenario(adapter)),)*
                _ => panic!("no scenario {name}"),
            }
        };
    }
    crate::each_ivr_scenario! { [run_one] }
}

/// The scenarios that an adapter does not pass.
pub fn failures<A: IvrAdapter>(adapter: &A) -> Vec<&'static str> {
    macro_rules! names {
        ([] $($scenario:ident,)*) => {
            [$(stringify!($scenario)),*]
        };
    }
    let names = crate::each_ivr_scenario! { [names] };
    let fails = |name: &&str| catch_unwind(AssertUnwindSafe(|| run(adapter, name))).is_err();
    names.into_iter().filter(fails).collect()
}
