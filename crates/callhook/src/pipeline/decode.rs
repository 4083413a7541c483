//! Steps 10 and 11: from a verified content to an event.

use std::sync::Arc;

use super::received::Received;
use crate::auth::Tenant;
use crate::endpoint::{Endpoint, Fallback};
use crate::observe::UNRECOGNIZED;
use crate::payload::{Payload, Unreadable};
use crate::provider::Message;
use crate::rejection::{Rejection, RejectionKind};
use crate::replay::{Fingerprint, Identity, Kept, Scope, UncheckedReason, fingerprint};
use crate::request::Content;

impl<E: 'static> Endpoint<E> {
    /// Step 10, and the fingerprint.
    ///
    /// What can't be read is offered to the application with its bytes.
    pub(super) fn decode(
        &self,
        received: &Received,
        event_name: Option<String>,
    ) -> Result<(E, Fingerprint), Rejection> {
        let content = received.content();
        let read = content.and_then(|content| self.read(content, event_name));
        read.map_err(|unreadable| {
            if let Some(hook) = &self.shared.on_unreadable {
                hook(received.raw(), &unreadable);
            }
            Rejection::unreadable(unreadable)
        })
    }

    /// What was read and is of no known kind is offered to the application with its bytes.
    pub(super) fn offer_unrecognized(&self, received: &Received, event: &E) {
        if let Some(hook) = &self.on_unrecognized
            && self.provider.kind(event) == UNRECOGNIZED
        {
            hook(received.raw(), event);
        }
    }

    fn read(
        &self,
        content: Content<'_>,
        event_name: Option<String>,
    ) -> Result<(E, Fingerprint), Unreadable> {
        let payload = match content {
            Content::Query(query) => Payload::from_query(query)?,
            Content::Body(body) if self.provider.reads_templates() => {
                Payload::from_template_body(body)?
            }
            Content::Body(body) => Payload::from_body(body)?,
        };
        let message = Message::new(payload);
        let message = match event_name {
            Some(event_name) => message.with_event_name(event_name),
            None => message,
        };
        let event = self.provider.decode(&message)?;
        // The parameter that names the event is in a GET's query and not in a POST's body: it is content of neither.
        let is_query = matches!(content, Content::Query(_));
        let location = self.provider.event_location().filter(|_| is_query);
        let is_event_name =
            |name: &str| location.is_some_and(|location| location.is_parameter(name));
        let volatile = self.provider.volatile_fields();
        let fingerprint = fingerprint(message.payload(), |name| {
            volatile.contains(&name) || is_event_name(name)
        });
        Ok((event, fingerprint))
    }

    pub(super) fn check_app_id(&self, event: &E, tenant: Option<&Tenant>) -> Result<(), Rejection> {
        let app_id = self.app_id(event);
        let expected = self.shared.app_ids.as_ref();
        let is_expected =
            expected.is_none_or(|expected| app_id.is_some_and(|app_id| expected.contains(app_id)));
        if is_expected && tenant.is_none_or(|tenant| tenant.accepts(app_id)) {
            return Ok(());
        }
        let cause = match app_id {
            Some(_) => "the app id is not an expected one",
            None => "the message has no app id",
        };
        Err(Rejection::new(RejectionKind::AppId, cause))
    }

    /// The event's account, without space that was sent around it.
    fn app_id<'e>(&self, event: &'e E) -> Option<&'e str> {
        self.provider.app_id(event).map(str::trim_ascii)
    }

    /// What is answered in the place of a handler that fails, if the event's sender waits for the answer.
    pub(super) fn fallback(&self, event: &E) -> Option<Arc<Fallback>> {
        let fallback = self.shared.fallback.as_ref()?;
        let is_awaited = matches!(self.provider.key(event), Err(UncheckedReason::AwaitsAnswer));
        is_awaited.then(|| Arc::clone(fallback))
    }

    /// Which message the event is, for the claim, and for how long it is remembered.
    pub(super) fn identity(
        &self,
        event: &E,
        tenant: Option<&str>,
    ) -> Result<(Identity, Kept), UncheckedReason> {
        let key = self.provider.key(event)?;
        let scope = Scope {
            provider: &self.shared.reporter.provider,
            endpoint: &self.shared.reporter.endpoint,
            tenant: tenant.unwrap_or_default(),
            app_id: self.app_id(event).unwrap_or_default(),
        };
        Ok((Identity::new(scope, key), key.kept()))
    }
}
