//! What an answer means, and what to check.

use super::Answer;

/// What was asked, as far as the advice depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) proof: Proof,
    /// Whether it was a GET. `None` where the command has no --get.
    pub(crate) is_get: Option<bool>,
}

/// What was sent to prove who the sender is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    Nothing,
    Token,
    Signature,
    /// What --header gave may be one.
    Header,
}

impl Proof {
    fn advice(self) -> &'static str {
        match self {
            Self::Nothing => {
                "no token was sent: set CALLHOOK_TOKEN, or give --token. On an endpoint that verifies signatures, --sign"
            }
            Self::Token => {
                "the token was refused. Check that --token, or CALLHOOK_TOKEN, is the endpoint's token, --token-parameter the \
                 name that the endpoint gives it, and that nothing between has taken it out of the URL. The server's log names \
                 the guard that refused, under the target `callhook`"
            }
            Self::Signature => {
                "the signature was refused. Check --sign, --secret-env and this machine's clock; an endpoint that asks for a \
                 token too needs --token. The server's log names the guard that refused, under the target `callhook`"
            }
            Self::Header => {
                "no token was sent, and the headers that --header gave were not enough. Check their values; an endpoint with a \
                 token in the query needs --token. The server's log names the guard that refused, under the target `callhook`"
            }
        }
    }
}

/// What to do about an answer that is not simply success.
pub(crate) fn advice(answer: &Answer, asked: Asked) -> Option<String> {
    let outcome = answer.outcome();
    let text = match (answer.status, outcome) {
        (200..=299, Some("replay")) => {
            "the server handled this message before, and its handler was not called. With --as-new the ids are new ones, and it \
             is handled"
        }
        (200..=299, Some("fallback")) => {
            "the handler failed or took too long, and the caller was given the endpoint's fallback: the server's log has the cause"
        }
        (200..=299, _) => return None,
        (300..=399, _) => {
            "the server redirects. The platforms follow no redirect: give the URL that it leads to, https:// or the slash at its \
             end included"
        }
        (400, Some("duplicate_field")) => "a field is given more than once, with different values",
        (400, Some("empty")) => "the message has no field",
        (400, _) => {
            "the server can't read the message: its log has the cause under the target `callhook`"
        }
        (401, _) => asked.proof.advice(),
        (403, Some("app_id_not_expected")) => {
            "the message is of an account that the endpoint does not expect: give its id by --set appid=.."
        }
        (403, _) => {
            "this machine's address is not in the endpoint's allow list, or a proxy on the way is not one that it trusts: \
             `callhook explain` says which address is taken"
        }
        (404, _) => {
            "the server has nothing at this path. Check the path of the URL: callhook's examples have /webhooks/telecmi, \
             /webhooks/piopiy and /webhooks/voipappz"
        }
        (405, _) => match asked.is_get {
            Some(true) => "the server does not take GET at this path: try without --get",
            // A page has GET only; an endpoint may.
            Some(false) if answer.allows("GET") => {
                "the server does not take POST at this path, but GET. Check that it is the webhook's path; with --get the \
                 message goes in the query"
            }
            _ => {
                "the server does not take this method at this path: check that it is the webhook's path"
            }
        },
        (408, _) => "the message did not arrive in time",
        (413, _) => {
            "the message is larger than the endpoint takes: 256 KiB unless it is built with `max_body_bytes`, and a proxy on the \
             way may have a limit of its own"
        }
        (415, _) => "the endpoint takes JSON and forms, neither compressed nor multipart",
        (429, _) => "the server, or a proxy on the way, limits how many requests it takes",
        (502 | 504, _) => "a proxy on the way did not get an answer from the server behind it",
        (503, outcome) => {
            let why = match outcome {
                Some("in_flight") => "a copy of this message is being handled right now",
                Some("store_unavailable") => "the server's replay store does not answer",
                _ => "the server can't take the message now",
            };
            return Some(match answer.retry_after() {
                Some(seconds) => format!(
                    "{why}: it asks for the message again in {seconds} s (Retry-After), which --retry does"
                ),
                None => format!("{why}: --retry sends the message again"),
            });
        }
        (500..=599, _) => {
            "the handler failed, so that the next copy of the message is handled: the server's log has the cause"
        }
        _ => "not an answer that a platform takes for success, which is 2xx",
    };
    Some(text.to_owned())
}
