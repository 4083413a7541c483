//! Places of a request that are read, each as one thing only.

use crate::auth::{AUTHORIZATION, Carrier, HmacGuard, TenantName, Tenants, TokenGuard};
use crate::config::ConfigError;
use crate::provider::Provider;

/// A place that a guard, the tenant or the label is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// A query parameter. Of a GET, a field of the content is one too.
    Parameter(String),
    /// A header, in lower case.
    Header(String),
    /// A segment of the path, by how many come after it.
    Segment(usize),
}

/// Refuses two readers of one place.
pub(super) fn check<E: 'static>(
    provider: &dyn Provider<Event = E>,
    tokens: &[TokenGuard],
    signatures: &[HmacGuard],
    tenants: Option<&Tenants>,
    accepts_get: bool,
) -> Result<(), ConfigError> {
    let of_tokens = tokens
        .iter()
        .map(|guard| (Place::of(guard.carrier()), guard.place()));
    let of_signatures = signatures
        .iter()
        .map(|guard| (Place::Header(guard.header().to_owned()), guard.place()));
    let mut taken: Vec<Place> = Vec::new();
    for (place, guard) in of_tokens.chain(of_signatures) {
        if taken.contains(&place) {
            return Err(ConfigError::DuplicateGuard { guard });
        }
        taken.push(place);
    }

    let key_fields = provider.key_fields();
    let is_key = |guard: &&TokenGuard| match guard.carrier() {
        Carrier::Body(field) => key_fields.contains(&field.as_str()),
        // A GET's fields are its parameters. What the label is read from is refused as such below.
        Carrier::Query(name) => {
            accepts_get && key_fields.contains(&name.as_str()) && !provider.is_label_parameter(name)
        }
        _ => false,
    };
    if let Some(place) = tokens.iter().find(is_key).map(TokenGuard::place) {
        return Err(ConfigError::SamePlace {
            place,
            uses: ["a token", "what tells messages apart"],
        });
    }

    let tenant = tenants.map(|tenants| match tenants.name() {
        TenantName::Path { after } => Place::Segment(*after),
        TenantName::Query(name) => Place::Parameter(name.clone()),
    });
    let same = |place: &Place, uses| {
        Err(ConfigError::SamePlace {
            place: place.to_string(),
            uses,
        })
    };
    if let Some(place) = taken.iter().find(|place| place.is_label(provider)) {
        return same(place, ["a token", "the event's name"]);
    }
    if let Some(place) = &tenant {
        if taken.contains(place) {
            return same(place, ["a token", "the tenant"]);
        }
        if place.is_label(provider) {
            return same(place, ["the tenant", "the event's name"]);
        }
    }
    Ok(())
}

impl Place {
    fn of(carrier: &Carrier) -> Self {
        match carrier {
            Carrier::Query(name) | Carrier::Body(name) => Self::Parameter(name.clone()),
            Carrier::Path { after } => Self::Segment(*after),
            Carrier::Header(name) => Self::Header(name.clone()),
            Carrier::Bearer | Carrier::Basic { .. } => Self::Header(AUTHORIZATION.to_owned()),
        }
    }

    fn is_label<E: 'static>(&self, provider: &dyn Provider<Event = E>) -> bool {
        match self {
            Self::Parameter(name) => provider.is_label_parameter(name),
            Self::Segment(after) => provider.is_label_segment(*after),
            Self::Header(_) => false,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Parameter(name) => write!(f, "query parameter {name:?}"),
            Self::Header(name) => write!(f, "header {name:?}"),
            Self::Segment(after) => write!(f, "the path's segment with {after} after it"),
        }
    }
}
