//! The program `callhook`: `callhook --help` tells what it does.

mod call;
mod cli;
mod error;
mod http;
mod ids;
mod listen;
mod load;
mod names;
mod play;
mod read;
mod replay;
mod runtime;
mod saved;
mod seed;
mod send;
mod set;
mod shown;
mod target;

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
