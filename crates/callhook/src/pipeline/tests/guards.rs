//! Tokens in all their places, and what is left of a message without them.

use super::*;
use crate::auth::{Encoding, Secrets, SignatureTimestamp, Tenant, Tenants};
use crate::payload::UnreadableKind;
use crate::voipappz::Voipappz;

/// What reaches the handler of a request that passes.
fn delivered(
    endpoint: &Endpoint<Event>,
    head: &Head<'_>,
    body: &str,
) -> Result<(Delivery<Event>, Bytes), Reply> {
    let admitted = now(endpoint.admit(head, no_sleep))?;
    let verified = receive(admitted, body.to_owned())?;
    let body = match verified.body() {
        InnerBody::Empty => Bytes::new(),
        InnerBody::Unchanged(body) | InnerBody::Stripped(body) => body,
    };
    let (delivery, claimed) = now(verified.claim())?.into_parts();
    now(claimed.settle(HandlerOutcome::Status(200)));
    Ok((delivery, body))
}

/// What was verified of a request.
fn verified(endpoint: &Endpoint<Event>, head: &Head<'_>, body: &str) -> Verified<Event> {
    let admitted = now(endpoint.admit(head, no_sleep)).expect("admitted");
    receive(admitted, body.to_owned()).expect("readable")
}

fn everywhere() -> EndpointBuilder<Event> {
    builder()
        .query_token("q", Secrets::new().secret("of the query", TOKEN))
        .header_token("X-Token", Secrets::new().secret("of the header", TOKEN))
        .basic_auth("telecmi", Secrets::new().secret("of basic", TOKEN))
        .path_token_nth_back(1, Secrets::new().secret("of the path", TOKEN))
        .body_token("custom", Secrets::new().secret("of the body", TOKEN))
        .hmac(HmacScheme::sha256(
            "X-Signature",
            Secrets::new().secret("of the relay", SECRET),
        ))
}

const SECRET: &str = "a secret that the relay knows";

/// All headers that [`everywhere`] asks for.
fn headers(method: &str, query: &str, body: &str) -> Headers {
    let content = if method == "POST" { body } else { query };
    let scheme = HmacScheme::sha256("X-Signature", SECRET);
    let head = Head::new(method, "/", Some(query), &());
    let signed = scheme.signer().expect("a valid scheme");
    let signed = signed.sign(&head, content.as_bytes(), SystemTime::UNIX_EPOCH);
    let signature = signed.expect("signable").remove(0).1;
    // base64 of "telecmi:a-token-of-some-length"
    let basic = "Basic dGVsZWNtaTphLXRva2VuLW9mLXNvbWUtbGVuZ3Ro";
    Headers::of([
        ("x-token", TOKEN),
        ("authorization", basic),
        ("x-signature", &signature),
    ])
}

#[test]
fn nothing_that_serves_as_authentication_is_left_in_a_message_or_its_url() {
    let endpoint = everywhere().build().expect("a valid endpoint");
    let path = format!("/hooks/{TOKEN}/telecmi");
    let post = format!(r#"{{"type":"cdr","custom":"{TOKEN}","cmiuuid":"a","appid":7}}"#);
    let form = format!("type=cdr&custom={TOKEN}&cmiuuid=b&appid=7");
    let get = format!("type=cdr&custom={TOKEN}&cmiuuid=c&appid=7");
    for (method, body, query, raw, inwards, target) in [
        (
            "POST",
            &*post,
            format!("q={TOKEN}&b=1"),
            r#"{"type":"cdr","cmiuuid":"a","appid":7}"#,
            r#"{"type":"cdr","cmiuuid":"a","appid":7}"#,
            "/hooks/***/telecmi?b=1",
        ),
        (
            "POST",
            &form,
            format!("q={TOKEN}"),
            "type=cdr&cmiuuid=b&appid=7",
            "type=cdr&cmiuuid=b&appid=7",
            "/hooks/***/telecmi",
        ),
        (
            "GET",
            "",
            format!("{get}&q={TOKEN}"),
            "type=cdr&cmiuuid=c&appid=7",
            "",
            "/hooks/***/telecmi?type=cdr&cmiuuid=c&appid=7",
        ),
    ] {
        let headers = headers(method, &query, body);
        let head = Head::new(method, &path, Some(&query), &headers);
        let admitted = now(endpoint.admit(&head, no_sleep)).expect("admitted");
        assert!(!format!("{admitted:?}").contains(TOKEN));
        drop(admitted);
        let passed = verified(&endpoint, &head, body);
        assert_eq!(passed.strip(&path, Some(&query)).as_deref(), Some(target));
        let secret_headers: Vec<&str> = passed.secret_headers().collect();
        assert_eq!(secret_headers, ["x-token", "authorization"]);
        assert!(!format!("{passed:?}").contains(TOKEN));
        drop(passed);

        let (delivery, body) = delivered(&endpoint, &head, body).expect("handled");
        assert_eq!(delivery.raw(), raw);
        assert_eq!(body, inwards);
        let fields = serde_json::to_string(delivery.event()).expect("serialisable");
        assert!(!fields.contains(TOKEN), "{fields}");
        let mut names: Vec<&str> = delivery.secret_names().collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "of basic",
                "of the body",
                "of the header",
                "of the path",
                "of the query",
                "of the relay"
            ]
        );
        assert!(!format!("{delivery:?}").contains(TOKEN));
    }
}

#[test]
fn a_message_is_the_same_whatever_token_it_came_with() {
    let secrets = [TOKEN, "another-token-of-some-length"];
    let endpoint = builder()
        .body_token("custom", secrets)
        .build()
        .expect("a valid endpoint");
    let send = |method, query: &str, body: &str| {
        let query = (!query.is_empty()).then_some(query);
        delivered(&endpoint, &Head::new(method, "/", query, &()), body)
            .map(|(delivery, _)| delivery.replay_status())
            .map_err(|answer| answer.status())
    };
    let json = |token| format!(r#"{{"custom":"{token}","type":"cdr","cmiuuid":"a","appid":7}}"#);
    let form = |token| format!("type=cdr&cmiuuid=a&appid=7&custom={token}");
    let [old, new] = secrets;
    assert_eq!(send("POST", "", &json(old)), Ok(ReplayStatus::First));
    assert_eq!(send("POST", "", &json(new)), Err(200));
    assert_eq!(send("POST", "", &form(new)), Err(200));
    assert_eq!(send("GET", &form(old), ""), Err(200));
}

#[test]
fn what_authenticates_by_its_body_and_is_broken_behind_is_told_so_and_offered_without_the_token() {
    type Offered = Arc<Mutex<Vec<(Vec<u8>, UnreadableKind)>>>;
    let offered = Offered::default();
    let hook = Arc::clone(&offered);
    let endpoint = builder()
        .body_token("custom", TOKEN)
        .on_unreadable(move |bytes, why| {
            hook.lock()
                .expect("not poisoned")
                .push((bytes.to_vec(), why.kind()));
        })
        .build()
        .expect("a valid endpoint");
    let head = Head::new("POST", "/", None, &());
    let broken = format!(r#"{{"custom":"{TOKEN}","type":"cdr","#);
    let answer = delivered(&endpoint, &head, &broken);
    assert_eq!(outcome(answer), told(400, "malformed"));
    let unproven = delivered(&endpoint, &head, r#"{"type":"cdr","#);
    assert_eq!(outcome(unproven), (401, None));
    assert_eq!(
        *offered.lock().expect("not poisoned"),
        [(br#"{"type":"cdr","#.to_vec(), UnreadableKind::Malformed)]
    );
}

#[test]
fn a_get_with_nothing_but_what_the_endpoint_reads_for_itself_is_a_probe() {
    let tenants =
        Tenants::query_parameter("tenant", |_| async { Tenant::new("1", TOKEN).map(Some) });
    let endpoint = builder()
        .query_token("q", Secrets::of_tenant())
        .path_token(TOKEN)
        .body_token("custom", TOKEN)
        .tenants(tenants)
        .build()
        .expect("a valid endpoint");
    let path = format!("/{TOKEN}");
    let ask = |method, query: &str| {
        let head = Head::new(method, &path, Some(query), &());
        delivered(&endpoint, &head, "").map(|(delivery, _)| delivery.raw().clone())
    };
    let bare = format!("tenant=x&q={TOKEN}&custom={TOKEN}");
    let probe = |method| ask(method, &bare).map_err(|answer| answer.status());
    assert_eq!(probe("GET"), Err(204));
    assert_eq!(probe("HEAD"), Err(204));
    let message = ask("GET", &format!("a=1&{bare}&b=2")).expect("a message");
    assert_eq!(message, "a=1&b=2");
}

#[test]
fn each_of_several_tokens_of_one_kind_is_taken_out() {
    let endpoint = builder()
        .body_token("one", TOKEN)
        .body_token("two", OTHER)
        .path_token_nth_back(1, TOKEN)
        .path_token(OTHER)
        .build()
        .expect("a valid endpoint");
    let path = format!("/hook/{TOKEN}/{OTHER}");
    let post = format!(r#"{{"two":"{OTHER}","one":"{TOKEN}","type":"cdr"}}"#);
    let get = format!("one={TOKEN}&two={OTHER}&type=cdr");
    for (method, query, body, raw, target) in [
        ("POST", "", &*post, r#"{"type":"cdr"}"#, "/hook/***/***"),
        ("GET", &*get, "", "type=cdr", "/hook/***/***?type=cdr"),
    ] {
        let query = (!query.is_empty()).then_some(query);
        let head = Head::new(method, &path, query, &());
        let passed = verified(&endpoint, &head, body);
        assert_eq!(passed.strip(&path, query).as_deref(), Some(target));
        drop(passed);
        let (delivery, _) = delivered(&endpoint, &head, body).expect("handled");
        assert_eq!(delivery.raw(), raw);
    }
    for wrong in [
        format!("/hook/{TOKEN}/{OTHER}//"),
        format!("/hook/{TOKEN}//{OTHER}"),
    ] {
        let head = Head::new("POST", &wrong, None, &());
        assert!(now(endpoint.admit(&head, no_sleep)).is_err(), "{wrong}");
    }
}

const OTHER: &str = "another-token-of-some-length";

#[test]
fn a_token_that_would_be_left_in_the_message_is_given_twice() {
    let endpoint = builder()
        .body_token("custom", TOKEN)
        .build()
        .expect("a valid endpoint");
    let object = format!(r#"{{"custom":"{TOKEN}","type":"cdr","cmiuuid":"a"}}"#);
    let escaped = object
        .replace('"', "%22")
        .replace('{', "%7B")
        .replace('}', "%7D");
    let in_form = format!("custom={TOKEN}&data={escaped}");
    for (method, query, body) in [
        ("POST", "", format!("custom={TOKEN}&{object}")),
        ("POST", "", in_form.clone()),
        ("GET", &*in_form, String::new()),
        ("GET", &*format!("?{object}"), String::new()),
    ] {
        let query = (!query.is_empty()).then_some(query);
        let head = Head::new(method, "/", query, &());
        let answer = delivered(&endpoint, &head, &body);
        assert_eq!(outcome(answer), (401, None), "{method} {query:?} {body}");
    }
}

#[test]
fn a_token_in_an_object_is_taken_out_of_the_url_whatever_is_beside_it() {
    let tenants =
        Tenants::query_parameter("tenant", |_| async { Tenant::new("1", TOKEN).map(Some) });
    let endpoint = builder()
        .body_token("custom", Secrets::of_tenant())
        .tenants(tenants)
        .build()
        .expect("a valid endpoint");
    let query = format!(r#"tenant=x&data={{"custom":"{TOKEN}","type":"cdr"}}"#);
    let head = Head::new("GET", "/", Some(&query), &());
    let passed = verified(&endpoint, &head, "");
    let left = "data=%7B%22type%22%3A%22cdr%22%7D";
    let inwards = format!("/?tenant=x&{left}");
    assert_eq!(passed.strip("/", Some(&query)), Some(inwards));
    // A middleware may have added to the URL.
    let longer = format!("{query}&a=1");
    let inwards = format!("/?tenant=x&{left}&a=1");
    assert_eq!(passed.strip("/", Some(&longer)), Some(inwards));
    drop(passed);
    let (delivery, _) = delivered(&endpoint, &head, "").expect("handled");
    assert_eq!(delivery.raw(), left);
}

#[test]
fn a_body_with_a_token_that_is_not_utf_8_does_not_authenticate() {
    let endpoint = builder()
        .body_token("custom", TOKEN)
        .on_unreadable(|_, _| panic!("nobody has authenticated"))
        .build()
        .expect("a valid endpoint");
    let head = Head::new("POST", "/", None, &());
    let admitted = now(endpoint.admit(&head, no_sleep)).expect("admitted");
    let body = [
        format!(r#"{{"custom":"{TOKEN}","a":""#).as_bytes(),
        b"\xff\"}",
    ]
    .concat();
    let refused = refusal(receive(admitted, body));
    assert_eq!(refused.kind(), RejectionKind::Unauthenticated);
    assert!(!refused.is_authenticated());
}

#[test]
fn a_label_is_read_past_a_token_in_the_path() {
    let endpoint = Endpoint::builder(Voipappz::path_segment_nth_back(1))
        .path_token(TOKEN)
        .build()
        .expect("a valid endpoint");
    let path = format!("/hooks/call-answer/{TOKEN}");
    let head = Head::new("POST", &path, None, &());
    let admitted = now(endpoint.admit(&head, no_sleep)).expect("admitted");
    let body = Bytes::from_static(br#"{"uuid":"1"}"#);
    let verified = receive(admitted, body).expect("readable");
    let (delivery, _claimed) = now(verified.claim()).expect("delivered").into_parts();
    assert_eq!(delivery.event().kind(), "report");
    assert!(format!("{:?}", delivery.event()).contains("CallAnswer"));
}

#[test]
fn what_two_guards_or_readers_could_take_for_two_things_does_not_build() {
    let conflict = |location: &str, uses| ConfigError::Conflict {
        location: location.to_owned(),
        uses,
    };
    let duplicate = |location: &str| conflict(location, [LocationUse::Token; 2]);
    let setting = |setting: &str, problem| ConfigError::Setting {
        setting: setting.to_owned(),
        problem,
    };
    let invalid = |what, name: &str| ConfigError::Name {
        what,
        name: name.to_owned(),
    };
    let tenants = || Tenants::query_parameter("tenant", |_| async { Ok::<_, ConfigError>(None) });
    let in_path = || Tenants::path_segment(|_| async { Ok::<_, ConfigError>(None) });
    let of_tenant = Secrets::of_tenant;
    let hashed = || {
        let sha256 = "99d75b059e03325c14b8af6df846229105f1f9a763dd8800e167e30646218b94";
        Secrets::new().sha256("1", sha256).expect("a digest")
    };
    let cases = [
        (
            builder().bearer_token(TOKEN).basic_auth("user", TOKEN),
            duplicate("header \"authorization\""),
        ),
        (
            builder()
                .header_token("Authorization", TOKEN)
                .bearer_token(TOKEN),
            duplicate("header \"authorization\""),
        ),
        (
            builder()
                .header_token("X-S", TOKEN)
                .hmac(HmacScheme::sha256("x-s", TOKEN)),
            conflict(
                "header \"x-s\"",
                [LocationUse::Token, LocationUse::Signature],
            ),
        ),
        (
            builder().path_token(TOKEN).path_token_nth_back(0, TOKEN),
            duplicate("last path segment"),
        ),
        (
            builder()
                .query_token("custom", TOKEN)
                .body_token("custom", TOKEN),
            duplicate("body field \"custom\""),
        ),
        (builder().body_token("", TOKEN), invalid("body field", "")),
        (builder().basic_auth("", TOKEN), invalid("user", "")),
        (
            builder().basic_auth("user:a-password", TOKEN),
            invalid("user", "user"),
        ),
        (
            builder().header_token("c2VjcmV0/c2VjcmV0==", "x-token"),
            invalid("header", "c2vjcmv0…"),
        ),
        (
            builder().hmac(
                HmacScheme::sha256("x-s", TOKEN)
                    .timestamp(
                        SignatureTimestamp::header("x-t")
                            .tolerance(Duration::from_secs(12 * 3600 + 1)),
                    )
                    .signed(Signed::TimestampAndContent),
            ),
            setting(
                "the time for which signature header \"x-s\" accepts a timestamp",
                SettingProblem::TooLong {
                    duration: Duration::from_secs(24 * 3600 + 3),
                    most: Duration::from_secs(24 * 3600),
                    most_setting: "replay_window",
                },
            ),
        ),
        (
            builder().query_token("token", of_tenant()),
            ConfigError::Tenants(TenantsProblem::Missing {
                guard: "query parameter \"token\"".to_owned(),
            }),
        ),
        (
            builder().hmac(HmacScheme::sha256("x-s", of_tenant())),
            ConfigError::Tenants(TenantsProblem::Missing {
                guard: "signature header \"x-s\"".to_owned(),
            }),
        ),
        (
            guarded().tenants(tenants()),
            ConfigError::Tenants(TenantsProblem::UnusedSecrets),
        ),
        (
            builder()
                .query_token("token", of_tenant().secret("1", TOKEN))
                .tenants(tenants()),
            ConfigError::Tenants(TenantsProblem::MixedSecrets {
                guard: "query parameter \"token\"".to_owned(),
            }),
        ),
        (
            builder()
                .query_token("tenant", of_tenant())
                .tenants(tenants()),
            conflict(
                "query parameter \"tenant\"",
                [LocationUse::Token, LocationUse::Tenant],
            ),
        ),
        (
            builder().path_token(of_tenant()).tenants(in_path()),
            conflict(
                "last path segment",
                [LocationUse::Token, LocationUse::Tenant],
            ),
        ),
        (
            builder()
                .query_token("token", of_tenant())
                .tenants(Tenants::query_parameter("", |_| async {
                    Ok::<_, ConfigError>(None)
                })),
            invalid("query parameter", ""),
        ),
        (
            builder()
                .query_token("token", of_tenant())
                .tenants(tenants().timeout(Duration::ZERO)),
            setting("the tenants' timeout", SettingProblem::Zero),
        ),
        (
            builder()
                .query_token("token", of_tenant())
                .tenants(tenants().cached(Duration::ZERO)),
            setting(
                "the time for which tenants are cached",
                SettingProblem::Zero,
            ),
        ),
        (
            builder()
                .query_token("token", of_tenant())
                .hmac(HmacScheme::sha256("x-s", TOKEN))
                .tenants(tenants()),
            ConfigError::Unsigned(LocationUse::Tenant),
        ),
        (
            builder().hmac(HmacScheme::sha256("x-s", hashed())),
            ConfigError::Secret {
                guard: Some("signature header \"x-s\"".to_owned()),
                secret_name: Some("1".to_owned()),
                problem: SecretProblem::HashedKey,
            },
        ),
    ];
    for (builder, error) in cases {
        let found = builder.build().err();
        assert_eq!(found.as_ref(), Some(&error));
        assert!(!error.to_string().contains(TOKEN));
    }

    let key = LocationUse::Identity;
    for (field, provider) in [("cmiuuid", builder()), ("type", builder())] {
        assert_eq!(
            provider.body_token(field, TOKEN).build().err(),
            Some(conflict(
                &format!("body field {field:?}"),
                [LocationUse::Token, key]
            ))
        );
    }
    assert_eq!(
        Endpoint::builder(Voipappz::body_field("kind"))
            .body_token("kind", TOKEN)
            .build()
            .err(),
        Some(conflict("body field \"kind\"", [LocationUse::Token, key]))
    );
    let voipappz = |provider: Voipappz| Endpoint::builder(provider);
    let event = LocationUse::EventName;
    assert_eq!(
        voipappz(Voipappz::path_segment())
            .path_token(TOKEN)
            .build()
            .err(),
        Some(conflict("last path segment", [LocationUse::Token, event]))
    );
    assert_eq!(
        voipappz(Voipappz::path_segment())
            .query_token("token", of_tenant())
            .tenants(in_path())
            .build()
            .err(),
        Some(conflict("last path segment", [LocationUse::Tenant, event]))
    );

    let signed_url = HmacScheme::sha256("x-s", TOKEN).signed(Signed::TargetAndBody);
    for valid in [
        builder()
            .hmac(HmacScheme::sha256("x-s", of_tenant()))
            .tenants(tenants()),
        builder()
            .query_token("token", of_tenant())
            .hmac(signed_url)
            .tenants(tenants()),
        builder()
            .query_token("token", of_tenant())
            .hmac(HmacScheme::sha256("x-s", TOKEN))
            .tenants(tenants())
            .insecure_unsigned_event_name(),
        builder().query_token("token", hashed()),
    ] {
        assert_eq!(valid.build().err(), None);
    }
}

/// Flips each bit of a text in turn, as long as it stays text.
fn flipped(text: &str) -> impl Iterator<Item = String> {
    (0..text.len() * 8).filter_map(|bit| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(bytes).ok()
    })
}

#[test]
fn any_bit_flipped_in_body_signature_or_token_refuses() {
    let mut cases = 0;
    let mut refuses =
        |endpoint: &Endpoint<Event>, headers: &Headers, query: &str, body: Vec<u8>| {
            cases += 1;
            let head = Head::new("POST", "/", Some(query), headers);
            let received =
                now(endpoint.admit(&head, no_sleep)).and_then(|admitted| receive(admitted, body));
            let kind = refusal(received).kind();
            assert_eq!(kind, RejectionKind::Unauthenticated, "{query}");
        };

    let scheme = || HmacScheme::sha256("x-s", SECRET).prefix("v1=");
    let schemes = [
        scheme(),
        scheme().encoding(Encoding::Base64),
        scheme()
            .timestamp(SignatureTimestamp::header("x-t"))
            .signed(Signed::TimestampAndContent),
    ];
    for (index, scheme) in schemes.iter().enumerate() {
        let clock = ManualClock::new(NOW);
        let endpoint = builder().hmac(scheme.clone()).clock(clock.clone()).build();
        let endpoint = endpoint.expect("a valid endpoint");
        let signer = scheme.clone().signer().expect("a valid scheme");
        // Of many lengths, around the hash's blocks too.
        for length in (0..130).chain([560, 2000]) {
            let body: Vec<u8> = (0..length).map(|at| b'a' + (at % 26) as u8).collect();
            let head = Head::new("POST", "/", Some(""), &());
            let signed = signer.sign(&head, &body, NOW).expect("signable");
            let with = |signature: &str| {
                let mut headers = Headers::default();
                for (name, value) in &signed {
                    let (name, value) = match &**name {
                        "x-s" => ("x-s", signature),
                        _ => ("x-t", &**value),
                    };
                    headers.0.entry(name).or_default().push(value.to_owned());
                }
                headers
            };
            let signature = &signed.last().expect("a signature").1;
            let right = with(signature);
            for bit in 0..body.len() * 8 {
                let mut body = body.clone();
                body[bit / 8] ^= 1 << (bit % 8);
                refuses(&endpoint, &right, "", body);
            }
            for wrong in flipped(signature) {
                // Of a hexadecimal digit, one bit is its case.
                if index == 1 || !wrong.eq_ignore_ascii_case(signature) || !wrong.starts_with("v1=")
                {
                    refuses(&endpoint, &with(&wrong), "", body.clone());
                }
            }
        }
    }

    let none = Headers::default();
    for length in 16..64 {
        let token: String = ('!'..='~')
            .filter(|byte| !"%&+=#".contains(*byte))
            .cycle()
            .take(length)
            .collect();
        let endpoint = builder()
            .query_token("q", &*token)
            .build()
            .expect("a valid endpoint");
        for wrong in flipped(&token) {
            refuses(&endpoint, &none, &format!("q={wrong}"), CDR.into());
        }
        let endpoint = builder()
            .body_token("q", &*token)
            .build()
            .expect("a valid endpoint");
        let quote = |token: &str| serde_json::to_string(token).expect("JSON");
        for wrong in flipped(&token) {
            refuses(
                &endpoint,
                &none,
                "",
                format!(r#"{{"q":{}}}"#, quote(&wrong)).into(),
            );
        }
    }
    assert!(cases >= 100_000, "{cases}");
}
