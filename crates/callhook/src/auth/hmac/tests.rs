use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;
use crate::auth::secret::{invalid, missing};
use crate::error::{ConfigError, SecretProblem};
use crate::request::{Head, HeaderLines};

const GITHUB_SECRET: &str = "It's a Secret to Everybody";
/// GitHub's documented example: this secret over `Hello, World!`.
const GITHUB: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

/// Header lines by name.
#[derive(Default)]
struct Lines(Vec<(String, String)>);

impl Lines {
    fn of(lines: &[(&str, &str)]) -> Self {
        let owned = |(name, line): &(&str, &str)| ((*name).to_owned(), (*line).to_owned());
        Self(lines.iter().map(owned).collect())
    }
}

impl HeaderLines for Lines {
    fn line(&self, name: &str, index: usize) -> Option<&[u8]> {
        let mut lines = self.0.iter().filter(|(other, _)| other == name);
        lines.nth(index).map(|(_, line)| line.as_bytes())
    }
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// The name of the secret that a request was signed with.
fn verify(
    scheme: &HmacScheme,
    lines: &[(&str, &str)],
    now: SystemTime,
    body: &str,
) -> Result<String, String> {
    let lines = Lines::of(lines);
    let head = Head::new("POST", "/hook", Some("a=1"), &lines);
    verify_head(scheme, &head, now, body)
}

fn verify_head(
    scheme: &HmacScheme,
    head: &Head<'_>,
    now: SystemTime,
    body: &str,
) -> Result<String, String> {
    let guard = HmacGuard::new(scheme.clone()).expect("a valid scheme");
    let presented = guard.present(head, now, None);
    let presented = presented.map_err(|refused| refused.to_string())?;
    let name = guard.verify(
        &presented,
        guard.content(
            head.method() == "POST",
            head.query().unwrap_or_default(),
            body.as_bytes(),
        ),
    );
    name.map(|name| name.to_string())
        .map_err(|refused| refused.to_string())
}

fn refused(why: &str) -> Result<String, String> {
    Err(why.to_owned())
}

fn out_of_time(off: &str, tolerance: u64) -> Result<String, String> {
    refused(&format!(
        "the timestamp is {off} this program's clock, and the tolerance is {tolerance} s"
    ))
}

fn github() -> HmacScheme {
    HmacScheme::sha256(
        "X-Hub-Signature-256",
        ["another secret, too", GITHUB_SECRET],
    )
    .prefix("sha256=")
}

fn check_github(lines: &[&str], body: &str) -> Result<String, String> {
    let lines: Vec<_> = lines
        .iter()
        .map(|line| ("x-hub-signature-256", *line))
        .collect();
    verify(&github(), &lines, at(0), body)
}

#[test]
fn githubs_published_signature_verifies_in_either_case_and_among_others() {
    let known = format!("sha256={GITHUB}");
    let upper = format!("sha256={}", GITHUB.to_ascii_uppercase());
    let beside_another = format!("sha256={}, {known}", "00".repeat(32));
    let beside_another_scheme = format!("sha1=zz,{known},");
    for line in [known, upper, beside_another, beside_another_scheme] {
        assert_eq!(
            check_github(&[&line], "Hello, World!"),
            Ok("#2".to_owned()),
            "{line}"
        );
    }
}

#[test]
fn anything_but_the_right_signature_over_these_bytes_is_refused() {
    let known = format!("sha256={GITHUB}");
    assert_eq!(
        check_github(&[&known], "Hello, World"),
        refused("the signature is wrong")
    );
    assert_eq!(check_github(&[], ""), refused("the signature is missing"));
    assert_eq!(
        check_github(&[&known, &known], "Hello, World!"),
        refused("the signature is given more than once")
    );
    for unread in [
        "",
        ",",
        GITHUB,
        "sha256=",
        "SHA256=00",
        &known[..known.len() - 1],
        &format!("{known}0"),
        &format!("{known}, sha256=zz"),
        &format!("sha256=+{}", &GITHUB[1..]),
        &[known.as_str(); 9].join(","),
    ] {
        assert_eq!(
            check_github(&[unread], "Hello, World!"),
            refused("the signature can't be read"),
            "{unread}"
        );
    }
}

/// The example of the Standard Webhooks reference libraries.
const STANDARD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const STANDARD_TIME: u64 = 1_614_265_330;
const STANDARD_BODY: &str = r#"{"test": 2432232314}"#;
const STANDARD: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn standard(signature: &str) -> [(&str, &str); 3] {
    [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", signature),
    ]
}

#[test]
fn the_published_signature_of_standard_webhooks_verifies_among_others_and_within_its_time() {
    let scheme = HmacScheme::standard_webhooks(STANDARD_SECRET);
    let others = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";
    for signature in [STANDARD.to_owned(), format!("{others} {STANDARD}")] {
        for offset in [-300_i64, 0, 300] {
            let now = at(STANDARD_TIME.saturating_add_signed(offset));
            let verified = verify(&scheme, &standard(&signature), now, STANDARD_BODY);
            assert_eq!(verified, Ok("#1".to_owned()), "{offset}");
        }
    }
    let without_prefix = HmacScheme::standard_webhooks(&STANDARD_SECRET["whsec_".len()..]);
    let now = at(STANDARD_TIME);
    assert!(verify(&without_prefix, &standard(STANDARD), now, STANDARD_BODY).is_ok());
}

#[test]
fn a_signature_of_standard_webhooks_is_for_one_id_time_and_body_and_expires() {
    let scheme = HmacScheme::standard_webhooks(STANDARD_SECRET);
    let now = at(STANDARD_TIME);
    for (now, off) in [
        (STANDARD_TIME - 301, "301 s ahead of"),
        (STANDARD_TIME + 301, "301 s behind"),
        (0, "1614265330 s ahead of"),
        (u64::from(u32::MAX) * 2, "6975669260 s behind"),
    ] {
        let checked = verify(&scheme, &standard(STANDARD), at(now), STANDARD_BODY);
        assert_eq!(checked, out_of_time(off, 300));
    }

    let signature = ("webhook-signature", STANDARD);
    let id = ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
    let time = ("webhook-timestamp", "1614265330");
    for (lines, cause) in [
        (vec![id, time], "the signature is missing"),
        (vec![id, signature], "the timestamp is missing"),
        (
            vec![time, signature],
            "the signed header \"webhook-id\" is missing",
        ),
        (
            vec![id, id, time, signature],
            "the signed header \"webhook-id\" is given more than once",
        ),
        (
            vec![id, time, time, signature],
            "the timestamp is given more than once",
        ),
        (
            vec![id, time, signature, signature],
            "the signature is given more than once",
        ),
        (
            vec![("webhook-id", "msg_2"), time, signature],
            "the signature is wrong",
        ),
        (
            vec![id, ("webhook-timestamp", "1614265331"), signature],
            "the signature is wrong",
        ),
        (
            // The same bytes, cut elsewhere.
            vec![
                ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330"),
                time,
                signature,
            ],
            "the signed header \"webhook-id\" contains the text that comes after it in what is signed",
        ),
        (
            vec![id, time, ("webhook-signature", "v1,AA==")],
            "the signature can't be read",
        ),
        // Base64 that isn't the one way to write these bytes.
        (
            vec![
                id,
                time,
                (
                    "webhook-signature",
                    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF=",
                ),
            ],
            "the signature can't be read",
        ),
        (
            vec![
                id,
                time,
                (
                    "webhook-signature",
                    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
                ),
            ],
            "the signature can't be read",
        ),
        (
            vec![
                id,
                time,
                (
                    "webhook-signature",
                    "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                ),
            ],
            "the signature can't be read",
        ),
    ] {
        let checked = verify(&scheme, &lines, now, STANDARD_BODY);
        assert_eq!(checked, refused(cause), "{lines:?}");
    }
    assert_eq!(
        verify(&scheme, &standard(STANDARD), now, r#"{"test": 2432232315}"#),
        refused("the signature is wrong")
    );
}

#[test]
fn a_timestamp_is_digits_alone_whatever_their_number_and_never_overflows() {
    let scheme = HmacScheme::standard_webhooks(STANDARD_SECRET);
    for time in [
        "",
        "-1614265330",
        "+1614265330",
        " 1614265330",
        "1614265330.0",
        "0x6037b2b2",
        "99999999999999999999999999",
        "1614265330,1614265330",
    ] {
        let lines = [
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", time),
            ("webhook-signature", STANDARD),
        ];
        let checked = verify(&scheme, &lines, at(STANDARD_TIME), STANDARD_BODY);
        assert_eq!(checked, refused("the timestamp can't be read"), "{time:?}");
    }
    for (time, off) in [
        ("0", "1614265330 s behind"),
        ("18446744073709551615", "18446744072095286285 s ahead of"),
        ("9223372036854775808", "9223372035240510478 s ahead of"),
    ] {
        let lines = [
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", time),
            ("webhook-signature", STANDARD),
        ];
        let checked = verify(&scheme, &lines, at(STANDARD_TIME), STANDARD_BODY);
        assert_eq!(checked, out_of_time(off, 300), "{time}");
    }
    let before_1970 = UNIX_EPOCH - Duration::from_secs(1);
    let checked = verify(&scheme, &standard(STANDARD), before_1970, STANDARD_BODY);
    assert_eq!(checked, refused("this program's clock is before 1970"));
}

fn stripe() -> HmacScheme {
    HmacScheme::sha256("Stripe-Signature", "whsec_test_secret_of_some_length")
        .prefix("v1=")
        .timestamp(SignatureTimestamp::entry("t="))
        .signed(Signed::TimestampAndContent)
}

const STRIPE_BODY: &str = r#"{"id":"evt_test_webhook","object":"event"}"#;
/// Made with `openssl dgst -sha256 -hmac` over the time, a full stop and the body.
const STRIPE: &str = "0aeeaaac7070e6f4dd328154122e053e59f60ee3dc60fce5f24c2c8cfd5c9897";

#[test]
fn stripes_scheme_is_read_with_its_time_among_the_signatures() {
    let check = |line: &str, now: u64| {
        verify(
            &stripe(),
            &[("stripe-signature", line)],
            at(now),
            STRIPE_BODY,
        )
    };
    let zeros = "0".repeat(64);
    for line in [
        format!("t=1492774577,v1={STRIPE}"),
        format!("t=1492774577,v1={STRIPE},v0={zeros}"),
        format!("v1={zeros}, v1={STRIPE}, t=1492774577"),
    ] {
        assert_eq!(check(&line, 1_492_774_577), Ok("#1".to_owned()), "{line}");
    }
    for (line, now, cause) in [
        (
            format!("t=1492774577,v1={STRIPE}"),
            1_492_774_878,
            "the timestamp is 301 s behind this program's clock, and the tolerance is 300 s",
        ),
        (
            format!("t=1492774578,v1={STRIPE}"),
            1_492_774_577,
            "the signature is wrong",
        ),
        (
            format!("t=1492774577,t=1492774577,v1={STRIPE}"),
            1_492_774_577,
            "the timestamp is given more than once",
        ),
        (
            format!("v1={STRIPE}"),
            1_492_774_577,
            "the timestamp is missing",
        ),
        (
            format!("t=1492774577,v0={STRIPE}"),
            1_492_774_577,
            "the signature can't be read",
        ),
    ] {
        assert_eq!(check(&line, now), refused(cause), "{line}");
    }
}

#[test]
fn slacks_published_signature_verifies() {
    let scheme = HmacScheme::sha256("x-slack-signature", "8f742231b10e8888abcd99yyyzzz85a5")
        .prefix("v0=")
        .timestamp(SignatureTimestamp::header("x-slack-request-timestamp"))
        .signed(Signed::Pieces(vec![
            Piece::text("v0:"),
            Piece::Timestamp,
            Piece::text(":"),
            Piece::Content,
        ]));
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let lines = [
        ("x-slack-request-timestamp", "1531420618"),
        (
            "x-slack-signature",
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        ),
    ];
    assert!(verify(&scheme, &lines, at(1_531_420_618), body).is_ok());
}

#[test]
fn a_key_longer_than_a_block_is_hashed_and_a_get_with_its_target_has_no_body() {
    // RFC 4231, test case 6.
    let secrets = Secrets::new().secret("1", [0xaa; 131]);
    let scheme = HmacScheme::sha256("s", secrets);
    let signature = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
    let body = "Test Using Larger Than Block-Size Key - Hash Key First";
    assert!(verify(&scheme, &[("s", signature)], at(0), body).is_ok());

    // printf '/hook?a=1\n' | openssl dgst -sha256 -hmac 'a secret of sixteen bytes'
    let scheme = HmacScheme::sha256("s", "a secret of sixteen bytes").signed(Signed::TargetAndBody);
    let signature = "a17b19eb05c244583f0b6ad9a06f7ff7172e2a5bb6ddfca69f961b34c5e05cb5";
    let lines = Lines::of(&[("s", signature)]);
    let head = Head::new("GET", "/hook", Some("a=1"), &lines);
    assert!(verify_head(&scheme, &head, at(0), "").is_ok());
}

#[test]
fn a_signed_header_is_ended_by_what_ends_it_and_by_nothing_of_its_own() {
    for (end, value, is_told_apart) in [
        ("::", "msg", true),
        ("::", "msg:", false),
        ("::", "a:b", true),
        ("::", "a::b", false),
        ("--", "-", false),
        ("ab", "a", true),
        ("aba", "ab", false),
        (".", "", true),
    ] {
        let scheme =
            HmacScheme::sha256("s", "a secret of sixteen bytes").signed(Signed::Pieces(vec![
                Piece::header("id"),
                Piece::text(end),
                Piece::Content,
            ]));
        let signer = scheme.signer().expect("a valid scheme");
        let lines = Lines::of(&[("id", value)]);
        let head = Head::new("POST", "/", None, &lines);
        let signed = signer.sign(&head, b"", at(0));
        assert_eq!(signed.is_ok(), is_told_apart, "{end:?} {value:?}");
    }
}

/// Every scheme, to be signed and verified.
fn schemes() -> Vec<HmacScheme> {
    let secrets = ["a secret of sixteen bytes", "another of sixteen bytes"];
    vec![
        HmacScheme::sha256("callhook-signature", secrets).prefix("sha256="),
        HmacScheme::sha256("signature", "k".repeat(200)).encoding(Encoding::Base64),
        HmacScheme::sha256("signature", secrets).signed(Signed::TargetAndBody),
        HmacScheme::standard_webhooks(STANDARD_SECRET),
        stripe(),
        HmacScheme::sha256("signature", secrets)
            .separated_by(';')
            .timestamp(SignatureTimestamp::header("Time").tolerance(Duration::from_secs(1)))
            .signed(Signed::Pieces(vec![
                Piece::header("Webhook-Id"),
                Piece::text("\n"),
                Piece::Timestamp,
                Piece::text("\n"),
                Piece::Target,
                Piece::text("\n"),
                Piece::Body,
            ])),
    ]
}

#[test]
fn what_is_signed_verifies_and_nothing_else_that_could_be_sent_with_it_does() {
    let now = at(1_700_000_000);
    let id = [("webhook-id", "msg_1")];
    for scheme in schemes() {
        let signer = scheme.clone().signer().expect("a valid scheme");
        for method in ["POST", "GET"] {
            let body = if method == "POST" { r#"{"a":1}"# } else { "" };
            let head = Head::new(method, "/hook", Some("a=1"), &id);
            let signed = signer.sign(&head, body.as_bytes(), now).expect("signable");
            let mut lines = Lines(signed);
            lines.0.push(("webhook-id".to_owned(), "msg_1".to_owned()));
            let head = |path, query| Head::new(method, path, query, &lines);

            let check = |head: &Head<'_>, body| verify_head(&scheme, head, now, body);
            let original = head("/hook", Some("a=1"));
            assert!(check(&original, body).is_ok(), "{scheme:?} {method}");
            let refused = refused("the signature is wrong");
            if method == "POST" {
                assert_eq!(check(&original, r#"{"a":2}"#), refused, "{scheme:?}");
            } else {
                let other = head("/hook", Some("a=2"));
                assert_eq!(check(&other, body), refused, "{scheme:?}");
                assert_eq!(check(&head("/hook", None), body), refused, "{scheme:?}");
            }
            let is_signed = check(&head("/other", Some("a=1")), body).is_err();
            let guard = HmacGuard::new(scheme.clone()).expect("a valid scheme");
            assert_eq!(is_signed, guard.signs_url(), "{scheme:?}");
        }
    }
}

#[test]
fn a_request_that_can_not_be_verified_is_not_signed() {
    let signer = HmacScheme::standard_webhooks(STANDARD_SECRET).signer();
    let signer = signer.expect("a valid scheme");
    let sign = |lines: &Lines| {
        let head = Head::new("POST", "/", None, lines);
        signer
            .sign(&head, b"", at(0))
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        sign(&Lines::default()),
        Err("the signed header \"webhook-id\" is missing".to_owned())
    );
    assert_eq!(
        sign(&Lines::of(&[("webhook-id", "a.b")])),
        Err("the signed header \"webhook-id\" contains the text that comes after it in what is signed".to_owned())
    );
}

#[test]
fn a_scheme_that_proves_less_than_it_seems_to_does_not_build() {
    let problem = |scheme: HmacScheme| match HmacGuard::new(scheme).err() {
        Some(ConfigError::Scheme { guard, problem }) => {
            assert_eq!(guard, "signature header \"signature\"");
            problem
        }
        other => panic!("{other:?}"),
    };
    let scheme = || HmacScheme::sha256("Signature", "a secret of sixteen bytes");
    let pieces = |pieces: &[Piece]| scheme().signed(Signed::Pieces(pieces.to_vec()));
    let timed = |signed| {
        scheme()
            .timestamp(SignatureTimestamp::header("time"))
            .signed(signed)
    };
    let dot = Piece::text(".");

    let unsigned = "has a timestamp that isn't signed, so anybody could renew it";
    assert_eq!(problem(timed(Signed::Content)), unsigned);
    assert_eq!(
        problem(scheme().signed(Signed::TimestampAndContent)),
        "signs a timestamp, and no timestamp is configured"
    );
    assert_eq!(
        problem(pieces(&[])),
        "signs nothing, expected at least the content or the body"
    );
    let not_last = "signs the content or the body in the wrong place: expected one of them, once, as the last piece";
    assert_eq!(problem(pieces(&[Piece::text("x")])), not_last);
    assert_eq!(problem(pieces(&[Piece::Content, dot.clone()])), not_last);
    assert_eq!(
        problem(pieces(&[Piece::Content, dot.clone(), Piece::Content])),
        not_last
    );
    assert_eq!(
        problem(pieces(&[Piece::Body])),
        "does not sign the content of a GET: expected Piece::Target too, or Piece::Content"
    );
    let run_into = "signs two pieces that can't be told apart: expected a text between them";
    for pieces in [
        vec![Piece::header("id"), Piece::Content],
        vec![Piece::header("id"), Piece::text(""), Piece::Content],
        vec![Piece::Target, Piece::Body],
        vec![Piece::Target, Piece::text("."), Piece::Body],
    ] {
        assert_eq!(problem(scheme().signed(Signed::Pieces(pieces))), run_into);
    }
    for between in [None, Some("0"), Some("")] {
        let mut pieces = vec![Piece::Timestamp, Piece::Content];
        if let Some(between) = between {
            pieces.insert(1, Piece::text(between));
        }
        assert_eq!(problem(timed(Signed::Pieces(pieces))), run_into);
    }

    let entry = "has a timestamp entry that can't be told from signatures";
    for (prefix, time) in [
        ("v1=", ""),
        ("v1=", "v"),
        ("", "t="),
        ("v", "v1="),
        ("v1=", "t,"),
        ("v1=", " t="),
    ] {
        let scheme = scheme()
            .prefix(prefix)
            .timestamp(SignatureTimestamp::entry(time))
            .signed(Signed::TimestampAndContent);
        assert_eq!(problem(scheme), entry, "{prefix:?} {time:?}");
    }
    for separator in ['=', 'a', 'Z', '0', '+', '/'] {
        assert_eq!(
            problem(scheme().separated_by(separator)),
            "has a separator that a signature may contain"
        );
    }
    assert_eq!(
        problem(
            scheme()
                .timestamp(SignatureTimestamp::header("SIGNATURE"))
                .signed(Signed::TimestampAndContent)
        ),
        "has its timestamp where the signature is"
    );
    assert_eq!(
        problem(pieces(&[
            Piece::header("Signature"),
            dot.clone(),
            Piece::Content
        ])),
        "signs its own signature"
    );
    assert_eq!(
        problem(timed(Signed::Pieces(vec![
            Piece::Timestamp,
            dot.clone(),
            Piece::header("Time"),
            dot.clone(),
            Piece::Content
        ]))),
        "signs its timestamp as a header, expected Piece::Timestamp"
    );
    let invalid_name = |scheme: HmacScheme| match HmacGuard::new(scheme).err() {
        Some(ConfigError::Name { what, name }) => {
            assert_eq!(what, "header");
            name
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(
        invalid_name(HmacScheme::sha256("a b", "a secret of sixteen bytes")),
        "a…"
    );
    let time = SignatureTimestamp::header("t:");
    let timed = scheme().timestamp(time).signed(Signed::TimestampAndContent);
    assert_eq!(invalid_name(timed), "t…");
    assert_eq!(
        invalid_name(pieces(&[Piece::header("é"), dot, Piece::Content])),
        "…"
    );
    assert_eq!(
        problem(scheme().prefix("v1,")),
        "has a prefix that contains the separator"
    );
    assert_eq!(
        problem(scheme().prefix(" v1=")),
        "has a prefix that begins with white space, which is trimmed before each entry"
    );
}

#[test]
fn secrets_that_make_no_key_do_not_build_and_are_named() {
    let error = |scheme| HmacGuard::new(scheme).err();
    for secret in [
        "whsec_not base64",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "é",
    ] {
        assert_eq!(
            error(HmacScheme::standard_webhooks([
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                &format!("{secret:*<16}")
            ])),
            Some(invalid(
                "signature header \"webhook-signature\"",
                Some("#2"),
                SecretProblem::NotBase64
            )),
            "{secret}"
        );
    }
    assert_eq!(
        error(HmacScheme::standard_webhooks("whsec_c2hvcnQtc2hvcnQ=")),
        Some(invalid(
            "signature header \"webhook-signature\"",
            None,
            SecretProblem::Short { length: 11 }
        ))
    );
    let hashed = Secrets::new().sha256("hashed", GITHUB).expect("a digest");
    assert_eq!(
        error(HmacScheme::sha256("signature", hashed)),
        Some(invalid(
            "signature header \"signature\"",
            Some("hashed"),
            SecretProblem::HashedKey
        ))
    );
    let tolerance = SignatureTimestamp::header("time").tolerance(Duration::from_millis(999));
    let scheme = HmacScheme::sha256("signature", GITHUB_SECRET)
        .timestamp(tolerance)
        .signed(Signed::TimestampAndContent);
    assert_eq!(
        error(scheme),
        Some(ConfigError::Scheme {
            guard: "signature header \"signature\"".to_owned(),
            problem: "has a timestamp tolerance of less than a second"
        })
    );
    assert_eq!(
        HmacScheme::sha256("signature", Secrets::of_tenant())
            .signer()
            .err(),
        Some(missing("signature header \"signature\""))
    );
}
