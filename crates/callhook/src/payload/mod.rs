//! From bytes to fields: one reader for POST JSON, a form, and a GET query.
//!
//! 1. The first byte that is not white space decides: `{` or `[` is JSON, whatever the content type says; all else is a
//!    form. A form of one field whose text is itself a JSON object is that object.
//! 2. Values keep the text they were sent as. A number keeps its digits, beyond 64 bits too; a nested object or array
//!    stays one field, as JSON text without the white space between its tokens.
//! 3. `null`, the empty or blank text and the text `null` are [absent](Value::is_absent): a GET can't distinguish them.
//! 4. Limits: 512 fields, 64 levels of nesting. Bytes are limited before this reader sees any.
//! 5. Where strict JSON fails, there is a second reading. It takes raw line breaks, tabs and other control characters
//!    in strings, and of a provider whose bodies are written as templates by people,
//!    [more](Payload::from_template_body).
//! 6. An error says what was expected, what was found and where, and repeats nothing of the message.
//! 7. Nothing here decides whether a field is known, or what it means: the provider does that.

mod brackets;
pub(crate) mod cut;
mod fault;
pub(crate) mod form;
mod json;
mod lenient;
mod tokens;
mod unreadable;
mod value;

use std::borrow::Cow;

pub use self::unreadable::{Unreadable, UnreadableKind};
pub use self::value::{Value, ValueKind};

pub(crate) use self::json::{compact, scan};
pub(crate) use self::value::is_placeholder;

/// How many fields a message may have. The largest documented message has 27.
pub const MAX_FIELDS: usize = 512;

/// Room for as many fields as most documented messages have: 1 KiB, beyond which allocators are several times slower.
/// The largest has 27.
const USUAL_FIELDS: usize = 18;

const _: () = assert!(USUAL_FIELDS * size_of::<Field<'_>>() <= 1024);

/// How deep a message may be nested, its own braces included. No documented message goes beyond 2.
pub const MAX_DEPTH: usize = 64;

/// A message as fields, before anything is known of their meaning.
pub struct Payload<'a> {
    fields: Vec<Field<'a>>,
    array: Option<Cow<'a, str>>,
}

impl<'a> Payload<'a> {
    /// Reads a request's body: JSON or a form. Where strict JSON fails, it is read once more with one addition: a
    /// string may have raw line breaks, tabs and other control characters, which are text.
    ///
    /// # Errors
    ///
    /// [`Unreadable`], with the reason, when the bytes are neither, or go beyond a limit.
    pub fn from_body(body: &'a [u8]) -> Result<Self, Unreadable> {
        Self::read_body(body, Grammar::Strict)
    }

    /// Reads a body that its sender's administrator wrote as a template, which values are put into as they are. As
    /// [`from_body`](Self::from_body), and where strict JSON fails, with four additions more:
    ///
    /// - A value without quotes is text, up to the comma or the bracket that closes its object or array. White space
    ///   around it doesn't count. It may have no quote, backslash or brace, unless it is a placeholder that was not
    ///   filled (`{{uuid}}`). What is a value of JSON is that value.
    /// - Nothing between the colon and the comma or closing bracket is `null`.
    /// - The last item of an object or array may have a comma after it.
    /// - `//` begins a comment, up to the end of its line. In a value without quotes it needs white space before it,
    ///   unless what comes before it is a value of JSON or digits.
    ///
    /// ```
    /// use callhook::payload::Payload;
    ///
    /// let body = br#"{"destination":039000000, // who was called
    ///     "contact_number":+972501234567, "queue_name":Main desk, "ivr_name":,
    ///     "recording_url":https://recordings.example/1,}"#;
    /// let payload = Payload::from_template_body(body)?;
    /// let text = |name| payload.field(name).map(|field| field.value().text());
    /// assert_eq!(text("destination"), Some("039000000"));
    /// assert_eq!(text("contact_number"), Some("+972501234567"));
    /// assert_eq!(text("queue_name"), Some("Main desk"));
    /// assert_eq!(text("ivr_name"), None);
    /// assert_eq!(text("recording_url"), Some("https://recordings.example/1"));
    /// # Ok::<(), callhook::payload::Unreadable>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_body`](Self::from_body). A quote or a backslash that was put into a text unescaped has no single
    /// reading and is an error, and so is a bracket that isn't closed.
    pub fn from_template_body(body: &'a [u8]) -> Result<Self, Unreadable> {
        Self::read_body(body, Grammar::Template)
    }

    fn read_body(body: &'a [u8], grammar: Grammar) -> Result<Self, Unreadable> {
        let body = body_text(body)?;
        let text = trim(body.strip_prefix('\u{feff}').unwrap_or(body));
        Self::from_text(text, grammar).map_err(|error| error.moved_behind(before(text, body)))
    }

    fn from_text(text: &'a str, grammar: Grammar) -> Result<Self, Unreadable> {
        match text.as_bytes().first() {
            None => Err(Unreadable::new(UnreadableKind::Empty, "the body is empty")),
            Some(b'{' | b'[') => match Self::from_json(text) {
                Some(read) => Ok(read),
                None => Self::from_json_again(text, grammar),
            },
            Some(_) => match form::check_body(text) {
                Ok(()) => Self::from_form(text, grammar),
                // A comment, and then an object or array.
                Err(_) if matches!(grammar, Grammar::Template) && text.starts_with("//") => {
                    Self::from_json_again(text, grammar)
                }
                Err(error) => Err(error),
            },
        }
    }

    /// Text in strict JSON.
    fn from_json(text: &'a str) -> Option<Self> {
        if text.starts_with('[') {
            let is_array = json::check_array(text).is_ok();
            return is_array.then(|| Self::of_array(text));
        }
        json::fields(text).ok().map(Self::of_fields)
    }

    /// Text that isn't strict JSON, or goes beyond a limit. What can't be read in this grammar either is told from
    /// here.
    fn from_json_again(text: &str, grammar: Grammar) -> Result<Self, Unreadable> {
        let json = lenient::to_json(text, grammar)?;
        if json.starts_with('[') {
            json::check_array(&json)?;
            return Ok(Self::of_array(json));
        }
        let fields = json::fields(&json)?;
        Ok(Self::of_fields(
            fields.into_iter().map(Field::into_owned).collect(),
        ))
    }

    /// Reads a query string, without its `?`.
    ///
    /// # Errors
    ///
    /// [`Unreadable`], with the reason, when the text is not a query string, or goes beyond a limit.
    pub fn from_query(query: &'a str) -> Result<Self, Unreadable> {
        Self::from_form(query, Grammar::Strict)
    }

    /// A payload of fields that were read elsewhere.
    pub(crate) fn of_fields(fields: Vec<Field<'a>>) -> Self {
        Self {
            fields,
            array: None,
        }
    }

    fn of_array(text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            fields: Vec::new(),
            array: Some(text.into()),
        }
    }

    fn from_form(text: &'a str, grammar: Grammar) -> Result<Self, Unreadable> {
        let fields = form::fields(text)?;
        if let [only] = fields.as_slice()
            && let text = trim(only.value.text())
            && text.starts_with('{')
        {
            if let Ok(nested) = json::fields(text) {
                let nested = nested.into_iter().map(Field::into_owned).collect();
                return Ok(Self::of_fields(nested));
            }
            if let Ok(nested) = Self::from_json_again(text, grammar) {
                return Ok(nested);
            }
            // Text in braces that is not JSON is one field's text like any other.
        }
        Ok(Self::of_fields(fields))
    }

    /// The fields in the order they came, absent ones included. Empty for an array.
    #[must_use]
    pub fn fields(&self) -> &[Field<'a>] {
        &self.fields
    }

    /// The whole text, where it is a JSON array at the top.
    #[must_use]
    pub fn array(&self) -> Option<&str> {
        self.array.as_deref()
    }

    /// The first present field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field<'a>> {
        self.fields
            .iter()
            .find(|field| field.name == name && !field.value.is_absent())
    }
}

impl std::fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payload")
            .field("fields", &self.fields.len())
            .field("is_array", &self.array.is_some())
            .finish_non_exhaustive()
    }
}

/// One field: a name and a value.
#[derive(Clone)]
pub struct Field<'a> {
    name: Cow<'a, str>,
    value: Value<'a>,
}

impl<'a> Field<'a> {
    pub(crate) fn new(name: impl Into<Cow<'a, str>>, value: Value<'a>) -> Self {
        Self {
            name: name.into(),
            value,
        }
    }

    /// The name, decoded.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &Value<'a> {
        &self.value
    }

    fn into_owned(self) -> Field<'static> {
        Field {
            name: Cow::Owned(self.name.into_owned()),
            value: self.value.into_owned(),
        }
    }
}

impl std::fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Field")
            .field("kind", &self.value.kind)
            .finish_non_exhaustive()
    }
}

/// What is read as JSON, where strict JSON fails.
#[derive(Clone, Copy, Debug)]
enum Grammar {
    /// See [`Payload::from_body`].
    Strict,
    /// See [`Payload::from_template_body`].
    Template,
}

fn body_text(body: &[u8]) -> Result<&str, Unreadable> {
    std::str::from_utf8(body).map_err(|error| {
        let valid = body.get(..error.valid_up_to()).unwrap_or_default();
        let valid = std::str::from_utf8(valid).unwrap_or_default();
        Unreadable::new(UnreadableKind::Malformed, "the body is not UTF-8")
            .expected("UTF-8", "other bytes")
            .at_byte(valid, valid.len())
    })
}

/// What is in a text before a piece of it.
fn before<'t>(piece: &str, text: &'t str) -> &'t str {
    let start = piece.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    text.get(..start).unwrap_or_default()
}

/// Without JSON's white space at both ends.
pub(crate) fn trim(text: &str) -> &str {
    let is_space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t' | b'\r' | b'\n'));
    let bytes = text.as_bytes();
    if is_space(bytes.first()) || is_space(bytes.last()) {
        text.trim_matches([' ', '\t', '\r', '\n'])
    } else {
        text
    }
}

#[cfg(test)]
mod tests;
