//! The program `callhook`: `callhook --help` tells what it does.

mod cli;
mod error;

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
