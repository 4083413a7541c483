//! Endpoints as the tables describe them.
//!
//! A setting has the name of the builder's method. A secret is a text, `of_tenant`, or `sha256:` and a digest.

use std::time::{Duration, UNIX_EPOCH};

use callhook_tower::auth::{Encoding, Piece, Secrets, SignatureTimestamp, Tenant, Tenants};
use callhook_tower::callhook::request::Head;
use callhook_tower::telecmi::{Event, Telecmi};
use callhook_tower::{ConfigError, Endpoint, Forwarding, HmacScheme, Signed};

use super::table::{OTHERS, TOKEN};

/// A relay's secret, as it is and as Standard Webhooks writes it.
pub(super) const OURS: [&str; 2] = [
    "the-secret-of-the-relay-itself",
    "whsec_dGhlLXNlY3JldC1vZi10aGUtcmVsYXktaXRzZWxm",
];

/// Another relay's.
pub(super) const ANOTHERS: [&str; 2] = [
    "the-secret-of-another-relay",
    "whsec_dGhlLXNlY3JldC1vZi1hbm90aGVyLXJlbGF5",
];

/// Handles every copy, so that each row shows by itself whether it is handled.
pub(super) fn endpoint(settings: &[(String, String)]) -> Endpoint<Event> {
    let mut builder = Endpoint::builder(Telecmi).insecure_no_replay_protection();
    for (name, value) in settings {
        let (first, secret) = value.split_once(' ').unwrap_or(("", value));
        builder = match &**name {
            "query_token" => builder.query_token(first, secrets(secret)),
            "header_token" => builder.header_token(first, secrets(secret)),
            "bearer_token" => builder.bearer_token(secrets(secret)),
            "basic_auth" => builder.basic_auth(first, secrets(secret)),
            "path_token" => builder.path_token(secrets(secret)),
            "path_token_nth_back" => {
                builder.path_token_nth_back(first.parse().expect("a number"), secrets(secret))
            }
            "body_token" => builder.body_token(first, secrets(secret)),
            "hmac" => builder.hmac(scheme(value, OURS)),
            "tenants" => builder.tenants(tenants(value)),
            "max_body_bytes" => builder.max_body_bytes(value.parse().expect("a number")),
            "allow" => builder.allow(value.split(',')),
            "trusted_proxies" => {
                builder.trusted_proxies(value.split(','), Forwarding::XForwardedFor)
            }
            _ => panic!("no setting of this name: {name}"),
        };
    }
    builder.build().expect("a valid configuration")
}

fn secrets(text: &str) -> Secrets {
    if text == "of_tenant" {
        return Secrets::of_tenant();
    }
    match text.strip_prefix("sha256:") {
        Some(digest) => Secrets::new().sha256("hashed", digest).expect("a digest"),
        None => text.into(),
    }
}

/// A signature scheme by its name. Each has its signature in the same header.
fn scheme(name: &str, [secret, standard]: [&str; 2]) -> HmacScheme {
    let of = |secrets: Secrets| HmacScheme::sha256("webhook-signature", secrets);
    let scheme = || of(secret.into());
    match name {
        "content" => scheme().prefix("sha256="),
        "content in base64" => scheme().encoding(Encoding::Base64),
        "target and body" => scheme().signed(Signed::TargetAndBody),
        "timestamp and content" => scheme()
            .prefix("v1=")
            .timestamp(SignatureTimestamp::entry("t="))
            .signed(Signed::TimestampAndContent),
        "standard webhooks" => HmacScheme::standard_webhooks(standard),
        "everything" => scheme()
            .timestamp(SignatureTimestamp::header("webhook-timestamp"))
            .signed(Signed::Pieces(vec![
                Piece::header("webhook-id"),
                Piece::text("\n"),
                Piece::Timestamp,
                Piece::text("\n"),
                Piece::Target,
                Piece::text("\n"),
                Piece::Body,
            ])),
        "of_tenant" => of(Secrets::of_tenant()),
        _ => panic!("no scheme of this name: {name}"),
    }
}

/// The signature of a request, whose `webhook-id` is `msg_1`, at a time in seconds since 1970.
pub(super) fn signature(
    name: &str,
    secret: [&str; 2],
    time: u64,
    method: &str,
    target: &str,
    body: &str,
) -> String {
    let scheme = match name {
        "of_tenant" => HmacScheme::sha256("webhook-signature", secret[0]),
        name => scheme(name, secret),
    };
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let id = [("webhook-id", "msg_1")];
    let head = Head::new(method, path, query, &id);
    let time = UNIX_EPOCH + Duration::from_secs(time);
    let signer = scheme.signer().expect("a valid scheme");
    let headers = signer.sign(&head, body.as_bytes(), time);
    let mut headers = headers.expect("a request that can be signed").into_iter();
    let signature = headers.find(|(name, _)| name == "webhook-signature");
    signature.expect("a signature").1
}

/// Two tenants: `acme`, with the token and our secret, and `other`, with another's.
fn tenants(place: &str) -> Tenants {
    let lookup = async |name: String| match &*name {
        "acme" | "ACME" => Tenant::new("1", [TOKEN, OURS[0]])?.app_ids(["7"]).map(Some),
        "other" => Tenant::new("2", [OTHERS, ANOTHERS[0]]).map(Some),
        _ => Ok::<_, ConfigError>(None),
    };
    match place {
        "path" => Tenants::path_segment(lookup),
        parameter => Tenants::query_parameter(parameter, lookup),
    }
}
