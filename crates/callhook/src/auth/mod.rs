//! How a sender proves who it is.
//!
//! 1. Several guards on one endpoint all have to pass. Several secrets of one guard are alternatives, for rotation.
//! 2. Secrets are compared in constant time: each of a guard's tokens to its end, and each signature to its end. The
//!    time reveals only a token's length.
//! 3. A parameter or header that a guard reads must be given once. More than once is refused, whatever the values.
//! 4. A secret has at least 16 bytes, unless [`Secrets::insecure_short`] says so.
//! 5. A location is read for one purpose only: two guards of one parameter, header, segment or field don't build, and
//!    neither does one that is the tenant's name or the event's as well.
//! 6. What serves as authentication is taken out of the message and of the URL that is passed inwards. Headers are
//!    passed on, marked as sensitive.
//!
//! | guard | where the secret is |
//! |---|---|
//! | [`query_token`](crate::EndpointBuilder::query_token) | a parameter of the URL |
//! | [`header_token`](crate::EndpointBuilder::header_token) | the whole value of a header |
//! | [`bearer_token`](crate::EndpointBuilder::bearer_token), [`basic_auth`](crate::EndpointBuilder::basic_auth) | the `Authorization` header |
//! | [`path_token`](crate::EndpointBuilder::path_token) | a segment of the path, counted from its end |
//! | [`body_token`](crate::EndpointBuilder::body_token) | a field of the message, in the body or in the query |
//! | [`hmac`](crate::EndpointBuilder::hmac) | nowhere: the sender signs with it, see [`HmacScheme`] |
//!
//! The server limits how large a head may be: these guards read whatever it accepts.

mod guard_name;
mod guards;
mod hex;
mod hmac;
mod proofs;
mod refused;
mod secret;
mod tenant;
mod tenant_log;
mod tenants;
mod token;

pub use self::hmac::{Encoding, HmacScheme, Piece, SignError, SignatureTimestamp, Signed, Signer};
pub use self::secret::Secrets;
pub use self::tenant::Tenant;
pub use self::tenants::{TenantLookup, Tenants};

pub(crate) use self::guard_name::GuardName;
pub(crate) use self::guards::Guards;
pub(crate) use self::hmac::{HmacGuard, Keys, Presented};
pub(crate) use self::proofs::{Proofs, SecretNames};
pub(crate) use self::refused::Refused;
pub(crate) use self::tenant_log::TenantLog;
pub(crate) use self::tenants::{LookupError, ResolvedTenant, TenantSecrets};
pub(crate) use self::token::{MISSING, TWICE, TokenGuard};
