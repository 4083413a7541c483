//! `CALLHOOK_DATABASE_URL`: marks and calls in a database that several processes share, and that survives them.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{OnceLock, RwLock};
use std::thread;

use callhook_test_support::{Postgres, Random, request, seed};
use callhook_tower::callhook::testing::calls::{CallMessage, Edition, Scenario, SimulatedCall};
use serde_json::Value;

use crate::example::Example;
use crate::wire::{Encoding, percent};

const TOKEN: &str = "one-token-for-all-processes";

/// A database of one test's own.
struct Database {
    url: String,
    file: Option<PathBuf>,
}

impl Database {
    fn sqlite() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("callhook-example-{}-{number}.db", process::id());
        let file = env::temp_dir().join(name);
        Self {
            url: format!("sqlite:{}", percent(&file.to_string_lossy(), false)),
            file: Some(file),
        }
    }

    fn postgres() -> Self {
        static SERVER: OnceLock<Postgres> = OnceLock::new();
        let server = SERVER.get_or_init(|| Postgres::start(&["fsync = off"]));
        Self {
            url: server.database(),
            file: None,
        }
    }

    fn start(&self) -> Example {
        Example::start_with(&[
            ("CALLHOOK_DATABASE_URL", &self.url),
            ("CALLHOOK_TOKEN", TOKEN),
        ])
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            for end in ["", "-wal", "-shm"] {
                let mut name = file.clone().into_os_string();
                name.push(end);
                // It is gone if the test never wrote.
                let _ = fs::remove_file(name);
            }
        }
    }
}

#[test]
fn whole_calls_at_two_processes_that_are_killed_between_messages_are_right_and_over_in_sqlite() {
    whole_calls_are_right(&Database::sqlite());
}

#[test]
fn whole_calls_at_two_processes_that_are_killed_between_messages_are_right_and_over_in_postgres() {
    whole_calls_are_right(&Database::postgres());
}

fn whole_calls_are_right(database: &Database) {
    let seed = seed("CALLHOOK_TEST_SEED");
    let processes = [RwLock::new(database.start()), RwLock::new(database.start())];
    let mut calls = Vec::new();
    for edition in Edition::ALL {
        for scenario in Scenario::ALL {
            if scenario.editions().contains(edition) {
                let number = seed.wrapping_add(calls.len() as u64);
                let call = SimulatedCall::of_edition(*scenario, *edition, number);
                let call = call.expect("the edition reports it");
                calls.push(call.with_resends().with_copies(2).shuffled(number));
            }
        }
    }
    assert!(calls.len() >= 60, "{}", calls.len());

    let kills = AtomicUsize::new(0);
    thread::scope(|scope| {
        for part in calls.chunks(calls.len().div_ceil(SENDERS)) {
            let (processes, kills) = (&processes, &kills);
            let mut random = Random::new(seed ^ part[0].seed());
            scope.spawn(move || {
                for (call, message) in mixed(part, &mut random) {
                    let process = &processes[random.index(processes.len())];
                    if random.percent(KILLED_PERCENT) {
                        // Dropped, it is killed.
                        *process.write().expect("no sender panicked") = database.start();
                        kills.fetch_add(1, Ordering::Relaxed);
                    }
                    send(&process.read().expect("no sender panicked"), call, message);
                }
            });
        }
    });
    assert!(kills.into_inner() >= 5, "seed {seed}");

    let [one, other] = processes.map(|process| process.into_inner().expect("no sender panicked"));
    let shown = one.calls();
    assert_eq!(shown, other.calls());
    assert_eq!(shown.len(), calls.len(), "seed {seed}");
    let mut wrong = Vec::new();
    for call in &calls {
        let right = call.right_answers();
        let has_an_id = |told: &&Value| {
            let ids = told["ids"].as_array().expect("ids");
            right.ids.iter().any(|id| ids.iter().any(|told| told == id))
                && told["provider"] == right.provider
        };
        let told: Vec<&Value> = shown.iter().filter(has_an_id).collect();
        match told[..] {
            [told] => {
                for difference in right.differences(told) {
                    wrong.push(format!("{call:?}: {difference}"));
                }
            }
            _ => wrong.push(format!("{call:?} is shown {} times", told.len())),
        }
    }
    assert!(wrong.is_empty(), "seed {seed}\n{}", wrong.join("\n"));
}

const SENDERS: usize = 4;

const KILLED_PERCENT: u64 = 2;

/// The messages of several calls, mixed, each call's in its own order.
fn mixed<'a>(
    calls: &'a [SimulatedCall],
    random: &mut Random,
) -> Vec<(&'a SimulatedCall, &'a CallMessage)> {
    let mut left: Vec<_> = calls
        .iter()
        .map(|call| (call, call.messages().iter()))
        .collect();
    let mut mixed = Vec::new();
    while !left.is_empty() {
        let at = random.index(left.len());
        let (call, messages) = &mut left[at];
        match messages.next() {
            Some(message) => mixed.push((*call, message)),
            None => {
                drop(left.swap_remove(at));
            }
        }
    }
    mixed
}

fn send(example: &Example, call: &SimulatedCall, message: &CallMessage) {
    let path = format!("/webhooks/{}", call.edition().platform());
    let sent = message.request(callhook_tower::callhook::testing::calls::Encoding::Json);
    let target = sent.uri(&example.target_at(&path));
    let content_type = sent.content_type.map(|name| ("content-type", name));
    let request = request(
        sent.method,
        &target,
        content_type.as_slice(),
        sent.body.as_bytes(),
    );
    for _ in 0..100 {
        let answer = example.exchange(&request);
        match (answer.status, answer.outcome()) {
            (200, _) => return,
            // A copy is being handled by another sender's request.
            (503, Some("in_flight")) => thread::yield_now(),
            _ => panic!("{call:?}, {message:?}: {answer:?}"),
        }
    }
    panic!("{call:?}, {message:?}: in flight for ever");
}

#[test]
fn marks_and_calls_survive_a_kill_and_messages_do_not() {
    for database in [Database::sqlite(), Database::postgres()] {
        let json = r#"{"type":"cdr","status":"answered","cmiuuid":"a","direction":"inbound","answeredsec":11}"#;
        let first = database.start();
        let answer = first.send(Encoding::ALL[0], json);
        assert_eq!((answer.status, answer.outcome()), (200, None));
        assert_eq!(first.messages().len(), 1);
        let calls = first.calls();
        assert_eq!(calls.len(), 1);
        // Killed.
        drop(first);

        let second = database.start();
        assert_eq!(second.calls(), calls);
        assert_eq!(second.messages(), [(); 0].map(|()| Value::Null));
        let copy = second.send(Encoding::ALL[0], json);
        assert_eq!((copy.status, copy.outcome()), (200, Some("replay")));
        assert_eq!(second.calls(), calls);
    }
}

#[test]
fn of_copies_at_two_processes_at_once_the_effect_is_kept_once() {
    for database in [Database::sqlite(), Database::postgres()] {
        let processes = [database.start(), database.start()];
        let json = r#"{"type":"cdr","status":"answered","cmiuuid":"b","direction":"inbound","answeredsec":11}"#;
        thread::scope(|scope| {
            for copy in 0..16 {
                let process = &processes[copy % 2];
                scope.spawn(move || {
                    let answer = process.send(Encoding::ALL[0], json);
                    assert!(matches!(answer.status, 200 | 503), "{answer:?}");
                });
            }
        });
        let [one, other] = &processes;
        assert_eq!(one.messages().len() + other.messages().len(), 1);
        assert_eq!(one.calls(), other.calls());
        assert_eq!(one.calls().len(), 1);
    }
}

#[test]
fn it_refuses_to_start_with_a_database_and_redis_and_names_both() {
    let (status, output) = Example::refuse_to_start(&[
        ("CALLHOOK_DATABASE_URL", "sqlite:calls.db"),
        ("CALLHOOK_REDIS_URL", "redis://127.0.0.1"),
    ]);
    assert!(!status.success());
    for name in ["CALLHOOK_DATABASE_URL", "CALLHOOK_REDIS_URL"] {
        assert!(output.contains(name), "{output}");
    }
}

#[test]
fn it_refuses_to_start_with_a_database_that_it_cannot_use_and_hides_the_password() {
    for url in [
        "",
        "calls.db",
        "mysql://user:password@127.0.0.1/calls",
        // Nobody listens there.
        "postgres://user:password@127.0.0.1:1/calls",
        "postgres://user:password@127.0.0.1:port/calls",
        "sqlite:/no/such/directory/calls.db",
        // It would be gone with the process.
        "sqlite::memory:",
    ] {
        let (status, output) = Example::refuse_to_start(&[("CALLHOOK_DATABASE_URL", url)]);
        assert!(!status.success(), "{url}");
        assert!(output.contains("CALLHOOK_DATABASE_URL"), "{url}: {output}");
        assert!(!output.contains("password"), "{url}: {output}");
        assert!(!output.contains("panicked"), "{url}: {output}");
    }
}
