//! Effects exactly once, counted in the application's own table, through processes that are killed at the worst place
//! and at random, handlers that fail after they have committed, and a Postgres that crashes.
//!
//! Each test sends messages, some of them in two copies at once, each until it has got its 2xx. Then the rows are
//! counted. The same with the layer's own commit instead of the mark in the transaction has to show messages with two
//! effects: it proves that these tests can fail.
//!
//! `CALLHOOK_EFFECTS_MESSAGES` sets how many messages each run has, instead of up to 1 500; `CALLHOOK_EFFECTS_SEED`
//! repeats the choices of a run, which `--nocapture` prints.

mod messages;
mod run;

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::run::{Run, postgres, sqlite};

const FOUR_ON_POSTGRES: Run = Run {
    processes: 4,
    mark: "transaction",
    claims: "database",
    crashes: 3,
    part: 1,
};

#[test]
fn four_processes_on_a_postgres_that_crashes_three_times_have_each_effect_once() {
    let _turn = turn();
    postgres(FOUR_ON_POSTGRES).is_exactly_once();
}

#[test]
fn with_claims_in_each_process_it_is_the_same() {
    let _turn = turn();
    let (claims, part) = ("process", 2);
    postgres(Run {
        claims,
        part,
        ..FOUR_ON_POSTGRES
    })
    .is_exactly_once();
}

#[test]
fn one_process_on_sqlite_has_each_effect_once() {
    let _turn = turn();
    sqlite(ON_SQLITE).is_exactly_once();
}

#[test]
fn three_processes_on_sqlite_have_each_effect_once() {
    let _turn = turn();
    let processes = 3;
    sqlite(Run {
        processes,
        ..ON_SQLITE
    })
    .is_exactly_once();
}

const ON_SQLITE: Run = Run {
    processes: 1,
    mark: "transaction",
    claims: "database",
    crashes: 0,
    part: 2,
};

#[test]
fn without_the_mark_in_the_transaction_there_are_messages_with_two_effects() {
    let _turn = turn();
    // A few are enough: each process that is killed at the worst place leaves one.
    let (mark, crashes, part) = ("layer", 0, 5);
    postgres(Run {
        mark,
        crashes,
        part,
        ..FOUR_ON_POSTGRES
    })
    .has_doubled();
    sqlite(Run {
        mark,
        part,
        ..ON_SQLITE
    })
    .has_doubled();
}

/// One run at a time has the machine: whoever has this.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
