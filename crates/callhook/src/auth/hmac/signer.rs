//! Makes signatures: [`Signer`].

use std::error::Error;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{HmacGuard, HmacScheme, TimestampSource};
use crate::auth::Refused;
use crate::auth::secret::missing;
use crate::error::ConfigError;
use crate::request::Head;

/// Signs requests as an endpoint with the same [`HmacScheme`] verifies them: for a relay of your own, and for tests.
///
/// ```
/// use std::time::SystemTime;
///
/// use callhook::auth::HmacScheme;
/// use callhook::request::Head;
///
/// let scheme = HmacScheme::standard_webhooks("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
/// let signer = scheme.signer()?;
///
/// let headers = [("webhook-id", "msg_1")];
/// let head = Head::new("POST", "/webhooks/telecmi", None, &headers);
/// let signed = signer.sign(&head, br#"{"type":"cdr"}"#, SystemTime::now())?;
/// let names: Vec<&str> = signed.iter().map(|(name, _)| &**name).collect();
/// assert_eq!(names, ["webhook-timestamp", "webhook-signature"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Signer(HmacGuard);

impl HmacScheme {
    /// What signs according to this scheme.
    ///
    /// # Errors
    ///
    /// As [`EndpointBuilder::build`](crate::EndpointBuilder::build), and when the secrets are a tenant's.
    pub fn signer(self) -> Result<Signer, ConfigError> {
        if self.secrets.is_of_tenant() {
            return Err(missing(&self.place()));
        }
        HmacGuard::new(self).map(Signer)
    }
}

impl Signer {
    /// The headers to add to a request, with names in lower case: the signature, one with each secret, and the time
    /// where it has a header of its own.
    ///
    /// The head is the request as it will be sent: method, path and query, and those of its headers that are signed.
    /// The body of a GET is signed where the scheme ends with [`Piece::Body`](super::Piece::Body), and else its query
    /// is.
    ///
    /// # Errors
    ///
    /// When a header that is signed is missing, is given more than once, or holds what ends it in the signed text; when
    /// the time is before 1970.
    pub fn sign(
        &self,
        head: &Head<'_>,
        body: &[u8],
        now: SystemTime,
    ) -> Result<Vec<(String, String)>, SignError> {
        let seconds = now
            .duration_since(UNIX_EPOCH)
            .map_err(|_| SignError("the time is before 1970".into()))?
            .as_secs()
            .to_string();
        let scheme = self.0.scheme();
        let before = self.0.before(head, &seconds).map_err(SignError)?;
        let is_post = head.method() == "POST";
        let query = head.query().unwrap_or_default();
        let content = self.0.content(is_post, query, body);

        let mut headers = Vec::new();
        let mut entries = Vec::new();
        match scheme.timestamp.as_ref().map(|timestamp| &timestamp.source) {
            Some(TimestampSource::Header(name)) => headers.push((name.clone(), seconds)),
            Some(TimestampSource::Entry(prefix)) => entries.push(format!("{prefix}{seconds}")),
            None => {}
        }
        entries.extend(self.0.sign(&before, content));
        let signature = entries.join(scheme.separator.encode_utf8(&mut [0; 4]));
        headers.push((scheme.header.clone(), signature));
        Ok(headers)
    }
}

/// A request can't be signed. Says why, and nothing of the request but the name of a header that the scheme signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignError(Refused);

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for SignError {}
