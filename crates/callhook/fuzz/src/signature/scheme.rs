//! How requests are signed: as callhook is told, and as the model is.

use std::time::Duration;

use callhook::auth::{Encoding, HmacScheme, Piece, Secrets, SignatureTimestamp, Signed};

/// A scheme. The names of its headers are among [`HEADERS`].
pub(crate) struct Scheme {
    pub(super) header: String,
    pub(super) separator: char,
    pub(super) prefix: String,
    pub(super) is_base64: bool,
    pub(super) timestamp: Option<(Place, u64)>,
    pub(super) pieces: Vec<Piece>,
    pub(super) keys: [Vec<u8>; 2],
    is_standard_webhooks: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Header(String),
    Entry(String),
}

impl Scheme {
    /// One byte is a preset. More make a scheme of its own, which need not be valid.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [] => None,
            [preset] => Some(Self::preset(*preset)),
            [flags, tolerance, pieces, rest @ ..] => {
                Self::custom(*flags, *tolerance, *pieces, rest)
            }
            _ => None,
        }
    }

    fn preset(number: u8) -> Self {
        let plain = Self {
            header: "s".to_owned(),
            separator: ',',
            prefix: String::new(),
            is_base64: false,
            timestamp: None,
            pieces: vec![Piece::Content],
            keys: [b"It's a Secret to Everybody".to_vec(), vec![0xaa; 131]],
            is_standard_webhooks: false,
        };
        let header = |name: &str| Place::Header(name.to_owned());
        match number % 8 {
            0 => Self {
                header: "x-hub-signature-256".to_owned(),
                prefix: "sha256=".to_owned(),
                ..plain
            },
            1 => Self {
                header: "webhook-signature".to_owned(),
                separator: ' ',
                prefix: "v1,".to_owned(),
                is_base64: true,
                timestamp: Some((header("webhook-timestamp"), 300)),
                pieces: vec![
                    Piece::header("webhook-id"),
                    Piece::text("."),
                    Piece::Timestamp,
                    Piece::text("."),
                    Piece::Content,
                ],
                // `MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`, and another.
                keys: [
                    vec![
                        0x31, 0xf2, 0x90, 0xf6, 0xbf, 0x06, 0x29, 0x8a, 0xab, 0x4f, 0x08, 0xd4,
                        0x3c, 0x3f, 0x08, 0x2c, 0xf6, 0x48, 0xa3, 0x62, 0xda, 0x2d, 0xa4, 0xb0,
                    ],
                    vec![7; 32],
                ],
                is_standard_webhooks: true,
            },
            2 => Self {
                prefix: "v1=".to_owned(),
                timestamp: Some((Place::Entry("t=".to_owned()), 300)),
                pieces: vec![Piece::Timestamp, Piece::text("."), Piece::Content],
                ..plain
            },
            3 => Self {
                header: "x-slack-signature".to_owned(),
                prefix: "v0=".to_owned(),
                timestamp: Some((header("x-slack-request-timestamp"), 300)),
                pieces: vec![
                    Piece::text("v0:"),
                    Piece::Timestamp,
                    Piece::text(":"),
                    Piece::Content,
                ],
                keys: [b"8f742231b10e8888abcd99yyyzzz85a5".to_vec(), vec![1; 16]],
                ..plain
            },
            4 => Self {
                pieces: vec![Piece::Target, Piece::text("\n"), Piece::Body],
                ..plain
            },
            5 => Self {
                separator: ';',
                timestamp: Some((header("time"), 1)),
                pieces: vec![
                    Piece::header("id"),
                    Piece::text("::"),
                    Piece::Timestamp,
                    Piece::text("\n"),
                    Piece::Target,
                    Piece::text("\n"),
                    Piece::Body,
                ],
                ..plain
            },
            6 => Self {
                is_base64: true,
                timestamp: Some((header("time"), u64::MAX)),
                pieces: vec![Piece::Timestamp, Piece::text("."), Piece::Content],
                ..plain
            },
            _ => plain,
        }
    }

    /// `rest` is `0xfe` between: prefix, separator, prefix of the timestamp's entry, and texts between the pieces.
    fn custom(flags: u8, tolerance: u8, pieces: u8, rest: &[u8]) -> Option<Self> {
        let texts = rest.split(|byte| *byte == 0xfe).map(std::str::from_utf8);
        let mut texts = texts.collect::<Result<Vec<_>, _>>().ok()?.into_iter();
        let mut text = || texts.next().unwrap_or_default().to_owned();
        let preset = Self::preset(7);
        let prefix = text();
        let separator = text().chars().next().unwrap_or(',');
        let entry = text();
        let timestamp = match flags >> 1 & 3 {
            0 | 1 => None,
            2 => Some(Place::Header("time".to_owned())),
            _ => Some(Place::Entry(entry)),
        };
        let mut made = Vec::new();
        for (bit, piece) in [
            Piece::header("id"),
            Piece::header("time"),
            Piece::Timestamp,
            Piece::Target,
        ]
        .into_iter()
        .enumerate()
        {
            if pieces >> bit & 1 == 1 {
                made.push(piece);
                made.push(Piece::text(text()));
            }
        }
        made.push(if pieces & 16 == 0 {
            Piece::Content
        } else {
            Piece::Body
        });
        Some(Self {
            separator,
            prefix,
            is_base64: flags & 1 == 1,
            timestamp: timestamp.map(|place| (place, u64::from(tolerance))),
            pieces: made,
            ..preset
        })
    }

    /// Whether the body of a GET is signed, too.
    pub(crate) fn ends_with_body(&self) -> bool {
        self.pieces.last() == Some(&Piece::Body)
    }

    /// As callhook is told.
    pub(super) fn hmac(&self) -> HmacScheme {
        let secrets = |keys: [&[u8]; 2]| Secrets::new().secret("1", keys[0]).secret("2", keys[1]);
        if self.is_standard_webhooks {
            let [first, second] = self.keys.each_ref().map(|key| {
                use base64::Engine as _;
                base64::engine::general_purpose::STANDARD.encode(key)
            });
            let first = format!("whsec_{first}");
            return HmacScheme::standard_webhooks(secrets([first.as_bytes(), second.as_bytes()]));
        }
        let [first, second] = &self.keys;
        let hmac = HmacScheme::sha256(&self.header, secrets([first, second]))
            .prefix(&self.prefix)
            .separated_by(self.separator)
            .encoding(if self.is_base64 {
                Encoding::Base64
            } else {
                Encoding::Hex
            })
            .signed(Signed::Pieces(self.pieces.clone()));
        match &self.timestamp {
            None => hmac,
            Some((place, tolerance)) => {
                let timestamp = match place {
                    Place::Header(name) => SignatureTimestamp::header(name),
                    Place::Entry(prefix) => SignatureTimestamp::entry(prefix),
                };
                hmac.timestamp(timestamp.tolerance(Duration::from_secs(*tolerance)))
            }
        }
    }

    /// In seconds.
    pub(super) fn tolerance(&self) -> Option<u64> {
        self.timestamp.as_ref().map(|(_, tolerance)| *tolerance)
    }

    /// Whether the signature is over a header of this name.
    pub(super) fn is_signed_header(&self, name: &str) -> bool {
        let is_it = |piece: &Piece| matches!(piece, Piece::Header(header) if header == name);
        self.pieces.iter().any(is_it)
    }
}
