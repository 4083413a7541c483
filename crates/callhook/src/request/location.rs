//! Where in a request something is read: [`Location`].

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;

use super::Head;
use crate::error::ConfigError;
use crate::payload::form::Repeated;

/// Where in a request a token, a tenant's name or an event's name is read.
///
/// Each location of an endpoint is read for one purpose only: an endpoint that reads a token and a tenant's name from
/// one query parameter, say, doesn't build.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// A parameter of the URL's query, which must be given once.
    Query(Cow<'static, str>),
    /// A header, by its name in lower case. It must be given once.
    Header(Cow<'static, str>),
    /// A segment of the path, counted from the end (0 is the last one) and decoded once. A slash at the end makes no
    /// segment.
    ///
    /// Counted from the end, so that a prefix that a proxy adds or takes away makes no difference.
    PathSegment(usize),
    /// A field of the message, which is in the body or in the query.
    BodyField(Cow<'static, str>),
}

impl Location {
    /// A query parameter.
    #[must_use]
    pub fn query(name: impl Into<Cow<'static, str>>) -> Self {
        Self::Query(name.into())
    }

    /// A header, whose name may be in either case.
    #[must_use]
    pub fn header(name: impl Into<Cow<'static, str>>) -> Self {
        let name = name.into();
        Self::Header(if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(name.to_ascii_lowercase())
        } else {
            name
        })
    }

    /// A field of the message.
    #[must_use]
    pub fn body_field(name: impl Into<Cow<'static, str>>) -> Self {
        Self::BodyField(name.into())
    }

    /// What the head has there, decoded. `None` for a body field, which no head has.
    pub(crate) fn read<'h>(&self, head: &Head<'h>) -> Result<Option<Cow<'h, [u8]>>, Repeated> {
        Ok(match self {
            Self::Query(name) => head.single_parameter(name)?.map(into_bytes),
            Self::Header(name) => head.single_line(name)?.map(Cow::Borrowed),
            Self::PathSegment(from_end) => head
                .segment(*from_end)
                .map(|segment| percent_decode_str(segment).into()),
            Self::BodyField(_) => None,
        })
    }

    /// What the head has there, as text. A segment of the path that is not UTF-8 once decoded stays as it was sent.
    pub(crate) fn read_text<'h>(&self, head: &Head<'h>) -> Option<Cow<'h, str>> {
        match (self.read(head).ok()??, self) {
            (Cow::Borrowed(bytes), _) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            (Cow::Owned(bytes), Self::PathSegment(from_end)) => String::from_utf8(bytes)
                .map(Cow::Owned)
                .ok()
                .or_else(|| head.segment(*from_end).map(Cow::Borrowed)),
            (Cow::Owned(bytes), _) => String::from_utf8(bytes).map(Cow::Owned).ok(),
        }
    }

    /// Whether this is the query parameter of that name.
    pub(crate) fn is_parameter(&self, name: &str) -> bool {
        matches!(self, Self::Query(parameter) if parameter == name)
    }

    /// Whether a signature has to cover the URL, or what is read here is not signed.
    pub(crate) fn is_outside_content(&self) -> bool {
        !matches!(self, Self::BodyField(_))
    }

    /// Whether both read the same part of some request. The query of a GET holds the fields of its message.
    pub(crate) fn conflicts_with(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Query(name) | Self::BodyField(name),
                Self::Query(other) | Self::BodyField(other),
            ) => name == other,
            _ => self == other,
        }
    }

    /// Refuses a name that nothing can have.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let (what, name) = match self {
            Self::Query(name) => ("query parameter", name),
            Self::BodyField(name) => ("body field", name),
            Self::Header(name) => return check_header_name(name),
            Self::PathSegment(_) => return Ok(()),
        };
        if name.is_empty() {
            return Err(ConfigError::Name {
                what,
                name: String::new(),
            });
        }
        Ok(())
    }
}

fn into_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Refuses what is not a token of RFC 9110, section 5.6.2.
pub(crate) fn check_header_name(name: &str) -> Result<(), ConfigError> {
    let is_part = |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
    let end = name.find(|char| !is_part(char));
    if end.is_none() && !name.is_empty() {
        return Ok(());
    }
    // Up to its first mistake: arguments in the wrong order would put a secret here.
    let valid = name.get(..end.unwrap_or_default()).unwrap_or_default();
    Err(ConfigError::Name {
        what: "header",
        name: if name.is_empty() {
            String::new()
        } else {
            format!("{valid}…")
        },
    })
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(name) => write!(f, "query parameter {name:?}"),
            Self::Header(name) => write!(f, "header {name:?}"),
            Self::PathSegment(0) => f.write_str("last path segment"),
            Self::PathSegment(from_end) => write!(f, "path segment {from_end} from the end"),
            Self::BodyField(name) => write!(f, "body field {name:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_location_reads_its_part_of_the_head_decoded() {
        let headers = [("x-name", "in a header")];
        let head = Head::new(
            "POST",
            "/a/b%20c/%FF/",
            Some("name=in%20a+query&twice=1&twice=2"),
            &headers,
        );
        let read = |location: Location| {
            let found = location.read(&head).map_err(|_| "repeated")?;
            Ok::<_, &str>(found.map(|bytes| bytes.escape_ascii().to_string()))
        };
        let found = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(read(Location::query("name")), found("in a query"));
        assert_eq!(read(Location::query("other")), Ok(None));
        assert_eq!(read(Location::query("twice")), Err("repeated"));
        assert_eq!(read(Location::header("X-Name")), found("in a header"));
        assert_eq!(read(Location::PathSegment(0)), found("\\xff"));
        assert_eq!(read(Location::PathSegment(1)), found("b c"));
        assert_eq!(read(Location::PathSegment(3)), Ok(None));
        assert_eq!(read(Location::body_field("name")), Ok(None));

        let text = |location: Location| location.read_text(&head).map(Cow::into_owned);
        assert_eq!(text(Location::PathSegment(0)).as_deref(), Some("%FF"));
        assert_eq!(text(Location::PathSegment(1)).as_deref(), Some("b c"));
        assert_eq!(text(Location::query("twice")), None);
    }

    #[test]
    fn a_query_parameter_and_a_body_field_of_one_name_conflict() {
        let query = Location::query("token");
        assert!(query.conflicts_with(&Location::body_field("token")));
        assert!(!query.conflicts_with(&Location::body_field("other")));
        assert!(!query.conflicts_with(&Location::header("token")));
        assert!(Location::header("A").conflicts_with(&Location::header("a")));
        assert!(!Location::PathSegment(0).conflicts_with(&Location::PathSegment(1)));
    }
}
