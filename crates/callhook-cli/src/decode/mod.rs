//! `callhook decode`: what a message says, which key it has, and what was not understood.

pub(crate) mod decoder;

mod json;
mod print;
mod reading;
mod understood;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use callhook::payload::Payload;
use clap::Args;

use self::decoder::{Decoder, Options, Refused};
use self::reading::{Given, Reading, Written};
use crate::error::Error;
use crate::input::{self, Cut, Piece, Pieces};
use crate::out;
use crate::platform::Platform;
use crate::redact::Redactor;
use crate::saved::Saved;
use crate::style::plain;

/// What a message in a log says: its event, its keys, and what was not understood
#[derive(Debug, Args)]
#[command(
    long_about = "What a message in a log says: its event, what it tells of its call, the keys under which it is handled \
                  once, which of its fields were not understood, and why it is of no known kind.\n\nThe input is one body, \
                  or a message on each line: a body, a form, a query, a URL, a line of an access log, or a request as \
                  `callhook listen --save` writes it. It is read as an endpoint reads it.",
    after_long_help = EXAMPLES
)]
pub(crate) struct DecodeArgs {
    /// Whose messages they are
    #[arg(value_enum)]
    platform: Platform,

    /// Files to read; standard input where there is none, or for `-`
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// The input is the query of a GET
    #[arg(long, conflicts_with = "form")]
    query: bool,

    /// The input is a form, whatever it looks like
    #[arg(long)]
    form: bool,

    /// Each line of the input is a message, whatever it begins with
    #[arg(long, conflicts_with = "whole")]
    lines: bool,

    /// All of the input is one message, whatever it begins with
    #[arg(long)]
    whole: bool,

    /// Voipappz: the event of all messages, such as `call-answer`. Without it a path, the parameter `event` or a field
    /// `event` names it
    #[arg(long, value_name = "NAME")]
    event: Option<String>,

    /// The name of the endpoint that handles the messages, which is part of their keys. The platform's unless the
    /// endpoint was given another
    #[arg(long, value_name = "NAME")]
    endpoint: Option<String>,

    /// The id of the tenant, which is part of the messages' keys too
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,

    /// How large a body or a query may be, as the endpoint's `max_body_bytes`
    #[arg(long, value_name = "BYTES", default_value_t = 256 * 1024,
          value_parser = clap::value_parser!(u32).range(1..=64 * 1024 * 1024))]
    max_bytes: u32,

    /// Print a JSON object for each message
    #[arg(long)]
    json: bool,

    /// Print the messages themselves, with invented numbers, ids and names, so that strangers can see them. Terms such as
    /// a status, the names of fields, figures of six digits at most and flags stay; moments are moved by whole days
    #[arg(long, conflicts_with = "json")]
    redact: bool,

    /// Invent the same values in each run. Anyone who knows or guesses the seed can undo it
    #[arg(long, value_name = "NUMBER", requires = "redact")]
    seed: Option<u64>,
}

const EXAMPLES: &str = "\
Examples:
  What does this body say?
    $ callhook decode telecmi < body.json

  A query from an access log, or all of the log:
    $ callhook decode telecmi --query 'type=cdr&cmiuuid=5202a928&status=missed'
    $ callhook decode telecmi access.log

  Every message that an application has kept, for another program:
    $ callhook decode piopiy --json messages.jsonl

  A Voipappz body says nothing of its event:
    $ callhook decode voipappz --event call-answer < template.json

  For a bug report, with nobody's number in it:
    $ callhook decode telecmi --redact < body.json

  The key of the message that the endpoint `calls` handled for the tenant 7:
    $ callhook decode telecmi --endpoint calls --tenant 7 < body.json

Exit codes: 0 where each message is of a known kind, 1 where one isn't or can't be read, 2 where there is no input.";

/// What of a saved request is not its body.
const REQUEST_BYTES: usize = 64 * 1024;

pub(crate) fn run(args: DecodeArgs) -> Result<ExitCode, Error> {
    let max_bytes = usize::try_from(args.max_bytes).unwrap_or(usize::MAX);
    let options = Options {
        endpoint: args.endpoint.clone(),
        tenant: args.tenant.clone(),
        event: args.event.clone(),
        max_bytes: Some(max_bytes),
    };
    let mut work = Work {
        decoder: Decoder::new(args.platform, &options)?,
        redactor: match args.redact {
            true => Some(Redactor::new(args.platform, args.seed)?),
            false => None,
        },
        given: match (args.query, args.form) {
            (true, _) => Given::Query,
            (_, true) => Given::Form,
            _ => Given::Anything,
        },
        platform: args.platform,
        is_json: args.json,
        is_good: true,
        is_first: true,
    };
    let cut = match (args.lines, args.whole) {
        (true, _) => Cut::Lines,
        (_, true) => Cut::Whole,
        _ => Cut::ByItself,
    };
    let files: Vec<Option<&PathBuf>> = match args.files.as_slice() {
        [] => vec![None],
        files => files.iter().map(Some).collect(),
    };
    let has_several = files.len() > 1;
    for file in files {
        let input = match (file, args.query) {
            // A query is short enough to be given where a file is.
            (Some(query), true) if is_query(query) => {
                let query = query.to_string_lossy().into_owned();
                let reader: Box<dyn io::Read> = Box::new(io::Cursor::new(query.into_bytes()));
                (reader, "the query".to_owned())
            }
            _ => input::open(file.map(PathBuf::as_path))?,
        };
        let name = has_several.then(|| input.1.clone());
        // A body within a saved request may have an escape of six bytes for each of its own.
        let longest = max_bytes.saturating_mul(6).saturating_add(REQUEST_BYTES);
        let is_message =
            |line: &[u8]| Saved::read(line).is_some() || Payload::from_template_body(line).is_ok();
        let mut pieces = Pieces::of(input, cut, longest, is_message)?;
        let mut place = Place {
            file: name,
            line: None,
        };
        while let Some(piece) = pieces.next()? {
            place.line = pieces.is_lines().then_some(piece.line);
            if let Err(error) = work.piece(piece, &place) {
                return ended(error);
            }
        }
    }
    if work.is_first {
        return Err(Error::new("there is no message in the input"));
    }
    Ok(if work.is_good {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// Where a message was.
#[derive(Debug)]
struct Place {
    /// Where there are several.
    file: Option<String>,
    /// Where each line is a message.
    line: Option<u64>,
}

struct Work {
    decoder: Decoder,
    redactor: Option<Redactor>,
    given: Given,
    platform: Platform,
    is_json: bool,
    /// Whether all were read, and are of known kinds.
    is_good: bool,
    is_first: bool,
}

impl Work {
    fn piece(&mut self, piece: Piece, place: &Place) -> io::Result<()> {
        let is_first = std::mem::take(&mut self.is_first);
        let reading = match piece.bytes {
            Some(bytes) => reading::read(&bytes, self.given),
            None => Err(Refused {
                code: "too_large",
                text: "the line is longer than a message can be with this --max-bytes".to_owned(),
            }),
        };
        if let Some(redactor) = &self.redactor {
            return match reading.and_then(|reading| redacted(redactor, &reading)) {
                Ok(text) => out::write_raw(&text),
                Err(refused) => {
                    self.is_good = false;
                    print::refused_aside(place, &refused)
                }
            };
        }
        let decoded = reading.and_then(|reading| self.decoder.decode(&reading.request));
        self.is_good &= decoded
            .as_ref()
            .is_ok_and(|decoded| decoded.unrecognized.is_none());
        if self.is_json {
            return json::write(self.platform, place, &decoded);
        }
        let mut out = anstream::stdout().lock();
        if !is_first {
            writeln!(out)?;
        }
        match &decoded {
            Ok(decoded) => print::decoded(&mut out, self.platform, place, decoded),
            Err(refused) => print::refused(&mut out, place, refused),
        }
    }
}

fn redacted(redactor: &Redactor, reading: &Reading) -> Result<String, Refused> {
    let request = &reading.request;
    let query = request.query.as_deref().unwrap_or_default();
    let redacted = match &reading.written {
        Written::Saved(saved) => redactor
            .saved(saved)
            .map(|saved| out::escaped(&serde_json::to_string(&saved).unwrap_or_default())),
        Written::Target => redactor
            .target(&request.path, query)
            .map(|text| plain(&text)),
        Written::Query => redactor.query(query).map(|text| plain(&text)),
        // JSON, or a form, which has ASCII only.
        Written::Body => redactor.body(&request.body).map(|body| out::escaped(&body)),
    };
    redacted.map_err(|unreadable| Refused {
        code: "unreadable",
        text: unreadable.to_string(),
    })
}

/// Whether an argument is a query, and no file's name.
fn is_query(argument: &std::path::Path) -> bool {
    argument.to_string_lossy().contains('=') && !argument.exists()
}

/// Who reads the output may have seen enough of it.
fn ended(error: io::Error) -> Result<ExitCode, Error> {
    out::told(Err(error)).map(|()| ExitCode::SUCCESS)
}
