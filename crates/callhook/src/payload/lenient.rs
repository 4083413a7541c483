//! The second reading of a body that its sender's administrator wrote as a template, where strict JSON fails.
//!
//! 1. Strict JSON comes first: what it accepts never comes here, and would come out to the byte as it went in.
//! 2. Outside of strings three things are read that JSON doesn't have, and nothing more: a whole number that begins with
//!    a zero (`039000000`, a phone number that was put in without quotes), which becomes a text with its digits; a comma
//!    after the last item of an object or an array; and a `//` comment up to the end of its line.
//! 3. Nothing is guessed: a value that is missing (`"duration":,`) or a brace that isn't closed stays an error, and the
//!    position it names is the one in the body as sent.
//! 4. One pass, without recursion. What comes out is at most twice as long as what went in, and nested no deeper than
//!    [`MAX_DEPTH`].

use super::json::too_deep;
use super::{MAX_DEPTH, Unreadable, trim};

/// A template's text as JSON, or as close to JSON as it was.
pub(super) struct Template<'t> {
    source: &'t str,
    /// As the source, but for spaces in place of what is dropped, and quotes around what becomes a text.
    json: String,
}

impl<'t> Template<'t> {
    pub(super) fn read(source: &'t str) -> Result<Self, Unreadable> {
        let mut reader = Reader {
            json: Vec::with_capacity(source.len() + 8),
            containers: Containers::default(),
            before: None,
            open_comma: None,
        };
        reader.read(source.as_bytes())?;
        Ok(Self {
            source,
            // Whole characters were replaced, and only by ASCII ones: it is UTF-8 still.
            json: String::from_utf8(reader.json).unwrap_or_default(),
        })
    }

    /// The JSON text, without white space at its ends.
    pub(super) fn json(&self) -> &str {
        trim(&self.json)
    }

    /// An error in [`json`](Self::json), with the place in the source that it is about.
    pub(super) fn locate(&self, error: Unreadable) -> Unreadable {
        let Some((line, column)) = error.position() else {
            return error;
        };
        let lines = self.json().split_inclusive('\n');
        let lines_before: usize = lines.take(line.saturating_sub(1)).map(str::len).sum();
        let trimmed = self.json.find(self.json()).unwrap_or_default();
        let source = self.source_before(trimmed + lines_before + column);
        let line_start = source.rfind('\n').map_or(0, |newline| newline + 1);
        let line = 1 + source.bytes().filter(|byte| *byte == b'\n').count();
        error.at(line, source.len() - line_start)
    }

    /// What the first bytes of `json` stand for.
    fn source_before(&self, length: usize) -> &'t str {
        let mut source = self.source.bytes().peekable();
        for byte in self.json.bytes().take(length) {
            let is_added = byte == b'"' && source.peek() != Some(&b'"');
            if !is_added {
                source.next();
            }
        }
        let length = self.source.len() - source.len();
        self.source.get(..length).unwrap_or(self.source)
    }
}

struct Reader {
    json: Vec<u8>,
    containers: Containers,
    /// The last byte that was neither white space nor in a comment.
    before: Option<u8>,
    /// Where in `json` a comma after an item stands, if nothing came after it yet.
    open_comma: Option<usize>,
}

impl Reader {
    fn read(&mut self, source: &[u8]) -> Result<(), Unreadable> {
        let mut rest = source;
        while let Some(&byte) = rest.first() {
            let length = match byte {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.json.push(byte);
                    rest = rest.get(1..).unwrap_or_default();
                    continue;
                }
                b'/' if rest.get(1) == Some(&b'/') => {
                    let length = run(rest, |byte| !matches!(byte, b'\r' | b'\n'));
                    self.json.resize(self.json.len() + length, b' ');
                    rest = rest.get(length..).unwrap_or_default();
                    continue;
                }
                b'"' => string(rest),
                b'0' if self.is_value_next() => run(rest, |byte| byte.is_ascii_digit()),
                _ => 1,
            };
            let (token, after) = rest.split_at(length);
            self.token(token)?;
            rest = after;
        }
        Ok(())
    }

    fn token(&mut self, token: &[u8]) -> Result<(), Unreadable> {
        let open_comma = self.open_comma.take();
        match token {
            b"{" => self.containers.open(false)?,
            b"[" => self.containers.open(true)?,
            b"}" | b"]" => {
                self.containers.close();
                if let Some(comma) = open_comma.and_then(|comma| self.json.get_mut(comma)) {
                    *comma = b' ';
                }
            }
            // A comma without an item before it is no trailing one.
            b"," if !matches!(self.before, None | Some(b'{' | b'[' | b',' | b':')) => {
                self.open_comma = Some(self.json.len());
            }
            _ => {}
        }
        let is_text = matches!(token, [b'0', _, ..]);
        if is_text {
            self.json.push(b'"');
        }
        self.json.extend_from_slice(token);
        if is_text {
            self.json.push(b'"');
        }
        self.before = token.last().copied();
        Ok(())
    }

    /// Whether a value may stand here, and not a name.
    fn is_value_next(&self) -> bool {
        match self.before {
            Some(b':' | b'[') => true,
            Some(b',') => self.containers.is_array(),
            _ => false,
        }
    }
}

/// How long a string literal is, with its quotes. An unclosed one takes all.
fn string(text: &[u8]) -> usize {
    let mut is_escaped = false;
    let inside = run(text.get(1..).unwrap_or_default(), |byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        !ends
    });
    text.len().min(inside + 2)
}

fn run(text: &[u8], mut is_in: impl FnMut(u8) -> bool) -> usize {
    let end = text.iter().position(|byte| !is_in(*byte));
    end.unwrap_or(text.len())
}

/// Which of the open containers are arrays: a bit each, the innermost lowest.
#[derive(Default)]
struct Containers {
    arrays: u64,
    depth: usize,
}

// One bit for each level that may be open.
const _: () = assert!(MAX_DEPTH <= u64::BITS as usize);

impl Containers {
    fn open(&mut self, is_array: bool) -> Result<(), Unreadable> {
        if self.depth == MAX_DEPTH {
            return Err(too_deep());
        }
        self.depth += 1;
        self.arrays = self.arrays << 1 | u64::from(is_array);
        Ok(())
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.arrays >>= 1;
    }

    fn is_array(&self) -> bool {
        self.arrays & 1 == 1
    }
}

#[cfg(test)]
mod tests;
