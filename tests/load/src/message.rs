//! What is sent: TeleCMI's record of an answered call, each with an id of its own, signed before the clock runs.

use std::time::SystemTime;

use callhook::auth::{HmacScheme, Signer};
use callhook::request::Head;
use callhook_by_hand::{SIGNATURE, TOKEN};

use crate::kind::Variant;

/// The token and the key of signatures.
pub const SECRET: &str = "a-token-of-24-characters";

/// Requests of one kind, one after the other, no two alike.
#[derive(Debug)]
pub struct Requests {
    bytes: Vec<u8>,
    /// Where the id's digits are; a request without body has none.
    id_at: Option<usize>,
    body_at: usize,
    signing: Option<Signing>,
    next_id: u64,
}

#[derive(Debug)]
struct Signing {
    signer: Signer,
    at: usize,
    /// Of the next ids, the last first.
    made: Vec<String>,
}

impl Requests {
    /// What a server of this variant takes.
    #[must_use]
    pub fn genuine(variant: Variant) -> Self {
        match variant {
            Variant::Empty => Self::without_body(),
            Variant::Bare | Variant::Token | Variant::HandToken => Self::with_token(SECRET),
            Variant::HmacScheme | Variant::HandHmac => {
                let mut requests = Self::with_signature();
                let scheme = HmacScheme::sha256(SIGNATURE, SECRET);
                requests.signing = Some(Signing {
                    signer: scheme.signer().expect("a valid scheme"),
                    at: place(&requests.bytes, &NO_SIGNATURE),
                    made: Vec::new(),
                });
                requests
            }
        }
    }

    /// The same with a token or signature that is as long, and wrong.
    #[must_use]
    pub fn forged(variant: Variant) -> Self {
        match variant {
            Variant::HmacScheme | Variant::HandHmac => Self::with_signature(),
            _ => Self::with_token(&SECRET.replace("24", "25")),
        }
    }

    fn without_body() -> Self {
        let bytes =
            b"GET /hook HTTP/1.1\r\nhost: localhost\r\nuser-agent: load\r\naccept: */*\r\n\r\n";
        Self {
            bytes: bytes.to_vec(),
            id_at: None,
            body_at: bytes.len(),
            signing: None,
            next_id: 0,
        }
    }

    fn with_token(token: &str) -> Self {
        Self::post(&format!("?{TOKEN}={token}"), "")
    }

    fn with_signature() -> Self {
        let digits = String::from_utf8_lossy(&NO_SIGNATURE);
        Self::post("", &format!("{SIGNATURE}: {digits}\r\n"))
    }

    fn post(query: &str, headers: &str) -> Self {
        let body = callhook::testing::telecmi::cdr_inbound_answered()
            .with("cmiuuid", format!("16132200-57fa-47b5-888d-{NO_ID}"))
            .json();
        let bytes = format!(
            "POST /hook{query} HTTP/1.1\r\nhost: localhost\r\nuser-agent: load\r\naccept: */*\r\n{headers}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes();
        Self {
            id_at: Some(place(&bytes, NO_ID.as_bytes())),
            body_at: place(&bytes, b"\r\n\r\n") + 4,
            bytes,
            signing: None,
            next_id: 0,
        }
    }

    /// Makes the signatures of the next so many requests.
    pub fn sign(&mut self, count: usize) {
        let (Some(signing), Some(id_at)) = (&mut self.signing, self.id_at) else {
            return;
        };
        let head = Head::new("POST", "/hook", None, &());
        // None of those that were made before is skipped: an id is taken once.
        let first = self.next_id;
        let sign = |id| {
            write_id(&mut self.bytes[id_at..], id);
            let body = &self.bytes[self.body_at..];
            let signed = signing.signer.sign(&head, body, SystemTime::UNIX_EPOCH);
            signed.expect("signable").remove(0).1
        };
        let last = first + u64::try_from(count).expect("64 bits");
        signing.made = (first..last).rev().map(sign).collect();
    }

    /// The next request; `None` without a signature for it.
    pub fn next_request(&mut self) -> Option<&[u8]> {
        if let Some(signing) = &mut self.signing {
            let signature = signing.made.pop()?;
            self.bytes[signing.at..][..signature.len()].copy_from_slice(signature.as_bytes());
        }
        if let Some(id_at) = self.id_at {
            write_id(&mut self.bytes[id_at..], self.next_id);
            self.next_id += 1;
        }
        Some(&self.bytes)
    }

    /// How many messages there were.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.next_id
    }

    /// The request that [`next_request`](Self::next_request) gave last.
    #[must_use]
    pub fn last(&self) -> &[u8] {
        &self.bytes
    }

    /// Its body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.body_at..]
    }

    /// The signature in it, of those that are signed.
    #[must_use]
    pub fn signature(&self) -> Option<&[u8]> {
        let signing = self.signing.as_ref()?;
        Some(&self.bytes[signing.at..][..NO_SIGNATURE.len()])
    }
}

fn write_id(digits: &mut [u8], mut id: u64) {
    for digit in digits[..NO_ID.len()].iter_mut().rev() {
        *digit = b'0' + u8::try_from(id % 10).expect("a digit");
        id /= 10;
    }
}

fn place(bytes: &[u8], part: &[u8]) -> usize {
    let mut windows = bytes.windows(part.len());
    windows
        .position(|window| window == part)
        .expect("the request has it")
}

const NO_ID: &str = "############";
const NO_SIGNATURE: [u8; 64] = [b'0'; 64];
