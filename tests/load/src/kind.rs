//! The servers that are compared.

use std::fmt;

/// The web framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framework {
    Axum,
    Actix,
}

impl Framework {
    pub(crate) const ALL: [Self; 2] = [Self::Axum, Self::Actix];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
        }
    }
}

/// What its one route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
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
    pub(crate) const ALL: [Self; 6] = [
        Self::Empty,
        Self::Bare,
        Self::Token,
        Self::HmacScheme,
        Self::HandToken,
        Self::HandHmac,
    ];

    pub(crate) fn name(self) -> &'static str {
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
pub(crate) struct Kind {
    pub(crate) framework: Framework,
    pub(crate) variant: Variant,
}

impl Kind {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let of = |framework| Variant::ALL.map(|variant| Self { framework, variant });
        Framework::ALL.into_iter().flat_map(of)
    }

    /// The server of these names.
    pub(crate) fn named(framework: &str, variant: &str) -> Option<Self> {
        Self::all()
            .find(|kind| kind.framework.name() == framework && kind.variant.name() == variant)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.framework.name(), self.variant.name())
    }
}
