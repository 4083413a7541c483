//! Sends requests, and says what came of them.

mod advice;
mod fault;

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

pub(crate) use self::advice::advice;
pub(crate) use self::fault::Fault;
use crate::error::Error;
use crate::url::address;

/// Sends requests. It follows no redirect, as the platforms follow none.
#[derive(Clone)]
pub(crate) struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    timeout: Duration,
}

/// A request to send.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What a request was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Client {
    /// A client that gives a request so much time, and keeps up to so many connections.
    pub(crate) fn new(to: &Uri, connections: usize, timeout: Duration) -> Result<Self, Error> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(timeout.min(CONNECT)));
        let builder = HttpsConnectorBuilder::new();
        let builder = match builder.with_provider_and_native_roots(ring::default_provider()) {
            Ok(builder) => builder,
            Err(error) if to.scheme_str() == Some("https") => {
                return Err(Error::new(format!(
                    "the system's certificates can't be read: {error}"
                )));
            }
            // A system without certificates can talk http.
            Err(_) => HttpsConnectorBuilder::new().with_tls_config(without_roots()?),
        };
        let connector = builder.https_or_http().enable_http1().wrap_connector(tcp);
        let pool = Pool::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            // Less than the 5 seconds for which callhook's examples and actix-web keep an idle connection: what is sent on
            // a connection that the server is closing gets no answer.
            .pool_idle_timeout(Duration::from_secs(3))
            .pool_max_idle_per_host(connections)
            .build(connector);
        Ok(Self { pool, timeout })
    }

    pub(crate) async fn send(&self, outgoing: Outgoing) -> Result<Answer, Fault> {
        self.send_and_read(outgoing, MAX_ANSWER).await
    }

    /// Sends it, and reads an answer of so many bytes at most.
    pub(crate) async fn send_and_read(
        &self,
        outgoing: Outgoing,
        max_answer: usize,
    ) -> Result<Answer, Fault> {
        let Outgoing {
            method,
            uri,
            headers,
            body,
        } = outgoing;
        let address = address(&uri);
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        let exchange = async {
            let response = self.pool.request(request).await;
            let response = response.map_err(|error| Fault::of(&error, &address))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, max_answer).collect().await;
            let body = body.map_err(|error| Fault::of_body(&*error, &address))?;
            Ok(Answer {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body: body.to_bytes(),
            })
        };
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(Fault::timed_out(&address, self.timeout)),
        }
    }

    /// Sends it again, up to so many times, while the answer is 503: after the seconds of its `Retry-After`, from 1 to 60.
    pub(crate) async fn send_with_retries(
        &self,
        outgoing: Outgoing,
        retries: u32,
        mut told: impl FnMut(u64),
    ) -> Result<Answer, Fault> {
        let mut left = retries;
        loop {
            let answer = self.send(outgoing.clone()).await?;
            if answer.status != 503 || left == 0 {
                return Ok(answer);
            }
            left -= 1;
            let seconds = answer.retry_after().unwrap_or(1).clamp(MIN_WAIT, MAX_WAIT);
            told(seconds);
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }

    /// What callhook says of the request, where it does: `replay`, `fallback`, or the code of a refusal.
    pub(crate) fn outcome(&self) -> Option<&str> {
        self.headers.get(callhook::OUTCOME_HEADER)?.to_str().ok()
    }

    pub(crate) fn is_replay(&self) -> bool {
        self.is_success() && self.outcome() == Some("replay")
    }

    pub(crate) fn is_fallback(&self) -> bool {
        self.is_success() && self.outcome() == Some("fallback")
    }

    /// The status, and callhook's code where there is one: `200 replay`, `401`.
    pub(crate) fn code(&self) -> String {
        match self.outcome() {
            Some(outcome) => format!("{} {}", self.status, crate::style::plain(outcome)),
            None => self.status.to_string(),
        }
    }

    /// In seconds.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()
    }
}

fn without_roots() -> Result<ClientConfig, Error> {
    let config = ClientConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(format!("TLS can't be set up: {error}")))?;
    Ok(config
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

const CONNECT: Duration = Duration::from_secs(10);

/// The answers that platforms read are some hundred bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// In seconds. Without it a server that asks for 0 would be sent the message again at once.
const MIN_WAIT: u64 = 1;

/// In seconds. callhook's own `Retry-After` is 5 at most.
const MAX_WAIT: u64 = 60;
