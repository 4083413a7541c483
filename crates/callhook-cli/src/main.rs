//! The program `callhook`: `callhook --help` tells what it does.

mod anything;
mod cli;
mod completions;
mod decode;
mod error;
mod explain;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod forget;
mod head;
mod input;
mod nested;
mod platform;
mod redact;
mod saved;
mod scheme;
mod sign;
mod style;
mod verify;
mod wait;

use std::process::ExitCode;

use clap::Parser;

use self::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            anstream::eprintln!("callhook: {error}");
            error.exit_code()
        }
    }
}
