//! One webhook URL, and the order of steps that every request to it goes through.
//!
//! 1. The method. POST and GET unless configured otherwise; HEAD wherever GET is.
//! 2. The client's address, against the allowlist.
//! 3. The declared length, the content encoding, the content type.
//! 4. The tenant, where there are several: the application is asked, once the tokens that are every tenant's have passed.
//! 5. The tokens: each guard has to pass. The signatures' headers: each has to stand once and be readable, and its
//!    timestamp within its tolerance.
//! 6. A GET's and a HEAD's signatures are verified, and tokens that are part of the message compared: all that they are
//!    in is there.
//! 7. A HEAD, and a GET without a parameter left after tokens, tenant and label, are probes: they end here with 204.
//! 8. The body is read, bounded in size and time. A GET's is not.
//! 9. A POST's signatures are verified, over the bytes as received; then tokens in its body are looked for and compared.
//!    From here on, or from step 5 where neither is configured, the request has authenticated, and is told what became of
//!    it.
//! 10. The payload is decoded, once.
//! 11. The app id.
//! 12. Identity and fingerprint; the claim.
//! 13. The handler; its answer settles the claim.
//!
//! Each step takes what the step before returned ([`Admitted`], then [`Opened`], then [`Claimed`]), so an adapter can
//! neither change the order nor mix two endpoints:
//!
//! ```compile_fail,E0599
//! # async fn adapter(admitted: callhook::Admitted<callhook::telecmi::Event>) {
//! admitted.claim().await; // not opened yet
//! # }
//! ```
//!
//! ```compile_fail,E0382
//! # async fn adapter(admitted: callhook::Admitted<callhook::telecmi::Event>) {
//! let _ = admitted.read().open();
//! let _ = admitted.read().open(); // opened already
//! # }
//! ```

mod builder;
mod places;
mod shared;
mod trouble;

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

pub use self::builder::{EndpointBuilder, StoreFailure};
pub(crate) use self::shared::Shared;

use crate::auth::{Known, MISSING, Presented, Refused, TWICE, Tenant, TokenGuard};
use crate::body::BodyBuffer;
use crate::claimed::Claimed;
use crate::delivery::{Delivery, How, Parts, SecretNames, Why};
use crate::payload::{Payload, Unreadable, UnreadableKind, form};
use crate::provider::{Message, Provider};
use crate::rejection::{Answer, Rejection, RejectionKind};
use crate::replay::{Claim, Fingerprint, Identity, Scope, fingerprint};
use crate::request::Head;
use crate::source::Client;
use crate::trail::Trail;

/// One webhook URL's configuration: provider, name, who may call, how they prove it, limits, replay protection.
///
/// Cheap to clone; clones share one replay store. Build it once, outside whatever a framework calls for each of its
/// workers.
pub struct Endpoint<E> {
    provider: Arc<dyn Provider<Event = E>>,
    shared: Arc<Shared>,
}

impl<E: 'static> Endpoint<E> {
    /// Configures an endpoint for a provider, such as [`Telecmi`](crate::telecmi::Telecmi).
    pub fn builder(provider: impl Provider<Event = E>) -> EndpointBuilder<E> {
        EndpointBuilder::new(Arc::new(provider))
    }
}

impl<E: 'static> Endpoint<E> {
    /// The name, which is the provider's unless another was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// Waits until no message is in a handler's hands and everything left to settle was tried.
    ///
    /// Call it after the server has stopped taking requests and before the process ends: a message that is still held
    /// then would only be free again when its lease ends.
    pub async fn idle(&self) {
        self.shared.held.none().await;
        self.shared.flush().await;
    }

    /// Steps 1 to 7: all that can be decided before the body.
    ///
    /// `sleep` waits for a time, as the adapter's runtime does: `tokio::time::sleep`, say. It is called where the
    /// application is asked for a tenant, which has a deadline.
    ///
    /// # Errors
    ///
    /// The refusal. It has been reported.
    pub async fn admit<S>(
        &self,
        head: &Head<'_>,
        sleep: impl FnOnce(Duration) -> S,
    ) -> Result<Admission<E>, Rejection>
    where
        S: Future<Output = ()>,
    {
        let client = self.shared.client(head);
        let is_open = self.shared.is_open();
        let mut trail = Trail::new(Arc::clone(&self.shared), client.address(), is_open);
        let received_at = self.shared.clock.now();
        if let Err(rejection) = self.check_line(head, client) {
            return Err(trail.refuse(rejection));
        }
        let mut checked = CheckedHead::of(head);
        // What needs no tenant comes first: nobody is asked about a tenant for somebody who lacks the endpoint's own token.
        if let Err(rejection) = self.check_tokens(head, Whose::Own, &mut checked) {
            return Err(trail.refuse(rejection));
        }
        if let Some(tenants) = &self.shared.tenants {
            let found = tenants.find(head, sleep).await;
            match self.shared.watch_tenants(found) {
                Ok(known) => checked.tenant = Some(known),
                Err(rejection) => return Err(trail.refuse(rejection)),
            }
        }
        if let Err(rejection) = self.check_proofs(head, received_at, &mut checked, &mut trail) {
            return Err(trail.refuse(rejection));
        }
        self.read_label(head, &mut checked);
        if checked.is_probe {
            trail.report("probe", Some(Answer::PROBE.status()));
            return Ok(Admission::Probe(Answer::PROBE));
        }
        Ok(Admission::Body(Admitted {
            endpoint: self.clone(),
            trail,
            received_at,
            checked,
        }))
    }

    /// Steps 1 to 3.
    fn check_line(&self, head: &Head<'_>, client: Client) -> Result<(), Rejection> {
        let shared = &self.shared;
        let is_accepted = match head.method() {
            "POST" => true,
            "GET" | "HEAD" => shared.methods.accepts_get(),
            _ => false,
        };
        if !is_accepted {
            return Err(Rejection::new(
                RejectionKind::Method,
                "method_not_allowed",
                "the method is not accepted",
            )
            .allow(shared.methods.allow()));
        }
        shared.check_source(client)?;
        if head.method() == "POST" {
            check_declared_body(head, shared.max_body_bytes)?;
        }
        Ok(())
    }

    /// The tokens of the head, the tenant's or all others.
    fn check_tokens(
        &self,
        head: &Head<'_>,
        whose: Whose,
        checked: &mut CheckedHead,
    ) -> Result<(), Rejection> {
        let shared = &self.shared;
        let tenant = shared.tenant_secrets(checked.tenant.as_ref());
        let is_meant = |guard: &TokenGuard| guard.is_of_tenant() == (whose == Whose::Tenants);
        for guard in shared.tokens.iter().filter(|guard| is_meant(guard)) {
            let name = guard.check_head(head, tenant);
            if let Some(name) = name.map_err(|cause| checked.unauthenticated(cause))? {
                checked.secrets.push(name);
            }
        }
        Ok(())
    }

    /// Steps 5 and 6.
    fn check_proofs(
        &self,
        head: &Head<'_>,
        received_at: SystemTime,
        checked: &mut CheckedHead,
        trail: &mut Trail,
    ) -> Result<(), Rejection> {
        let shared = &self.shared;
        self.check_tokens(head, Whose::Tenants, checked)?;
        let query = head.query().unwrap_or_default();
        for guard in &shared.signatures {
            let keys = shared.tenant_keys(guard, checked.tenant.as_ref())?;
            let presented = guard
                .present(head, received_at, keys)
                .map_err(|cause| checked.unauthenticated(cause))?;
            if checked.is_get {
                let name = guard.verify(&presented, query.as_bytes(), true);
                let name = name.map_err(|cause| checked.unauthenticated(cause))?;
                checked.secrets.push(name);
            } else {
                checked.unverified.push(presented);
            }
        }
        checked.path_tokens = shared.path_tokens(head);
        let is_authenticated = if checked.is_get {
            let message = shared.message_query(query);
            let content = message.as_deref().unwrap_or(query);
            let rest = self.check_content(content.as_bytes(), checked)?;
            checked.query = rest.or(message).unwrap_or_else(|| query.to_owned());
            true
        } else {
            checked.unverified.is_empty() && !shared.has_body_tokens()
        };
        if is_authenticated {
            checked.check_known()?;
            trail.authenticated();
        }
        Ok(())
    }

    /// Compares the tokens that are fields of the content, and takes them out of it.
    fn check_content(
        &self,
        content: &[u8],
        checked: &mut CheckedHead,
    ) -> Result<Option<String>, Rejection> {
        let shared = &self.shared;
        let tenant = shared.tenant_secrets(checked.tenant.as_ref());
        let mut rest: Option<String> = None;
        for guard in &shared.tokens {
            let content = rest.as_ref().map_or(content, String::as_bytes);
            let Some(found) = guard.find(content, checked.is_get) else {
                continue;
            };
            let found = found.map_err(|cause| checked.unauthenticated(cause))?;
            let name = guard.matching(found.value().as_bytes(), tenant);
            let name = name.map_err(|cause| checked.unauthenticated(cause))?;
            checked.secrets.push(name);
            rest = Some(found.cut());
        }
        // Without one field, another may read as the whole message: a token in there stands twice.
        if let Some(rest) = &rest {
            let is_left = |guard: &TokenGuard| match guard.find(rest.as_bytes(), checked.is_get) {
                None => false,
                Some(found) => !matches!(found, Err(MISSING)),
            };
            if shared.tokens.iter().any(is_left) {
                return Err(checked.unauthenticated(TWICE));
            }
        }
        Ok(rest)
    }

    /// Step 7, and what the URL says of the message.
    fn read_label(&self, head: &Head<'_>, checked: &mut CheckedHead) {
        if !checked.is_get && !self.provider.reads_url() {
            return;
        }
        let query = head.query().unwrap_or_default();
        let message;
        let left = if checked.is_get {
            &checked.query
        } else {
            message = self.shared.message_query(query);
            message.as_deref().unwrap_or(query)
        };
        let is_label = |pair: &form::Pair<'_>| {
            let name = pair.name();
            name.is_ok_and(|name| self.provider.is_label_parameter(&name))
        };
        let is_probe = head.method() == "HEAD"
            || (checked.is_get && form::pairs(left).all(|pair| is_label(&pair)));
        let label = if self.provider.reads_url() {
            // What authenticates is nobody's label.
            let path = strip_path(head.path(), &checked.path_tokens);
            let path = path.as_deref().unwrap_or(head.path());
            let head = head.with_query(left).with_path(path);
            self.provider.label(&head).map(Cow::into_owned)
        } else {
            None
        };
        checked.is_probe = is_probe;
        checked.label = label;
    }

    /// What this endpoint makes of where a request comes from, in words: which address it takes for the client's, from
    /// where, and which network of the allowlist it is in, the widest of those within each other. For operators; it says
    /// nothing of tokens.
    #[must_use]
    pub fn explain(&self, head: &Head<'_>) -> String {
        self.shared.explain_source(self.shared.client(head))
    }
}

/// For the log: the sender isn't told.
const UNKNOWN_TENANT: Refused = "the tenant is unknown";

/// What stands in a path for a segment that served as authentication.
const HIDDEN_SEGMENT: &str = "***";

fn strip_path(path: &str, tokens: &[String]) -> Option<String> {
    let is_token = |segment: &str| tokens.iter().any(|token| token == segment);
    let hide = |segment| {
        if is_token(segment) {
            HIDDEN_SEGMENT
        } else {
            segment
        }
    };
    path.split('/')
        .any(is_token)
        .then(|| path.split('/').map(hide).collect::<Vec<_>>().join("/"))
}

/// Which guards: those of the tenant's secrets, or the others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Tenants,
}

/// What was found in a head so far.
#[derive(Default)]
struct CheckedHead {
    is_get: bool,
    is_probe: bool,
    label: Option<String>,
    /// A GET's message.
    query: String,
    path_tokens: Vec<String>,
    tenant: Option<Known>,
    unverified: Vec<Presented>,
    secrets: SecretNames,
}

impl CheckedHead {
    fn of(head: &Head<'_>) -> Self {
        Self {
            is_get: head.method() != "POST",
            ..Self::default()
        }
    }

    fn unauthenticated(&self, cause: Refused) -> Rejection {
        let cause = match self.tenant {
            Some(Known::Unknown) => UNKNOWN_TENANT,
            _ => cause,
        };
        Rejection::new(RejectionKind::Unauthenticated, "unauthenticated", cause)
    }

    /// Refuses an unknown tenant at last, whose secret nobody knows.
    fn check_known(&self) -> Result<(), Rejection> {
        match self.tenant {
            Some(Known::Unknown) => Err(self.unauthenticated(UNKNOWN_TENANT)),
            _ => Ok(()),
        }
    }
}

/// What comes after the head.
#[derive(Debug)]
pub enum Admission<E> {
    /// Somebody looks whether there is a webhook here: answer this.
    Probe(Answer),
    /// A message: read its body, if it has one, into what [`Admitted::read`] gives.
    Body(Admitted<E>),
}

/// Proof that a request's head passed every guard that needs no body.
pub struct Admitted<E> {
    endpoint: Endpoint<E>,
    trail: Trail,
    received_at: SystemTime,
    checked: CheckedHead,
}

impl<E: 'static> Admitted<E> {
    /// Whether the request's body is its message. A GET's is neither read nor passed on.
    #[must_use]
    pub fn has_body(&self) -> bool {
        !self.checked.is_get
    }

    /// Step 7: where the body goes, bounded in size and time from now on. Stays empty for a GET.
    #[must_use]
    pub fn read(self) -> BodyBuffer<E> {
        BodyBuffer::new(self)
    }

    /// The client's address, where the server knows it.
    #[must_use]
    pub fn client_addr(&self) -> Option<IpAddr> {
        self.trail.client()
    }

    /// The path and query to pass inwards, of a path and a query as they came: without what serves as authentication. A
    /// segment of the path that does is written `***`; the rest stays to the byte. `None` where nothing had to be taken
    /// out.
    #[must_use]
    pub fn strip(&self, path: &str, query: Option<&str>) -> Option<String> {
        let stripped_path = strip_path(path, &self.checked.path_tokens);
        let stripped_query =
            query.and_then(|query| self.shared().strip_query(query, self.checked.is_get));
        if stripped_path.is_none() && stripped_query.is_none() {
            return None;
        }
        let path = stripped_path.as_deref().unwrap_or(path);
        match stripped_query.as_deref().or(query) {
            None | Some("") => Some(path.to_owned()),
            Some(query) => Some(format!("{path}?{query}")),
        }
    }

    /// The names, in lower case, of headers that serve as authentication by their value. They are passed inwards: mark them
    /// as sensitive, so that they aren't printed with the others.
    pub fn secret_headers(&self) -> impl Iterator<Item = &str> {
        self.shared().token_headers()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.endpoint.shared
    }

    pub(crate) fn is_authenticated(&self) -> bool {
        self.trail.is_authenticated()
    }

    pub(crate) fn refuse(mut self, rejection: Rejection) -> Rejection {
        self.trail.refuse(rejection)
    }

    /// Steps 9 to 11.
    pub(crate) fn open(mut self, body: Bytes) -> Result<Opened<E>, Rejection> {
        let stripped = match self.verify(&body) {
            Ok(stripped) => stripped,
            Err(rejection) => return Err(self.refuse(rejection)),
        };
        self.trail.authenticated();
        let Self {
            endpoint,
            mut trail,
            received_at,
            checked,
        } = self;
        let is_get = checked.is_get;
        let is_stripped = stripped.is_some();
        let raw = match stripped {
            _ if is_get => Bytes::from(checked.query),
            Some(stripped) => Bytes::from(stripped),
            None => body,
        };
        let tenant = match checked.tenant {
            Some(Known::Tenant(tenant)) => Some(tenant),
            Some(Known::Unknown) | None => None,
        };
        match endpoint.decode(&raw, is_get, checked.label, tenant.as_deref()) {
            Ok((event, fingerprint)) => Ok(Opened {
                endpoint,
                trail,
                raw,
                is_get,
                is_stripped,
                event,
                fingerprint,
                tenant: tenant.map(|tenant| Arc::clone(tenant.id())),
                secrets: checked.secrets,
                received_at,
            }),
            Err(rejection) => Err(trail.refuse(rejection)),
        }
    }

    /// What a body proves, and the body without it, where it has to be taken out.
    fn verify(&mut self, body: &Bytes) -> Result<Option<String>, Rejection> {
        let checked = &mut self.checked;
        if checked.is_get {
            return Ok(None);
        }
        let guards = &self.endpoint.shared.signatures;
        let unverified = std::mem::take(&mut checked.unverified);
        if guards.len() != unverified.len() {
            return Err(checked.unauthenticated("a signature was not read"));
        }
        for (guard, presented) in guards.iter().zip(&unverified) {
            let name = guard.verify(presented, body, false);
            let name = name.map_err(|cause| checked.unauthenticated(cause))?;
            checked.secrets.push(name);
        }
        let stripped = self.endpoint.check_content(body, checked)?;
        checked.check_known()?;
        Ok(stripped)
    }
}

impl<E: 'static> Endpoint<E> {
    fn decode(
        &self,
        raw: &Bytes,
        is_get: bool,
        label: Option<String>,
        tenant: Option<&Tenant>,
    ) -> Result<(E, Fingerprint), Rejection> {
        let (event, fingerprint) = self.read(raw, is_get, label).map_err(|unreadable| {
            self.shared.offer_unreadable(raw, &unreadable);
            Rejection::unreadable(unreadable)
        })?;
        self.check_app_id(&event, tenant)?;
        Ok((event, fingerprint))
    }

    fn read(
        &self,
        raw: &Bytes,
        is_get: bool,
        label: Option<String>,
    ) -> Result<(E, Fingerprint), Unreadable> {
        let payload = if is_get {
            let query = std::str::from_utf8(raw).map_err(|_| {
                Unreadable::new(UnreadableKind::Malformed, "the query is not UTF-8")
            })?;
            Payload::from_query(query)?
        } else if self.provider.reads_templates() {
            Payload::from_template_body(raw)?
        } else {
            Payload::from_body(raw)?
        };
        let message = Message::new(payload);
        let message = match label {
            Some(label) => message.with_label(label),
            None => message,
        };
        let event = self.provider.decode(&message)?;
        // What the label is read from is in a GET's query and not in a POST's body: it is no content of either.
        let is_label = |name: &str| is_get && self.provider.is_label_parameter(name);
        let fingerprint = fingerprint(message.payload(), |name| {
            self.provider.volatile_fields().contains(&name) || is_label(name)
        });
        Ok((event, fingerprint))
    }

    fn check_app_id(&self, event: &E, tenant: Option<&Tenant>) -> Result<(), Rejection> {
        let app_id = self.app_id(event);
        let expected = self.shared.app_ids.as_ref();
        let is_expected =
            expected.is_none_or(|expected| app_id.is_some_and(|app_id| expected.contains(app_id)));
        if is_expected && tenant.is_none_or(|tenant| tenant.accepts(app_id)) {
            return Ok(());
        }
        let cause = match app_id {
            Some(_) => "the app id is not one of the expected",
            None => "the message has no app id",
        };
        Err(Rejection::new(
            RejectionKind::AppId,
            "app_id_not_expected",
            cause,
        ))
    }

    /// The event's account, without space that was sent around it.
    fn app_id<'e>(&self, event: &'e E) -> Option<&'e str> {
        self.provider.app_id(event).map(str::trim_ascii)
    }

    /// Which message the event is, for the claim.
    fn identity(&self, event: &E, tenant: Option<&str>) -> Result<Identity, Why> {
        if self.shared.store.is_none() {
            return Err(Why::Off);
        }
        let key = self.provider.key(event)?;
        let scope = Scope {
            provider: &self.shared.provider,
            endpoint: &self.shared.name,
            tenant: tenant.unwrap_or_default(),
            app_id: self.app_id(event).unwrap_or_default(),
        };
        Ok(Identity::new(scope, key))
    }
}

/// Proof that a message was read, and that all of its guards passed.
pub struct Opened<E> {
    endpoint: Endpoint<E>,
    trail: Trail,
    raw: Bytes,
    is_get: bool,
    is_stripped: bool,
    event: E,
    fingerprint: Fingerprint,
    tenant: Option<Arc<str>>,
    secrets: SecretNames,
    received_at: SystemTime,
}

impl<E: 'static> Opened<E> {
    /// The body to pass inwards: what was read of a POST, without what served as authentication; nothing of a GET.
    #[must_use]
    pub fn body(&self) -> Bytes {
        if self.is_get {
            Bytes::new()
        } else {
            self.raw.clone()
        }
    }

    /// Whether something was taken out of the body, so that it has another length than its sender declared. Whatever else
    /// the headers say of the body, such as a digest, is of the body as it was sent.
    #[must_use]
    pub fn is_stripped(&self) -> bool {
        self.is_stripped
    }

    /// Step 12: claims the message for the handler that is about to run.
    ///
    /// Dropping the future at any await leaves no claim behind.
    pub async fn claim(self) -> Verdict<E> {
        let Self {
            endpoint,
            trail,
            raw,
            is_get: _,
            is_stripped: _,
            event,
            fingerprint,
            tenant,
            secrets,
            received_at,
        } = self;
        let client = trail.client();
        let identity = endpoint.identity(&event, tenant.as_deref());
        let deliver = |event: E, how: How, claimed: Claimed| {
            let delivery = Delivery::new(Parts {
                event,
                raw,
                how,
                client,
                tenant,
                secrets,
                received_at,
            });
            Verdict::Handle(delivery, claimed.delivered(how))
        };
        let identity = match identity {
            Ok(identity) => identity,
            Err(why) => return deliver(event, How::Unchecked(why), Claimed::unleased(trail)),
        };
        let shared = Arc::clone(&endpoint.shared);
        let lease = shared.propose(identity, fingerprint);
        let claimed = Claimed::arm(trail, lease.clone());
        match shared.claim(&lease).await {
            Ok(Claim::First) => deliver(event, How::First, claimed),
            Ok(Claim::Revision) => deliver(event, How::Revision, claimed),
            Ok(Claim::Replay) => {
                claimed.replayed(Answer::REPLAY.status());
                Verdict::Answer(Answer::REPLAY)
            }
            Ok(Claim::InFlight { lease_left }) => {
                let rejection = Rejection::new(
                    RejectionKind::InFlight,
                    "in_flight",
                    "another copy of this content is being handled",
                )
                .retry_after(lease_left.min(MAX_RETRY_AFTER));
                Verdict::Answer(claimed.refused(rejection).into())
            }
            Err(error) => match shared.on_store_failure {
                StoreFailure::Handle => {
                    let how = How::Unchecked(Why::StoreUnavailable);
                    deliver(event, how, claimed.uncertain())
                }
                StoreFailure::Refuse => {
                    let rejection = Rejection::store(error).retry_after(MAX_RETRY_AFTER);
                    Verdict::Answer(claimed.unavailable(rejection).into())
                }
            },
        }
    }
}

/// What to do with a message.
#[derive(Debug)]
pub enum Verdict<E> {
    /// Give the delivery to the handler, and settle the guard by its answer.
    Handle(Delivery<E>, Claimed),
    /// Don't call the handler: answer this.
    Answer(Answer),
}

/// A sender that is asked to come back later than this may not come back at all.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(5);

/// Refuses by the head what the body reader would refuse, or couldn't read.
fn check_declared_body(head: &Head<'_>, max: usize) -> Result<(), Rejection> {
    let declared = head.lines("content-length").next().and_then(|length| {
        std::str::from_utf8(length)
            .ok()?
            .trim_ascii()
            .parse::<u64>()
            .ok()
    });
    if declared.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > max)) {
        return Err(Rejection::new(
            RejectionKind::TooLarge,
            "too_large",
            "the declared length is over the limit",
        ));
    }
    let is_compressed = head
        .lines("content-encoding")
        .map(<[u8]>::trim_ascii)
        .any(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity"));
    if is_compressed {
        return Err(Rejection::new(
            RejectionKind::Unsupported,
            "content_encoding",
            "the body is compressed",
        ));
    }
    let is_multipart = head.lines("content-type").any(|content_type| {
        content_type
            .trim_ascii_start()
            .get(..10)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/"))
    });
    if is_multipart {
        return Err(Rejection::new(
            RejectionKind::Unsupported,
            "multipart",
            "the body is multipart",
        ));
    }
    Ok(())
}

impl<E> Clone for Endpoint<E> {
    fn clone(&self) -> Self {
        Self {
            provider: Arc::clone(&self.provider),
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<E> fmt::Debug for Endpoint<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.shared.name)
            .field("provider", &self.shared.provider)
            .finish_non_exhaustive()
    }
}

impl<E> fmt::Debug for Admitted<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted")
            .field("endpoint", &self.endpoint)
            .field("secrets", &self.checked.secrets)
            .finish_non_exhaustive()
    }
}

impl<E> fmt::Debug for Opened<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("endpoint", &self.endpoint)
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
