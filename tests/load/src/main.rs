//! callhook under load, beside bare handlers and beside the same features written by hand: over real sockets, for axum and
//! for actix.
//!
//! ```sh
//! cargo run --release -p callhook-load                   # some ten minutes
//! cargo run --release -p callhook-load -- --quick        # half a minute, and a wide spread
//! cargo run --release -p callhook-load -- --rounds 15 --seconds 3 --connections 64
//! ```
//!
//! 1. Each server is a process with one worker, on one core; the load is on another, where `taskset` can do that.
//! 2. Each request is another message, on a connection that is kept alive, and the next is sent when its reply is there.
//!    A reply with another status than expected ends the run.
//! 3. Each round visits all servers in turn. A ratio is of two visits in one round; the tables have the median of the
//!    rounds, and the quartiles.
//! 4. A server's CPU time is what the kernel has counted for its process, its share of the network stack included.
//!
//! What can be compared between machines is the ratios, and they only between runs on machines that do nothing else.

mod check;
mod child;
mod client;
mod measure;
mod options;
mod pin;
mod report;
mod server;
mod spread;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use callhook_load::kind::{self, Kind};
use callhook_load::message;

use self::child::Server;
use self::options::Options;
use self::pin::Cores;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let done = match arguments.next().as_deref() {
        // Not for users: the processes that are measured.
        Some("server") => {
            let names = (arguments.next(), arguments.next());
            let (framework, variant) = (names.0.unwrap_or_default(), names.1.unwrap_or_default());
            server::run(&framework, &variant)
        }
        _ => run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("callhook-load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(env::args().skip(1))?;
    let cores = Cores::take();
    match cores {
        Some(Cores { servers, load }) => {
            println!("servers pinned to core {servers}, the load to core {load}");
        }
        None => println!("not pinned: that takes two cores and taskset"),
    }
    let mut servers = Vec::new();
    for kind in Kind::all() {
        let mut server = Server::start(kind, cores)?;
        check::check(&mut server)?;
        servers.push(server);
    }
    println!(
        "every server checked: a message taken; where there are guards, its copy not handled and a forged one refused\n\
         {} rounds of {:?} for each server, {} connections\n",
        options.rounds, options.time, options.connections
    );
    report::features(&mut servers, options)?;
    report::connections(&mut servers, options)?;
    report::forged(&mut servers, options)?;
    report::memory(&servers)
}
