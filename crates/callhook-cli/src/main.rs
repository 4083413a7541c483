//! The program `callhook`: `callhook --help` tells what it does.

mod anything;
mod call;
mod cli;
mod completions;
mod decode;
mod error;
mod explain;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
mod forget;
mod head;
mod header;
mod hex;
mod http;
mod ids;
mod input;
mod listen;
mod load;
mod names;
mod nested;
mod out;
mod platform;
mod play;
mod read;
mod redact;
mod replay;
mod runtime;
mod saved;
mod scheme;
mod seconds;
mod secret;
mod seed;
mod send;
mod set;
mod shown;
mod sign;
mod style;
mod target;
mod url;
mod verify;
mod wait;

use std::process::ExitCode;

use clap::Parser;

use self::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            out::note(format_args!("callhook: {error}"));
            error.exit_code()
        }
    }
}
