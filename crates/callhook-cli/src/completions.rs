//! `callhook completions` and `callhook man`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::error::Error;
use crate::out;

/// Completions for a shell
#[derive(Debug, Args)]
#[command(after_long_help = COMPLETIONS)]
pub(crate) struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

const COMPLETIONS: &str = "\
Examples:
    $ callhook completions bash > callhook.bash
    $ callhook completions zsh > _callhook
    $ callhook completions fish > callhook.fish";

/// The manual's pages, for `man`
#[derive(Debug, Args)]
#[command(after_long_help = MAN)]
pub(crate) struct ManArgs {
    /// Where to write a page for each command; without it the first page is printed
    #[arg(long, value_name = "DIRECTORY")]
    dir: Option<PathBuf>,
}

const MAN: &str = "\
Examples:
    $ callhook man > callhook.1
    $ callhook man --dir .";

pub(crate) fn completions(args: &CompletionsArgs, mut program: Command) -> Result<ExitCode, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "callhook", &mut script);
    print(&script)
}

pub(crate) fn man(args: &ManArgs, program: Command) -> Result<ExitCode, Error> {
    match &args.dir {
        None => {
            let mut page = Vec::new();
            let written = clap_mangen::Man::new(program).render(&mut page);
            written.map_err(Error::new)?;
            print(&page)
        }
        Some(directory) => {
            let written = clap_mangen::generate_to(program, directory);
            written.map_err(|error| {
                let directory = directory.display();
                Error::new(format_args!("can't write to {directory}: {error}"))
            })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn print(bytes: &[u8]) -> Result<ExitCode, Error> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    out::told(written).map(|()| ExitCode::SUCCESS)
}
