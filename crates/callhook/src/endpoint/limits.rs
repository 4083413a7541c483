//! What is refused by its size, time or form, before it is read: [`Limits`].

use std::time::Duration;

use crate::rejection::{Rejection, RejectionKind};
use crate::request::Head;

/// Which methods are accepted, and how large and slow a body may be.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) methods: Methods,
    pub(crate) max_body_bytes: usize,
    pub(crate) read_timeout: Duration,
}

/// Which methods are accepted. HEAD is, wherever GET is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Methods {
    PostAndGet,
    Post,
}

impl Limits {
    pub(crate) fn check_method(&self, head: &Head<'_>) -> Result<(), Rejection> {
        let accepted = match self.methods {
            Methods::PostAndGet => "POST, GET, HEAD",
            Methods::Post => "POST",
        };
        match head.method() {
            "POST" => Ok(()),
            "GET" | "HEAD" if self.methods == Methods::PostAndGet => Ok(()),
            _ => Err(Rejection::method(accepted)),
        }
    }

    /// Refuses a body that the head shows to be too large, compressed or multipart.
    pub(crate) fn check_declared_body(&self, head: &Head<'_>) -> Result<(), Rejection> {
        let declared = head.lines("content-length").next().and_then(|length| {
            std::str::from_utf8(length)
                .ok()?
                .trim_ascii()
                .parse::<u64>()
                .ok()
        });
        let is_too_large =
            |length| usize::try_from(length).map_or(true, |length| length > self.max_body_bytes);
        if declared.is_some_and(is_too_large) {
            return Err(Rejection::new(
                RejectionKind::TooLarge,
                "the declared length exceeds the limit",
            ));
        }
        let is_compressed = head
            .lines("content-encoding")
            .map(<[u8]>::trim_ascii)
            .any(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity"));
        if is_compressed {
            return Err(Rejection::new(
                RejectionKind::Unsupported,
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
            return Err(Rejection::multipart());
        }
        Ok(())
    }
}
