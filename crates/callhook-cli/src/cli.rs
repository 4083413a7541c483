//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::call::{self, CallArgs};
use crate::error::Error;
use crate::listen::{self, ListenArgs};
use crate::replay::{self, ReplayArgs};
use crate::send::{self, SendArgs};

/// Decode, send, receive and replay webhooks of cloud-telephony platforms.
#[derive(Debug, Parser)]
#[command(name = "callhook", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

// One module for each command, with its arguments (`Args`) and `run(args) -> Result<ExitCode, Error>`.
#[derive(Debug, Subcommand)]
enum Command {
    Send(SendArgs),
    Call(CallArgs),
    Listen(ListenArgs),
    Replay(ReplayArgs),
}

impl Cli {
    pub(crate) fn run(self) -> Result<ExitCode, Error> {
        match self.command {
            Command::Send(args) => send::run(args),
            Command::Call(args) => call::run(args),
            Command::Listen(args) => listen::run(args),
            Command::Replay(args) => replay::run(args),
        }
    }
}
