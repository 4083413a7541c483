//! The command line.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::error::Error;
#[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
use crate::forget;
use crate::{call, completions, decode, explain, listen, replay, send, sign, verify};

/// Decode, send, receive and replay webhooks of cloud-telephony platforms.
#[derive(Debug, Parser)]
#[command(name = "callhook", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

// One module for each command, with its arguments (`..Args`) and `run(args) -> Result<ExitCode, Error>`.
#[derive(Debug, Subcommand)]
enum Command {
    Decode(decode::DecodeArgs),
    Send(send::SendArgs),
    Call(call::CallArgs),
    Listen(listen::ListenArgs),
    Replay(replay::ReplayArgs),
    Sign(sign::SignArgs),
    Verify(verify::VerifyArgs),
    Explain(explain::ExplainArgs),
    #[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
    Forget(forget::ForgetArgs),
    Completions(completions::CompletionsArgs),
    Man(completions::ManArgs),
}

impl Cli {
    pub(crate) fn run(self) -> Result<ExitCode, Error> {
        match self.command {
            Command::Decode(args) => decode::run(args),
            Command::Send(args) => send::run(args),
            Command::Call(args) => call::run(args),
            Command::Listen(args) => listen::run(args),
            Command::Replay(args) => replay::run(args),
            Command::Sign(args) => sign::run(&args),
            Command::Verify(args) => verify::run(&args),
            Command::Explain(args) => explain::run(&args),
            #[cfg(any(feature = "postgres", feature = "redis", feature = "sqlite"))]
            Command::Forget(args) => forget::run(&args),
            Command::Completions(args) => completions::completions(&args, Self::command()),
            Command::Man(args) => completions::man(&args, Self::command()),
        }
    }
}
