//! What JSON text is made of, whether it is valid or not: every byte belongs to exactly one piece.
//!
//! 1. White space in runs, and a string with its quotes. A string that isn't closed takes all that is left.
//! 2. A mark: one of `{` `}` `[` `]` `:` `,`.
//! 3. Everything else in runs, up to white space, a mark or a quote.
//!
//! Nothing here knows where a piece may occur: [`Tokens`](crate::payload::tokens::Tokens) does.

use std::ops::Range;

use crate::payload::Unreadable;

use super::too_deep;

/// Cuts text into pieces.
pub(in crate::payload) struct Pieces<'t> {
    text: &'t [u8],
    at: usize,
}

/// What a piece is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::payload) enum Piece {
    Space,
    String,
    Mark(u8),
    Other,
}

impl<'t> Pieces<'t> {
    pub(in crate::payload) fn of(text: &'t str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
        }
    }
}

impl Iterator for Pieces<'_> {
    type Item = (Piece, Range<usize>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.text.get(self.at..)?;
        let (piece, length) = match *rest.first()? {
            b' ' | b'\t' | b'\r' | b'\n' => (Piece::Space, space_length(rest)),
            b'"' => (Piece::String, string_length(rest).unwrap_or(rest.len())),
            mark @ (b'{' | b'}' | b'[' | b']' | b':' | b',') => (Piece::Mark(mark), 1),
            _ => (Piece::Other, other_length(rest)),
        };
        let start = self.at;
        self.at += length;
        Some((piece, start..self.at))
    }
}

/// Refuses text in which more than `levels` brackets are open at once. One pass, no recursion.
pub(super) fn check_depth(text: &str, levels: usize) -> Result<(), Unreadable> {
    let mut depth = 0_usize;
    for (piece, _) in Pieces::of(text) {
        match piece {
            Piece::Mark(b'{' | b'[') => depth += 1,
            Piece::Mark(b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > levels {
            return Err(too_deep());
        }
    }
    Ok(())
}

/// How much white space text begins with.
pub(crate) fn space_length(text: &[u8]) -> usize {
    length_while(text, is_space)
}

pub(in crate::payload) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// How long the string is that text begins with, quotes included. `None` where it isn't closed.
pub(crate) fn string_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += plain_length(text.get(at..)?);
        match text.get(at)? {
            b'"' => return Some(at + 1),
            // Whatever comes next is not the end.
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// How much text comes before white space, a mark or a quote.
pub(in crate::payload) fn other_length(text: &[u8]) -> usize {
    length_while(text, |byte| {
        !is_space(byte) && !matches!(byte, b'{' | b'}' | b'[' | b']' | b':' | b',' | b'"')
    })
}

/// How many bytes come before a line's end.
pub(in crate::payload) fn line_length(text: &[u8]) -> usize {
    length_while(text, |byte| !matches!(byte, b'\r' | b'\n'))
}

fn length_while(text: &[u8], is_in: impl Fn(u8) -> bool) -> usize {
    let end = text.iter().position(|byte| !is_in(*byte));
    end.unwrap_or(text.len())
}

/// Whether it is a number, `true`, `false` or `null`, as JSON writes them.
pub(in crate::payload) fn is_scalar(text: &str) -> bool {
    matches!(text, "true" | "false" | "null") || number_length(text.as_bytes()) == Some(text.len())
}

/// How many bytes come before a quote, a backslash or a control character.
#[inline]
pub(crate) fn plain_length(bytes: &[u8]) -> usize {
    run_length(bytes, special, |byte| matches!(byte, b'"' | b'\\' | ..0x20))
}

/// How many bytes come before the first that ends the run: eight at a time by `ends`, which sets the high bit of the
/// first such byte in a word, and the last ones by `is_end`.
fn run_length(bytes: &[u8], ends: impl Fn(u64) -> u64, is_end: impl Fn(u8) -> bool) -> usize {
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk() {
        let found = ends(u64::from_le_bytes(*word));
        if found != 0 {
            return bytes.len() - rest.len() + found.trailing_zeros() as usize / 8;
        }
        rest = after;
    }
    let length = rest.iter().position(|byte| is_end(*byte));
    bytes.len() - rest.len() + length.unwrap_or(rest.len())
}

/// The high bit of each byte of a word that is a quote, a backslash or a control character. Bytes above the lowest such
/// one may be marked by mistake.
fn special(word: u64) -> u64 {
    let is_control = word.wrapping_sub(ONES * 0x20) & !word & (ONES << 7);
    marks(word, b'"') | marks(word, b'\\') | is_control
}

/// The high bit of each byte of a word that is this one. Bytes above the lowest such one may be marked by mistake.
#[inline]
pub(in crate::payload) fn marks(word: u64, byte: u8) -> u64 {
    let zero_where_equal = word ^ (ONES * u64::from(byte));
    zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & (ONES << 7)
}

/// As [`special`], of each byte that is not a digit.
fn no_digit(word: u64) -> u64 {
    // A digit's distance to `0` is at most 9, to which 0x76 can be added without reaching the high bit.
    let distance = word ^ (ONES * u64::from(b'0'));
    (distance | (distance & !(ONES << 7)).wrapping_add(ONES * 0x76)) & (ONES << 7)
}

const ONES: u64 = u64::MAX / 255;

/// The length of a number, as JSON writes it.
#[inline]
pub(crate) fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let digits = bytes.get(from..).unwrap_or_default();
        run_length(digits, no_digit, |byte| !byte.is_ascii_digit())
    };
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    at += match (bytes.get(at)?, digits(at)) {
        (_, 0) => return None,
        (b'0', 1) => 1,
        (b'0', _) => return None,
        (_, many) => many,
    };
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        at += 1 + (fraction > 0).then_some(fraction)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        at += 1 + sign + (exponent > 0).then_some(exponent)?;
    }
    Some(at)
}
