//! How senders prove who they are.

use super::EndpointBuilder;
use crate::auth::{HmacGuard, HmacScheme, Secrets, Tenants, TokenGuard};
use crate::request::Location;

/// # Authentication
impl<E: 'static> EndpointBuilder<E> {
    /// Requires one of these secrets as a query parameter of the URL: `?token=...`.
    ///
    /// The parameter is taken out of the message, and of the URL that is passed inwards. Layers outside this one and
    /// proxies in front still see it, and may log it.
    ///
    /// The fields of a message may be parameters too. One that tells which message it is, or of which kind
    /// ([`Provider::key_fields`](crate::Provider::key_fields)), can't be a token: [`build`](Self::build) refuses it.
    pub fn query_token(self, parameter: impl Into<String>, secrets: impl Into<Secrets>) -> Self {
        self.token(TokenGuard::new(
            Location::query(parameter.into()),
            secrets.into(),
        ))
    }

    /// Requires one of these secrets as the whole value of a header. The header is passed inwards.
    pub fn header_token(self, header: impl Into<String>, secrets: impl Into<Secrets>) -> Self {
        self.token(TokenGuard::new(
            Location::header(header.into()),
            secrets.into(),
        ))
    }

    /// Requires one of these secrets as `Authorization: Bearer ...`. The header is passed inwards.
    pub fn bearer_token(self, secrets: impl Into<Secrets>) -> Self {
        self.token(TokenGuard::bearer(secrets.into()))
    }

    /// Requires this user with one of these passwords, as `Authorization: Basic ...`, which is what HTTP clients make
    /// of a URL such as `https://user:password@your.app/webhooks`. The header is passed inwards.
    pub fn basic_auth(self, user: impl Into<String>, passwords: impl Into<Secrets>) -> Self {
        self.token(TokenGuard::basic(user.into(), passwords.into()))
    }

    /// Requires one of these secrets as the last segment of the path: `/webhooks/telecmi/...`. The segment is
    /// percent-decoded once. A slash at the end doesn't add a segment.
    ///
    /// In the URL that is passed inwards it is written `***`. Layers outside this one and proxies in front still see
    /// it, and a router keeps what it matched: don't log a handler's path parameters.
    pub fn path_token(self, secrets: impl Into<Secrets>) -> Self {
        self.path_token_nth_back(0, secrets)
    }

    /// As [`path_token`](Self::path_token), of the segment that has this many segments after it: 1 for
    /// `/webhooks/.../telecmi`. Counted from the end, so that a prefix that a proxy adds or takes makes no difference.
    pub fn path_token_nth_back(self, after: usize, secrets: impl Into<Secrets>) -> Self {
        self.token(TokenGuard::new(
            Location::PathSegment(after),
            secrets.into(),
        ))
    }

    /// Requires one of these secrets as a field of the message, which must be given once: the custom value that
    /// TeleCMI's dashboard takes and sends back as `custom`, or a constant in a Voipappz template.
    ///
    /// It is looked for in one pass before anything is decoded, and taken out of the message, whether that is in the
    /// body or in the query. The body that is passed inwards is without it, too.
    ///
    /// A field that tells which message it is, or of which kind
    /// ([`Provider::key_fields`](crate::Provider::key_fields)), can't be a token: [`build`](Self::build) refuses it.
    pub fn body_token(self, field: impl Into<String>, secrets: impl Into<Secrets>) -> Self {
        self.token(TokenGuard::new(
            Location::body_field(field.into()),
            secrets.into(),
        ))
    }

    /// Requires a signature made by the sender, or by a relay or gateway of your own: see
    /// [`auth::HmacScheme`](crate::auth::HmacScheme).
    pub fn hmac(mut self, scheme: HmacScheme) -> Self {
        self.signatures.push(HmacGuard::new(scheme));
        self
    }

    /// Asks the application for the secrets and app ids of the tenant that a request names: see
    /// [`auth::Tenants`](crate::auth::Tenants). The guards that take them are given
    /// [`Secrets::of_tenant`](crate::auth::Secrets::of_tenant). Replaces tenants that were set before.
    pub fn tenants(mut self, tenants: Tenants) -> Self {
        self.tenants = Some(tenants);
        self
    }

    /// Accepts messages from anybody who knows the URL. Something in front of this program must authenticate senders:
    /// a gateway that checks a signature, a mutual TLS proxy, a private network.
    pub fn insecure_no_authentication(mut self) -> Self {
        self.is_insecure = true;
        self
    }

    /// Accepts what the URL says of a message (which event it is, or which tenant's) without a signature that covers
    /// the URL. Anyone who sees one signed message can then send it to another event's or tenant's URL; something in
    /// front must prevent that.
    pub fn insecure_unsigned_event_name(mut self) -> Self {
        self.is_event_name_insecure = true;
        self
    }

    fn token(mut self, guard: TokenGuard) -> Self {
        self.tokens.push(guard);
        self
    }
}
