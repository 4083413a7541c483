//! What a command could not do, in the words that its user reads.

use std::fmt;
use std::process::ExitCode;

/// A command could not do its work.
///
/// Exit codes: 0 for what was asked for, 1 where the answer is no (a message was refused, a signature is not valid, a body
/// is not recognised), 2 where the command could not do its work, which clap uses for arguments too.
#[derive(Debug)]
pub(crate) struct Error(String);

impl Error {
    pub(crate) fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(2)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
