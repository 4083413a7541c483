//! What [`EndpointBuilder::build`](super::EndpointBuilder::build) refuses.

use crate::auth::{HmacGuard, Tenants, TokenGuard};
use crate::error::ConfigError;
use crate::provider::Provider;
use crate::replay::Windows;
use crate::request::Location;

/// Refuses two readers of one location.
pub(super) fn locations<E: 'static>(
    provider: &dyn Provider<Event = E>,
    tokens: &[TokenGuard],
    signatures: &[HmacGuard],
    tenants: Option<&Tenants>,
) -> Result<(), ConfigError> {
    let of_tokens = tokens
        .iter()
        .map(|guard| (guard.location().clone(), guard.name().to_string()));
    let of_signatures = signatures
        .iter()
        .map(|guard| (guard.location(), guard.name().to_string()));
    let mut taken: Vec<Location> = Vec::new();
    for (location, guard) in of_tokens.chain(of_signatures) {
        if find(&taken, &location).is_some() {
            return Err(ConfigError::DuplicateGuard { guard });
        }
        taken.push(location);
    }

    let event = provider.event_location();
    let key_fields = provider.key_fields();
    let is_key_field = |location: &&Location| match location {
        Location::BodyField(name) => key_fields.contains(&&**name),
        // The fields of a message may be parameters. One that names the event is refused as such below.
        Location::Query(name) => key_fields.contains(&&**name) && event != Some(*location),
        _ => false,
    };
    if let Some(location) = taken.iter().find(is_key_field) {
        return same(location, ["a token", "what tells messages apart"]);
    }
    let tenant = tenants.map(Tenants::location);
    if let Some(location) = event.and_then(|event| find(&taken, event)) {
        return same(location, ["a token", "the event's name"]);
    }
    if let Some(location) = tenant.and_then(|tenant| find(&taken, tenant)) {
        return same(location, ["a token", "the tenant"]);
    }
    match (tenant, event) {
        (Some(tenant), Some(event)) if tenant.conflicts_with(event) => {
            same(tenant, ["the tenant", "the event's name"])
        }
        _ => Ok(()),
    }
}

fn find<'l>(taken: &'l [Location], location: &Location) -> Option<&'l Location> {
    taken.iter().find(|taken| taken.conflicts_with(location))
}

fn same(location: &Location, uses: [&'static str; 2]) -> Result<(), ConfigError> {
    Err(ConfigError::SamePlace {
        place: location.to_string(),
        uses,
    })
}

/// Refuses tenants' secrets that nothing asks for, and guards that ask for them in vain.
pub(super) fn tenants(
    tokens: &[TokenGuard],
    signatures: &[HmacGuard],
    tenants: Option<&Tenants>,
) -> Result<(), ConfigError> {
    let of_tokens = tokens
        .iter()
        .filter(|guard| guard.is_of_tenant())
        .map(TokenGuard::name);
    let of_signatures = signatures
        .iter()
        .filter(|guard| guard.is_of_tenant())
        .map(HmacGuard::name);
    match (tenants, of_tokens.chain(of_signatures).next()) {
        (None, Some(guard)) => Err(ConfigError::NoTenants {
            guard: guard.to_string(),
        }),
        (Some(_), None) => Err(ConfigError::UnusedTenantSecrets),
        _ => Ok(()),
    }
}

/// Refuses a signature that passes for longer than its message is remembered. Which kind a message is of is not known yet,
/// so the shortest window counts.
pub(super) fn lifetimes(signatures: &[HmacGuard], windows: Windows) -> Result<(), ConfigError> {
    let window = windows.long.min(windows.brief);
    let outlives = |guard: &&HmacGuard| {
        let lifetime = guard.lifetime();
        lifetime.is_some_and(|lifetime| lifetime > window)
    };
    match signatures.iter().find(outlives) {
        Some(guard) => Err(ConfigError::Scheme {
            guard: guard.name().to_string(),
            problem: "accepts a timestamp for longer than its message is remembered",
        }),
        None => Ok(()),
    }
}

/// Refuses to remember live events for longer than records: one of the two windows was meant for the other.
pub(super) fn windows(windows: Windows) -> Result<(), ConfigError> {
    if windows.brief > windows.long {
        return Err(ConfigError::LiveWindowTooLong {
            live_replay_window: windows.brief,
            replay_window: windows.long,
        });
    }
    Ok(())
}

/// Refuses to take from the URL what no signature covers.
pub(super) fn signed_url<E: 'static>(
    provider: &dyn Provider<Event = E>,
    signatures: &[HmacGuard],
    tenants: Option<&Tenants>,
) -> Result<(), ConfigError> {
    if signatures.is_empty() || signatures.iter().any(HmacGuard::signs_url) {
        return Ok(());
    }
    let event = provider.event_location();
    if event.is_some_and(Location::is_outside_content) {
        return Err(ConfigError::UnsignedEventName);
    }
    // What is signed with the tenant's secret is the tenant's.
    if tenants.is_some() && !signatures.iter().any(HmacGuard::is_of_tenant) {
        return Err(ConfigError::UnsignedTenant);
    }
    Ok(())
}
