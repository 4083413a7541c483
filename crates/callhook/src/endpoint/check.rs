//! What [`EndpointBuilder::build`](super::EndpointBuilder::build) refuses.

use crate::auth::{HmacGuard, Tenants, TokenGuard};
use crate::error::{ConfigError, LocationUse, SettingProblem, TenantsProblem};
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
        .map(|guard| (guard.location().clone(), LocationUse::Token));
    let of_signatures = signatures
        .iter()
        .map(|guard| (guard.location(), LocationUse::Signature));
    let mut taken: Vec<(Location, LocationUse)> = Vec::new();
    for (location, by) in of_tokens.chain(of_signatures) {
        if let Some((_, other)) = find(&taken, &location) {
            return conflict(&location, [*other, by]);
        }
        taken.push((location, by));
    }

    let event = provider.event_location();
    let key_fields = provider.key_fields();
    let is_key_field = |(location, _): &&(Location, LocationUse)| match location {
        Location::BodyField(name) => key_fields.contains(&&**name),
        // The fields of a message may be parameters. One that names the event is refused as such below.
        Location::Query(name) => key_fields.contains(&&**name) && event != Some(location),
        _ => false,
    };
    if let Some((location, by)) = taken.iter().find(is_key_field) {
        return conflict(location, [*by, LocationUse::Identity]);
    }
    let tenant = tenants.map(Tenants::location);
    if let Some((location, by)) = event.and_then(|event| find(&taken, event)) {
        return conflict(location, [*by, LocationUse::EventName]);
    }
    if let Some((location, by)) = tenant.and_then(|tenant| find(&taken, tenant)) {
        return conflict(location, [*by, LocationUse::Tenant]);
    }
    match (tenant, event) {
        (Some(tenant), Some(event)) if tenant.conflicts_with(event) => {
            conflict(tenant, [LocationUse::Tenant, LocationUse::EventName])
        }
        _ => Ok(()),
    }
}

fn find<'l>(
    taken: &'l [(Location, LocationUse)],
    location: &Location,
) -> Option<&'l (Location, LocationUse)> {
    taken
        .iter()
        .find(|(taken, _)| taken.conflicts_with(location))
}

fn conflict(location: &Location, uses: [LocationUse; 2]) -> Result<(), ConfigError> {
    Err(ConfigError::Conflict {
        location: location.to_string(),
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
        (None, Some(guard)) => Err(ConfigError::Tenants(TenantsProblem::Missing {
            guard: guard.to_string(),
        })),
        (Some(_), None) => Err(ConfigError::Tenants(TenantsProblem::UnusedSecrets)),
        _ => Ok(()),
    }
}

/// Refuses a signature that passes for longer than its message is remembered. Which kind a message is of is not known
/// yet, so the shortest window counts.
pub(super) fn lifetimes(signatures: &[HmacGuard], windows: Windows) -> Result<(), ConfigError> {
    let (most, most_setting) = if windows.brief < windows.long {
        (windows.brief, "live_replay_window")
    } else {
        (windows.long, "replay_window")
    };
    for guard in signatures {
        if let Some(duration) = guard.lifetime().filter(|lifetime| *lifetime > most) {
            return Err(ConfigError::Setting {
                setting: format!("the time for which {} accepts a timestamp", guard.name()),
                problem: SettingProblem::TooLong {
                    duration,
                    most,
                    most_setting,
                },
            });
        }
    }
    Ok(())
}

/// Refuses to remember live events for longer than records: one of the two windows was meant for the other.
pub(super) fn windows(windows: Windows) -> Result<(), ConfigError> {
    if windows.brief > windows.long {
        return Err(ConfigError::Setting {
            setting: "live_replay_window".to_owned(),
            problem: SettingProblem::TooLong {
                duration: windows.brief,
                most: windows.long,
                most_setting: "replay_window",
            },
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
        return Err(ConfigError::Unsigned(LocationUse::EventName));
    }
    // What is signed with the tenant's secret is the tenant's.
    if tenants.is_some() && !signatures.iter().any(HmacGuard::is_of_tenant) {
        return Err(ConfigError::Unsigned(LocationUse::Tenant));
    }
    Ok(())
}
