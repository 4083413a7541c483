//! Calls that several processes keep in one database.

use std::path::PathBuf;
use std::{env, fs, process};

use callhook::testing::calls::{Edition, Scenario};
use callhook_board::Browser;

use crate::example::Example;
use crate::scene::{IS_LIVE, Scene, call, inbound, url};

#[test]
fn with_a_database_the_board_shows_the_calls_of_all_processes_and_those_from_before_a_restart() {
    let file = File::new();
    let database = format!("sqlite:{}", file.0.display());
    let start = || Example::start_with(&[("CALLHOOK_DATABASE_URL", &database)]);
    let board_of = |example| {
        let page = Browser::shared().page();
        let scene = Scene { example, page };
        scene.open();
        scene
    };
    let (one, other) = (board_of(start()), board_of(start()));
    let call = call(Scenario::InboundTwoAgents, Edition::ChubLive, 7);
    // Every second message goes to the other process.
    for (number, message) in call.messages().iter().enumerate() {
        let process = if number % 2 == 0 { &one } else { &other };
        process.send_one(&call, message);
    }
    one.post(&inbound("open", "440000000001", "101", false));
    let shows = "document.querySelector('#open').childElementCount === 1 && \
        document.querySelector('#over').childElementCount === 1 && \
        document.querySelector('#over .state').innerText === 'Answered' && \
        document.querySelector('#open').innerText.includes('440000000001')";
    one.page.wait_for(shows);
    other.page.wait_for(shows);
    other.post(&inbound("open", "440000000001", "101", true));
    let shows = "document.querySelector('#open').childElementCount === 0 && \
        document.querySelector('#over').childElementCount === 2";
    one.page.wait_for(shows);
    other.page.wait_for(shows);
    assert_eq!(one.page.errors(), [""; 0]);

    drop((one, other));
    let again = start();
    let page = Browser::shared().page();
    page.open(&url(&again));
    page.wait_for(IS_LIVE);
    page.wait_for(shows);
}

/// A database's file, of which nothing stays.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        Self(env::temp_dir().join(format!("callhook-board-{}.db", process::id())))
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm", "-journal"] {
            // Not every database has all of them.
            let _ = fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}
