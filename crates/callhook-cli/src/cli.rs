//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Error;

/// Decode, send, receive and replay webhooks of cloud-telephony platforms.
#[derive(Debug, Parser)]
#[command(name = "callhook", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

// One module for each command, with its arguments (`Args`) and `run(args) -> Result<ExitCode, Error>`.
#[derive(Debug, Subcommand)]
enum Command {}

impl Cli {
    pub(crate) fn run(self) -> Result<ExitCode, Error> {
        match self.command {}
    }
}
