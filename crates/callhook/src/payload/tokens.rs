//! The tokens of a JSON object or array, in the grammar of a strict body or of a template.
//!
//! Both the reading of a body that `serde_json` refuses and the search for a secret in a body that isn't decoded yet
//! use these tokens, so that authentication and decoding read a body in the same way.
//!
//! 1. Valid JSON has the same tokens in both grammars.
//! 2. Both accept a string with raw control characters: the reader of the token decides.
//! 3. A template has more: comments, a comma after the last item, a value without quotes, and no value at all.
//! 4. One pass, without recursion, and without memory but for a bit for each open bracket. How deep is too deep is the
//!    reader's to say.
//! 5. At the first unexpected token this ends, with a [`Fault`].

use std::ops::Range;

use super::Grammar;
use super::brackets::Brackets;
use super::fault::{END, Fault};
use super::json::scan::{
    is_scalar, is_space, line_length, other_length, space_length, string_length,
};

/// The tokens of a text, up to its end or to the first fault.
pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    grammar: Grammar,
    expected: Expected,
    /// Whether the last value was a string.
    is_after_string: bool,
    open: Brackets,
}

/// A token, and where it is.
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) place: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Space,
    /// A template's, from `//` to the end of its line.
    Comment,
    Open,
    Close,
    Colon,
    Comma,
    /// A member's name, with its quotes.
    Name,
    /// A value in quotes, with them.
    String,
    /// A number, `true`, `false` or `null`.
    Scalar,
    /// A template's value without quotes, which is none of these, without the white space behind it.
    Unquoted,
    /// A template's value that isn't there.
    Nothing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// The object or array that the text is.
    Top,
    FirstName,
    Name,
    Colon,
    MemberValue,
    FirstItem,
    Item,
    /// What comes after a value.
    Separator,
    End,
}

impl<'t> Tokens<'t> {
    pub(super) fn of(text: &'t str, grammar: Grammar) -> Self {
        Self {
            text,
            at: 0,
            grammar,
            expected: Expected::Top,
            is_after_string: false,
            open: Brackets::default(),
        }
    }

    /// How many brackets are open.
    pub(super) fn depth(&self) -> usize {
        self.open.depth()
    }

    fn token(&mut self) -> Result<Option<Token>, Fault> {
        let rest = self.rest();
        let Some(&byte) = rest.first() else {
            return match self.expected {
                Expected::End => Ok(None),
                _ => Err(self.fault(self.at)),
            };
        };
        let is_template = matches!(self.grammar, Grammar::Template);
        let in_array = self.open.is_array();
        let (kind, length) = match (self.expected, byte) {
            (_, b' ' | b'\t' | b'\r' | b'\n') => (TokenKind::Space, space_length(rest)),
            (_, b'/') if is_template && rest.starts_with(b"//") => {
                (TokenKind::Comment, line_length(rest))
            }
            (Expected::FirstName | Expected::Name, b'"') => {
                (TokenKind::Name, self.string_length()?)
            }
            (Expected::Colon, b':') => (TokenKind::Colon, 1),
            (Expected::FirstName, b'}') | (Expected::FirstItem, b']') => (TokenKind::Close, 1),
            (Expected::Name, b'}') | (Expected::Item, b']') if is_template => (TokenKind::Close, 1),
            (Expected::Separator, b',') => (TokenKind::Comma, 1),
            (Expected::Separator, b'}') if !in_array => (TokenKind::Close, 1),
            (Expected::Separator, b']') if in_array => (TokenKind::Close, 1),
            (Expected::Top, b'{' | b'[') => (TokenKind::Open, 1),
            (Expected::MemberValue | Expected::FirstItem | Expected::Item, byte) => match byte {
                b'{' if is_template && rest.starts_with(b"{{") => self.unquoted()?,
                b'{' | b'[' => (TokenKind::Open, 1),
                b'"' => (TokenKind::String, self.string_length()?),
                b',' | b'}' if is_template && self.expected == Expected::MemberValue => {
                    (TokenKind::Nothing, 0)
                }
                b',' | b'}' | b']' => return Err(self.fault(self.at)),
                _ if is_template => self.unquoted()?,
                _ => self.scalar()?,
            },
            _ => return Err(self.fault(self.at)),
        };
        self.expected = match kind {
            TokenKind::Space | TokenKind::Comment => self.expected,
            TokenKind::Name => Expected::Colon,
            TokenKind::Colon => Expected::MemberValue,
            TokenKind::Comma if in_array => Expected::Item,
            TokenKind::Comma => Expected::Name,
            TokenKind::Open if byte == b'[' => {
                self.open.push(true);
                Expected::FirstItem
            }
            TokenKind::Open => {
                self.open.push(false);
                Expected::FirstName
            }
            TokenKind::Close => {
                self.open.pop();
                match self.open.depth() {
                    0 => Expected::End,
                    _ => Expected::Separator,
                }
            }
            TokenKind::String | TokenKind::Scalar | TokenKind::Unquoted | TokenKind::Nothing => {
                Expected::Separator
            }
        };
        if !matches!(kind, TokenKind::Space | TokenKind::Comment) {
            self.is_after_string = kind == TokenKind::String;
        }
        let start = self.at;
        self.at += length;
        Ok(Some(Token {
            kind,
            place: start..self.at,
        }))
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn string_length(&self) -> Result<usize, Fault> {
        let end = self.text.len();
        string_length(self.rest()).ok_or(Fault::new(end, "the closing quote of a string", END))
    }

    fn scalar(&self) -> Result<(TokenKind, usize), Fault> {
        let length = other_length(self.rest());
        let text = self.text.get(self.at..self.at + length);
        match text.is_some_and(is_scalar) {
            true => Ok((TokenKind::Scalar, length)),
            false => Err(self.fault(self.at)),
        }
    }

    /// A template's value that doesn't begin like JSON's strings, objects and arrays: up to a comma, the bracket that
    /// closes its object or array, or a comment.
    ///
    /// `//` begins a comment after white space, and after what is a whole value already: it is part of
    /// `https://a.example`, and not of `60// seconds`.
    fn unquoted(&self) -> Result<(TokenKind, usize), Fault> {
        let rest = self.rest();
        let fault = |length, expected, found| Fault::new(self.at + length, expected, found);
        let text = |length| self.text.get(self.at..self.at + length).unwrap_or_default();
        let mut length = 0;
        let mut brackets = 0_usize;
        let mut may_be_whole = true;
        while let Some(byte) = rest.get(length) {
            match byte {
                b',' | b'}' => break,
                b']' if brackets == 0 && self.open.is_array() => break,
                b']' if brackets == 0 => {
                    return Err(fault(length, "`,` or `}` after a value", "`]`"));
                }
                b']' => brackets -= 1,
                b'[' => brackets += 1,
                b'"' => return Err(fault(length, NO_QUOTE, "a quote in a value without quotes")),
                b'\\' => {
                    return Err(fault(
                        length,
                        NO_QUOTE,
                        "a backslash in a value without quotes",
                    ));
                }
                b'{' => match placeholder_length(rest.get(length..).unwrap_or_default()) {
                    Some(placeholder) => {
                        length += placeholder;
                        continue;
                    }
                    None => return Err(fault(length, NO_QUOTE, "`{` in a value without quotes")),
                },
                b'/' => {
                    let after_space =
                        length > 0 && rest.get(length - 1).is_some_and(|byte| is_space(*byte));
                    match rest.get(length + 1) {
                        Some(b'/') if after_space => break,
                        Some(b'/') if may_be_whole => {
                            if is_whole(text(length)) {
                                break;
                            }
                            may_be_whole = false;
                        }
                        Some(b'*') if after_space => {
                            return Err(fault(length, "a comment that begins with `//`", "`/*`"));
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
            length += 1;
        }
        if brackets > 0 {
            let expected = "a `]` for each `[` of a value without quotes";
            return Err(Fault::of(self.text, self.at + length, expected));
        }
        let value = text(length).trim_end_matches([' ', '\t', '\r', '\n']);
        let kind = match is_scalar(value) {
            true => TokenKind::Scalar,
            false => TokenKind::Unquoted,
        };
        Ok((kind, value.len()))
    }

    fn fault(&self, at: usize) -> Fault {
        Fault::of(self.text, at, self.expected())
    }

    fn expected(&self) -> &'static str {
        match self.expected {
            Expected::Top => "a JSON object or array",
            Expected::FirstName => "a name in quotes or `}`",
            Expected::Name if matches!(self.grammar, Grammar::Template) => {
                "a name in quotes or `}`"
            }
            Expected::Name => "a name in quotes",
            Expected::Colon => "`:` after a name",
            Expected::MemberValue | Expected::Item => "a value",
            Expected::FirstItem => "a value or `]`",
            Expected::Separator if self.is_after_string => match self.open.is_array() {
                true => "`,` or `]` after a string, in which quotes have to be escaped",
                false => "`,` or `}` after a string, in which quotes have to be escaped",
            },
            Expected::Separator if self.open.is_array() => "`,` or `]` after a value",
            Expected::Separator => "`,` or `}` after a value",
            Expected::End => "nothing after the last bracket",
        }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Result<Token, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let token = self.token().transpose();
        if let Some(Err(_)) = token {
            // There is nothing behind a fault.
            self.text = "";
            self.at = 0;
            self.expected = Expected::End;
        }
        token
    }
}

/// How long the placeholder is that text begins with: `{{name}}` or `{{{name}}}`.
fn placeholder_length(text: &[u8]) -> Option<usize> {
    let braces = if text.starts_with(b"{{{") { 3 } else { 2 };
    if !text.starts_with(b"{{") {
        return None;
    }
    let inside = text.get(braces..)?;
    let name = inside
        .iter()
        .position(|byte| matches!(byte, b'{' | b'}' | b'"' | b'\\'))?;
    let closes = inside.get(name..)?.starts_with(&b"}}}"[..braces]);
    closes.then_some(braces + name + braces)
}

/// Whether it is a value whose end is known without what comes next: JSON's own, or digits.
fn is_whole(text: &str) -> bool {
    is_scalar(text) || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

const NO_QUOTE: &str = "a value in quotes, or one without quotes, backslashes and braces";
