//! Signatures.

mod model;
mod scheme;

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use callhook::clock::Clock;
use callhook::request::Head;
use callhook::{Endpoint, RejectionKind};

use self::model::Request;
use self::scheme::Scheme;
use crate::fields::Fields;
use crate::request::{Got, Lines, send};

/// The input is `0xff` between: how the scheme is made, the method and the time, the target, the body, and header lines
/// as `name:value`. In values, `\x01` and `\x02` are replaced by the right signatures with the first and the second
/// key, `\x03` for the first in upper case, and `\x04` for the time.
///
/// A request passes if and only if the model, which has a decoder and an HMAC of its own, finds a signature that is
/// right. What a signer signs passes, and with another body or at another time doesn't.
pub fn signature(input: &[u8]) {
    let mut parts = input.split(|byte| *byte == 0xff);
    let mut part = || parts.next().unwrap_or_default();
    let (scheme, moment, target, body) = (part(), part(), part(), part());
    let Some(scheme) = Scheme::of(scheme) else {
        return;
    };
    let (is_get, now) = method_and_time(moment);
    let Ok(target) = std::str::from_utf8(target) else {
        return;
    };
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let hmac = scheme.hmac();
    let Ok(signer) = hmac.clone().signer() else {
        return;
    };
    let endpoint = Endpoint::builder(Fields {
        reads_templates: false,
    })
    .hmac(hmac)
    .clock(SetClock)
    .insecure_no_replay_protection()
    .build()
    .expect("the signer has accepted it");

    let mut request = Request {
        is_get,
        path,
        query,
        body,
        lines: parts.filter_map(line).collect(),
    };
    let mut unsigned = request.clone();
    unsigned
        .lines
        .retain(|(name, _)| scheme.is_signed_header(name));
    request.put_signatures(&scheme, now);
    assert_eq!(
        passes(&endpoint, &request, now),
        request.is_right(&scheme, now)
    );

    let lines = Lines(unsigned.lines.clone());
    let Ok(headers) = signer.sign(&unsigned.head(&lines), body, at(now)) else {
        return;
    };
    let mut signed = unsigned;
    let headers = headers
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()));
    signed.lines.extend(headers);
    assert!(passes(&endpoint, &signed, now), "what was signed");
    if let Some(tolerance) = scheme.tolerance() {
        for (late, is_in_time) in [(tolerance, true), (tolerance.saturating_add(1), false)] {
            let later = now.saturating_add_unsigned(late);
            let is_time = UNIX_EPOCH
                .checked_add(Duration::from_secs(now.unsigned_abs().saturating_add(late)));
            if is_time.is_some() && later != i64::MAX {
                assert_eq!(
                    passes(&endpoint, &signed, later),
                    is_in_time,
                    "{late} s late"
                );
            }
        }
    }
    let other = [body, b"x"].concat();
    signed.body = &other;
    let is_unsigned = is_get && !scheme.ends_with_body();
    assert_eq!(passes(&endpoint, &signed, now), is_unsigned, "another body");
}

fn line(part: &[u8]) -> Option<(String, Vec<u8>)> {
    let at = part.iter().position(|byte| *byte == b':')?;
    let name = std::str::from_utf8(&part[..at]).ok()?.to_ascii_lowercase();
    // What is said of the body is looked at before any signature.
    let is_of_body = name.starts_with("content-");
    (!is_of_body).then(|| (name, part[at + 1..].to_vec()))
}

/// The first byte's lowest bit is the method; a second one is an offset to a time in 2023, and nine are any time.
fn method_and_time(moment: &[u8]) -> (bool, i64) {
    let is_get = moment.first().is_some_and(|byte| byte & 1 == 1);
    let rest = moment.get(1..).unwrap_or_default();
    let seconds = match rest.first_chunk::<8>() {
        Some(any) => i64::from_be_bytes(*any),
        None => NOW + rest.first().map_or(0, |offset| i64::from(*offset)),
    };
    // What `SystemTime` holds.
    (is_get, seconds.clamp(-(1 << 40), i64::MAX - 1))
}

fn passes(endpoint: &Endpoint<crate::model::Content>, request: &Request<'_>, now: i64) -> bool {
    TIME.set(now);
    let lines = Lines(request.lines.clone());
    let got = send(endpoint, &request.head(&lines), request.body);
    match got {
        Got::Probe | Got::Verified(_) => true,
        Got::Refused(rejection) => {
            let is_authenticated = rejection.kind() != RejectionKind::Unauthenticated;
            assert_eq!(
                rejection.is_authenticated(),
                is_authenticated,
                "{rejection}"
            );
            is_authenticated
        }
    }
}

impl Request<'_> {
    fn head<'h>(&'h self, lines: &'h Lines) -> Head<'h> {
        let method = if self.is_get { "GET" } else { "POST" };
        Head::new(method, self.path, self.query, lines).body_follows(!self.body.is_empty())
    }
}

/// Shows [`TIME`].
struct SetClock;

thread_local! {
    /// In seconds since 1970.
    static TIME: Cell<i64> = const { Cell::new(0) };
}

fn at(seconds: i64) -> SystemTime {
    let duration = Duration::from_secs(seconds.unsigned_abs());
    match seconds {
        0.. => UNIX_EPOCH + duration,
        _ => UNIX_EPOCH - duration,
    }
}

impl Clock for SetClock {
    fn now(&self) -> SystemTime {
        at(TIME.get())
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

pub(crate) const NOW: i64 = 1_700_000_000;
