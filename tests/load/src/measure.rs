//! Rounds of visits: each round visits every server once, so that what slows the machine down slows all of them.
//!
//! The servers live through all rounds: a visit then measures a server that is warm, and a store as full as hours of a
//! platform's traffic make it. One that is not visited waits in the kernel, and costs nothing.

use std::error::Error;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::child::{Server, own_cpu};
use crate::client::Client;
use crate::options::Options;

/// Whom to visit, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visit {
    /// Which of the servers.
    pub(crate) server: usize,
    pub(crate) connections: usize,
    /// The status that each reply must have; 401 is for requests that are forged.
    pub(crate) expected: u16,
    /// Whether each request has a connection of its own.
    pub(crate) is_fresh: bool,
}

/// What one visit measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Requests a second.
    pub(crate) rate: f64,
    /// Microseconds of the server for a request.
    pub(crate) cpu: f64,
    /// Shares of a core.
    pub(crate) server_share: f64,
    pub(crate) client_share: f64,
    /// For each request.
    pub(crate) connects: f64,
}

/// Each visit's samples, one for each round. The first round is none: it warms up.
pub(crate) fn rounds(
    servers: &mut [Server],
    visits: &[Visit],
    rounds: usize,
    options: Options,
) -> Result<Vec<Vec<Sample>>, Box<dyn Error>> {
    let mut samples = vec![Vec::with_capacity(rounds); visits.len()];
    for round in 0..=rounds {
        eprint!("\r  round {round} of {rounds} ");
        for at in 0..visits.len() {
            // Another one first each time, and forwards and backwards in turn: each has now the one beside it before it and
            // now the other.
            let at = (at + round) % visits.len();
            let at = if round % 2 == 0 {
                at
            } else {
                visits.len() - 1 - at
            };
            let visit = visits[at];
            let server = &mut servers[visit.server];
            let sample = measure(server, visit, options.time)
                .map_err(|error| format!("{}: {error}", server.kind))?;
            if round > 0 {
                samples[at].push(sample);
            }
        }
    }
    eprint!("\r{:30}\r", "");
    Ok(samples)
}

fn measure(server: &mut Server, visit: Visit, time: Duration) -> Result<Sample, Box<dyn Error>> {
    let mut client = Client::connect(
        server.address,
        visit.connections,
        visit.expected,
        visit.is_fresh,
    )?;
    server
        .requests(visit.expected)
        .sign(most_in(time) + visit.connections);
    // One on each connection, so that all are accepted when the clock starts.
    client.run(server.requests(visit.expected), Duration::ZERO)?;
    settle();
    let connects = client.connects;
    let (client_before, server_before) = (own_cpu()?, server.cpu()?);
    let start = Instant::now();

    let replies = client.run(server.requests(visit.expected), time)?;

    let elapsed = start.elapsed();
    let client_cpu = own_cpu()? - client_before;
    settle();
    let server_cpu = server.cpu()? - server_before;
    if replies == 0 {
        return Err("no reply in the time given".into());
    }
    let replies = number(replies);
    Ok(Sample {
        rate: replies / elapsed.as_secs_f64(),
        cpu: server_cpu.as_secs_f64() * 1e6 / replies,
        server_share: server_cpu.as_secs_f64() / elapsed.as_secs_f64(),
        client_share: client_cpu.as_secs_f64() / elapsed.as_secs_f64(),
        connects: number(client.connects - connects) / replies,
    })
}

/// The server goes back to waiting, and the kernel writes down what it has used.
fn settle() {
    sleep(Duration::from_millis(5));
}

/// More requests than any server answers in the time.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn most_in(time: Duration) -> usize {
    (time.as_secs_f64() * 150_000.0) as usize
}

/// Counts of requests are far below what an `f64` can't tell apart.
#[allow(clippy::cast_precision_loss)]
fn number(count: u64) -> f64 {
    count as f64
}
