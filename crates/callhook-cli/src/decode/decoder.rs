//! Reads messages as an endpoint does: [`Decoder`].
//!
//! A real endpoint does the reading, without guards and without a store: so the program and a server can't differ in what
//! a message is, nor in its keys.

use std::future::pending;
use std::task::{Context, Poll};

use bytes::Bytes;
use callhook::auth::{Secrets, Tenant, Tenants};
use callhook::call::CallEvent;
use callhook::request::{Head, HeaderLines};
use callhook::voipappz::{EventName, Voipappz};
use callhook::{
    ConfigError, Endpoint, Provider, RejectionKind, Reply, UncheckedReason, piopiy, telecmi,
    voipappz,
};
use serde::Serialize;

use super::understood::Understood;
use crate::error::Error;
use crate::platform::Platform;
use crate::wait::now;

/// What an endpoint would be configured with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// The endpoint's name; the provider's unless it has another.
    pub(crate) endpoint: Option<String>,
    /// The id of the tenant.
    pub(crate) tenant: Option<String>,
    /// Voipappz: the event of all messages.
    pub(crate) event: Option<String>,
    /// The limit of a body.
    pub(crate) max_bytes: Option<usize>,
}

/// A request as far as reading needs it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// A message that was read.
#[derive(Clone, Debug)]
pub(crate) struct Decoded {
    pub(crate) kind: String,
    pub(crate) status: Option<String>,
    /// The event in its normalised form, as JSON.
    pub(crate) event: String,
    /// What it tells of its call, as JSON.
    pub(crate) summary: String,
    pub(crate) message_key: Result<[u8; 32], UncheckedReason>,
    pub(crate) content_key: Result<[u8; 32], UncheckedReason>,
    /// Fields that are not part of the event's type: names and texts.
    pub(crate) extra: Vec<(String, String)>,
    /// Terms of known fields that are not among the documented ones: names and terms.
    pub(crate) unknown_terms: Vec<(&'static str, String)>,
    /// Why it is of no known kind, if it isn't.
    pub(crate) unrecognized: Option<&'static str>,
}

/// A message that can't be read, or would be refused.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

/// Reads one platform's messages.
pub(crate) struct Decoder {
    endpoints: Endpoints,
    tenant: Option<String>,
    max_bytes: usize,
}

enum Endpoints {
    Telecmi(Endpoint<telecmi::Event>),
    Piopiy(Endpoint<piopiy::Event>),
    Voipappz {
        in_path: Endpoint<voipappz::Event>,
        in_query: Endpoint<voipappz::Event>,
    },
}

/// As an endpoint's own default.
const MAX_BYTES: usize = 256 * 1024;

/// Only where there is a tenant: an endpoint asks for tenants only to compare secrets.
const TENANT_PARAMETER: &str = "callhook-cli-tenant";
const TOKEN_HEADER: &str = "callhook-cli-token";
const TOKEN: &str = "no secret: only this process sees it";

impl Decoder {
    /// # Errors
    ///
    /// When an endpoint can't be built so.
    pub(crate) fn new(platform: Platform, options: &Options) -> Result<Self, Error> {
        let endpoints = match platform {
            Platform::Telecmi => Endpoints::Telecmi(endpoint(telecmi::Telecmi, options)?),
            Platform::Piopiy => Endpoints::Piopiy(endpoint(piopiy::Piopiy, options)?),
            Platform::Voipappz => {
                let (in_path, in_query) = match options.event.as_deref() {
                    Some(event) => {
                        let fixed = Voipappz::event(EventName::from(event));
                        (fixed.clone(), fixed)
                    }
                    None => (Voipappz::path_segment(), Voipappz::query_parameter("event")),
                };
                Endpoints::Voipappz {
                    in_path: endpoint(in_path, options)?,
                    in_query: endpoint(in_query, options)?,
                }
            }
        };
        Ok(Self {
            endpoints,
            tenant: options.tenant.clone(),
            max_bytes: options.max_bytes.unwrap_or(MAX_BYTES),
        })
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// Why it can't be read, and where.
    pub(crate) fn decode(&self, request: &Request) -> Result<Decoded, Refused> {
        let length = request.query.as_ref().map_or(0, String::len);
        if length > self.max_bytes {
            return Err(Refused {
                code: "too_large",
                text: format!(
                    "the query has {length} bytes, expected at most {}",
                    self.max_bytes
                ),
            });
        }
        match &self.endpoints {
            Endpoints::Telecmi(endpoint) => self.decode_by(endpoint, request),
            Endpoints::Piopiy(endpoint) => self.decode_by(endpoint, request),
            Endpoints::Voipappz { in_path, in_query } => {
                let segment = request.path.trim_end_matches('/').rsplit('/').next();
                let segment = EventName::from(segment.unwrap_or_default());
                if matches!(segment, EventName::Other(_)) {
                    self.decode_by(in_query, request)
                } else {
                    self.decode_by(in_path, request)
                }
            }
        }
    }

    fn decode_by<E>(&self, endpoint: &Endpoint<E>, request: &Request) -> Result<Decoded, Refused>
    where
        E: CallEvent + Serialize + Understood + 'static,
    {
        let tenant = self.tenant.as_deref().map(|tenant| {
            let pair = form_urlencoded::byte_serialize(tenant.as_bytes());
            format!("{TENANT_PARAMETER}={}", pair.collect::<String>())
        });
        let query = match (request.query.as_deref(), tenant) {
            (Some(query), Some(tenant)) if !query.is_empty() => Some(format!("{tenant}&{query}")),
            (_, Some(tenant)) => Some(tenant),
            (query, None) => query.map(str::to_owned),
        };
        let headers = Headers {
            content_type: request.content_type.as_deref(),
            has_token: self.tenant.is_some(),
        };
        let head = Head::new(request.method, &request.path, query.as_deref(), &headers)
            .body_follows(!request.body.is_empty());
        let work = async {
            let mut body = Some(Bytes::from(request.body.clone()));
            let admitted = endpoint.admit(&head, |_| pending()).await?;
            let chunk = |_: &mut Context<'_>| Poll::Ready(body.take().map(Ok));
            let verified = admitted.receive(chunk, |_| pending()).await?;
            verified.claim().await
        };
        let unsettled = now(work).ok_or_else(|| Refused {
            code: "unreadable",
            text: "the message was not read in one step".to_owned(),
        })?;
        let unsettled = unsettled.map_err(|reply| refused(&reply, self.max_bytes))?;
        let (delivery, _claimed) = unsettled.into_parts();
        let event = delivery.event();
        let json = |value: Result<String, serde_json::Error>| value.unwrap_or_default();
        Ok(Decoded {
            kind: event.kind().to_owned(),
            status: event.status().map(str::to_owned),
            event: json(serde_json::to_string(event)),
            summary: json(serde_json::to_string(&event.summary())),
            message_key: delivery.message_key(),
            content_key: delivery.content_key(),
            extra: event.extra_fields(),
            unknown_terms: event.unknown_terms(),
            unrecognized: event.unrecognized(),
        })
    }
}

fn endpoint<E: 'static>(
    provider: impl Provider<Event = E>,
    options: &Options,
) -> Result<Endpoint<E>, Error> {
    let mut builder = Endpoint::builder(provider)
        .insecure_no_replay_protection()
        .max_body_bytes(options.max_bytes.unwrap_or(MAX_BYTES));
    if let Some(name) = &options.endpoint {
        builder = builder.name(name);
    }
    builder = match options.tenant {
        None => builder.insecure_no_authentication(),
        Some(_) => builder
            .header_token(TOKEN_HEADER, Secrets::of_tenant())
            .tenants(Tenants::query_parameter(
                TENANT_PARAMETER,
                |id: String| async move { Tenant::new(id, TOKEN).map(Some) },
            )),
    };
    let built: Result<_, ConfigError> = builder.build();
    built.map_err(Error::new)
}

fn refused(reply: &Reply, max_bytes: usize) -> Refused {
    match reply.rejection() {
        Some(rejection) if rejection.kind() == RejectionKind::TooLarge => Refused {
            code: "too_large",
            text: format!("the body is too large, expected at most {max_bytes} bytes"),
        },
        Some(rejection) => Refused {
            code: rejection.code(),
            text: match std::error::Error::source(rejection) {
                Some(cause) => cause.to_string(),
                None => rejection.to_string(),
            },
        },
        None => Refused {
            code: "probe",
            text:
                "there is no message: a GET without a field is a probe, which is answered with 204"
                    .to_owned(),
        },
    }
}

struct Headers<'a> {
    content_type: Option<&'a str>,
    has_token: bool,
}

impl HeaderLines for Headers<'_> {
    fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
        match (name, index) {
            ("content-type", 0) => self.content_type.map(str::as_bytes),
            (TOKEN_HEADER, 0) => self.has_token.then_some(TOKEN.as_bytes()),
            _ => None,
        }
    }
}
