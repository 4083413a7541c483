//! The servers that are compared.

use std::fmt;

/// The web framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framework {
    /// axum, on hyper.
    Axum,
    /// actix-web.
    Actix,
}

impl Framework {
    /// Each once.
    pub const ALL: [Self; 2] = [Self::Axum, Self::Actix];

    /// As in tables and arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
        }
    }
}

/// What its one route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Nothing, on a GET.
    Empty,
    /// `Json<serde_json::Value>`.
    Bare,
    /// callhook: token, allowlist, typed event, replay protection.
    Token,
    /// callhook: the same, signed instead of the token.
    HmacScheme,
    /// `Token` without callhook.
    HandToken,
    /// `HmacScheme` without callhook.
    HandHmac,
}

impl Variant {
    /// Each once.
    pub const ALL: [Self; 6] = [
        Self::Empty,
        Self::Bare,
        Self::Token,
        Self::HmacScheme,
        Self::HandToken,
        Self::HandHmac,
    ];

    /// As in tables and arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Bare => "bare",
            Self::Token => "token",
            Self::HmacScheme => "hmac",
            Self::HandToken => "hand-token",
            Self::HandHmac => "hand-hmac",
        }
    }
}

/// One server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// On what.
    pub framework: Framework,
    /// What its route does.
    pub variant: Variant,
}

impl Kind {
    /// Each variant on each framework.
    pub fn all() -> impl Iterator<Item = Self> {
        let of = |framework| Variant::ALL.map(|variant| Self { framework, variant });
        Framework::ALL.into_iter().flat_map(of)
    }

    /// The server of these names.
    #[must_use]
    pub fn named(framework: &str, variant: &str) -> Option<Self> {
        Self::all()
            .find(|kind| kind.framework.name() == framework && kind.variant.name() == variant)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.framework.name(), self.variant.name())
    }
}
