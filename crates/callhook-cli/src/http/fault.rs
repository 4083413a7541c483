//! Why no answer came: [`Fault`].

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

/// No answer came. `Display` says why, and what to check.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// A stable code in snake case, for counters.
    pub(crate) code: &'static str,
    text: String,
}

impl Fault {
    pub(super) fn of(error: &hyper_util::client::legacy::Error, address: &str) -> Self {
        let root = root_text(error);
        let has_text = |text: &str| causes(error).any(|cause| cause.to_string().contains(text));
        let (code, text) = if causes(error).any(|cause| cause.is::<rustls::Error>()) {
            (
                "tls",
                format!(
                    "{address}: no TLS connection: {root}. Check that the server speaks https there (else begin the URL with \
                     http://), and that its certificate is for this name and of an authority that this system trusts"
                ),
            )
        } else if error.is_connect() && has_text("dns error") {
            (
                "dns",
                format!(
                    "{address}: no address is known for this name ({root}). Check its spelling"
                ),
            )
        } else if causes(error).any(|cause| is_io(cause, io::ErrorKind::ConnectionRefused)) {
            (
                "connection_refused",
                format!("{address}: connection refused. Is the server running, and on this port?"),
            )
        } else if error.is_connect()
            && causes(error).any(|cause| is_io(cause, io::ErrorKind::TimedOut))
        {
            (
                "connect_timeout",
                format!(
                    "{address}: the connection was not accepted in time. Check the address, and the firewalls on the way"
                ),
            )
        } else if error.is_connect() {
            ("not_connected", format!("{address}: no connection: {root}"))
        } else {
            (
                "closed",
                format!(
                    "{address}: the server closed the connection without an answer ({root}). Its log may say why"
                ),
            )
        };
        Self { code, text }
    }

    pub(super) fn of_body(error: &(dyn Error + 'static), address: &str) -> Self {
        Self {
            code: "answer_not_read",
            text: format!(
                "{address}: the answer's body can't be read: {}",
                root_text(error)
            ),
        }
    }

    pub(super) fn timed_out(address: &str, timeout: Duration) -> Self {
        Self {
            code: "timeout",
            text: format!(
                "{address}: no answer within {} s, after which a platform gives up too (--timeout changes it)",
                timeout.as_secs_f64()
            ),
        }
    }

    /// Whether no request can have reached the server: the next one won't either.
    pub(crate) fn is_unreachable(&self) -> bool {
        !matches!(self.code, "closed" | "answer_not_read" | "timeout")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What an `io::Error` holds is not its source, but comes next all the same.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        let held = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match held {
            Some(held) => Some(held),
            None => error.source(),
        };
        Some(error)
    })
}

fn root_text(error: &(dyn Error + 'static)) -> String {
    causes(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn is_io(error: &(dyn Error + 'static), kind: io::ErrorKind) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == kind)
}
