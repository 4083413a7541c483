//! An action, and those that have no options.

use crate::answer::Members;

action_type! {
    /// One action of a reply.
}

impl Action {
    pub(super) fn from_members(members: Members) -> Self {
        Self(members)
    }

    /// Plays a file.
    pub fn play(file: impl Into<Audio>) -> Self {
        let (member, file) = file.into().into_member();
        Self::other("play").and(member, file)
    }

    /// Says a text.
    pub fn speak(text: impl Into<String>) -> Self {
        Self::other("speak").and("text", text.into())
    }

    /// Notes a text, which comes back as `extra_params`.
    pub fn param(text: impl Into<String>) -> Self {
        Self::other("param").and("text", text.into())
    }

    /// Records the call.
    pub fn record() -> Self {
        Self::other("record")
    }

    /// Ends the call.
    pub fn hangup() -> Self {
        Self::other("hangup")
    }
}

/// A file to play. A text that begins with `http://` or `https://` is a URL, and any other a name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Audio {
    /// `file_name`: one of the account's files.
    Name(String),
    /// `file_url`.
    Url(String),
}

impl Audio {
    pub(super) fn into_member(self) -> (&'static str, String) {
        match self {
            Self::Name(name) => ("file_name", name),
            Self::Url(url) => ("file_url", url),
        }
    }
}

impl From<String> for Audio {
    fn from(text: String) -> Self {
        let is_url = ["http://", "https://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        if is_url {
            Self::Url(text)
        } else {
            Self::Name(text)
        }
    }
}

impl From<&str> for Audio {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}
