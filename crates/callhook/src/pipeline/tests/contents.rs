//! Which content of a request is its message: the body, or the query.

use super::*;

/// A message of this status.
fn fields(status: &str) -> String {
    format!("type=event&cmiuuid=a&status={status}")
}

fn json(status: &str) -> String {
    format!(r#"{{"type":"event","cmiuuid":"a","status":"{status}"}}"#)
}

/// What a request's message is: its status, and what is passed inwards of its body. Or what the request is answered.
fn sent(
    endpoint: &Endpoint<Event>,
    method: &str,
    query: &str,
    body: &[u8],
    headers: &Headers,
) -> Result<(String, InnerBody), (u16, Option<String>)> {
    let query = (!query.is_empty()).then_some(query);
    let head = Head::new(method, "/hook", query, headers).body_follows(!body.is_empty());
    let body = Bytes::copy_from_slice(body);
    let verified =
        now(endpoint.admit(&head, no_sleep)).and_then(|admitted| receive(admitted, body));
    match verified {
        Ok(verified) => {
            let inner = verified.body();
            let (delivery, _claimed) = now(verified.claim()).expect("new").into_parts();
            let status = delivery
                .event()
                .status()
                .map(|status| status.as_str().to_owned());
            Ok((status.unwrap_or_default(), inner))
        }
        Err(reply) => Err(outcome::<()>(Err(reply))),
    }
}

fn unchanged(body: &str) -> InnerBody {
    InnerBody::Unchanged(Bytes::copy_from_slice(body.as_bytes()))
}

#[test]
fn the_message_is_in_the_body_if_there_is_one_and_else_in_the_query() {
    let endpoint = endpoint();
    let token = format!("token={TOKEN}");
    let with_fields = format!("{token}&{}", fields("started"));
    let body = json("hangup");
    let padded = format!("\r\n {body}");
    let in_query = |body: InnerBody| Ok(("started".to_owned(), body));
    let in_body = |body: &str| Ok(("hangup".to_owned(), unchanged(body)));
    let form = fields("hangup");
    for (method, query, body, expected) in [
        ("POST", &token, &*body, in_body(&body)),
        ("GET", &token, &body, in_body(&body)),
        ("GET", &token, &padded, in_body(&padded)),
        ("GET", &token, &form, in_body(&form)),
        // Beside fields in the query, too: a template was filled in.
        ("POST", &with_fields, &body, in_body(&body)),
        ("GET", &with_fields, &body, in_body(&body)),
        ("GET", &with_fields, "", in_query(InnerBody::Empty)),
        ("GET", &with_fields, " \r\n", in_query(InnerBody::Empty)),
        ("GET", &with_fields, "{}", in_query(InnerBody::Empty)),
        ("GET", &with_fields, " { } ", in_query(InnerBody::Empty)),
        ("GET", &with_fields, "null", in_query(InnerBody::Empty)),
        ("GET", &with_fields, "[ ]", in_query(InnerBody::Empty)),
        ("GET", &with_fields, "\"\"", in_query(InnerBody::Empty)),
        (
            "GET",
            &with_fields,
            "\u{feff}{}",
            in_query(InnerBody::Empty),
        ),
        ("POST", &with_fields, "", in_query(unchanged(""))),
        ("POST", &with_fields, " \n", in_query(unchanged(" \n"))),
        // A POST's object without fields is a message without fields.
        (
            "POST",
            &with_fields,
            "{}",
            Ok((String::new(), unchanged("{}"))),
        ),
        ("POST", &token, "", Err(told(400, "empty"))),
        ("POST", &token, "\n", Err(told(400, "empty"))),
        ("GET", &token, "{}", Ok((String::new(), unchanged("{}")))),
        ("GET", &token, "", Err(told(204, "probe"))),
        ("GET", &token, " \r\n", Err(told(204, "probe"))),
        ("GET", &token, "null", Err(told(204, "probe"))),
        ("GET", &token, "neither", Err(told(400, "malformed"))),
        ("HEAD", &with_fields, "", Err(told(204, "probe"))),
        ("POST", &String::new(), "", Err((401, None))),
        ("GET", &String::new(), &body, Err((401, None))),
    ] {
        let found = sent(
            &endpoint,
            method,
            query,
            body.as_bytes(),
            &Headers::default(),
        );
        assert_eq!(found, expected, "{method} {query} {body}");
    }
}

#[test]
fn a_get_with_a_body_is_within_the_limits_of_a_post() {
    let endpoint = guarded()
        .max_body_bytes(8)
        .build()
        .expect("a valid endpoint");
    let query = format!("token={TOKEN}");
    let none = Headers::default();
    let large = sent(&endpoint, "GET", &query, b"123456789", &none);
    assert_eq!(large, Err(told(413, "too_large")));
    for (header, status, code) in [
        (("content-length", "9"), 413, "too_large"),
        (("content-encoding", "gzip"), 415, "content_encoding"),
        (("content-type", "multipart/form-data"), 415, "multipart"),
    ] {
        let headers = Headers::of([header]);
        let refused = sent(&endpoint, "GET", &query, b"{}", &headers);
        // Before the token was looked at.
        assert_eq!(refused, Err((status, None)), "{code}");
        // What is not there is not refused.
        let without_a_body = Headers::of([("content-encoding", "gzip")]);
        let query = format!("{query}&{}", fields("started"));
        assert!(sent(&endpoint, "GET", &query, b"", &without_a_body).is_ok());
    }
}

#[test]
fn a_token_of_the_message_is_looked_for_where_the_message_is() {
    let endpoint = builder()
        .body_token("custom", TOKEN)
        .build()
        .expect("a valid endpoint");
    let none = Headers::default();
    let in_query = format!("custom={TOKEN}&{}", fields("started"));
    let in_body = json("hangup").replace('{', &format!(r#"{{"custom":"{TOKEN}","#));
    let stripped = InnerBody::Stripped(json("hangup").into());
    for (method, query, body, expected) in [
        (
            "POST",
            &*in_query,
            "",
            Ok(("started".to_owned(), unchanged(""))),
        ),
        (
            "GET",
            &in_query,
            "{}",
            Ok(("started".to_owned(), InnerBody::Empty)),
        ),
        ("GET", "", &in_body, Ok(("hangup".to_owned(), stripped))),
        // A token in the query says nothing of the body.
        ("POST", &in_query, &json("hangup"), Err((401, None))),
        ("GET", &in_query, &json("hangup"), Err((401, None))),
        ("POST", &fields("started"), "", Err((401, None))),
        ("GET", "", " ", Err((401, None))),
        (
            "GET",
            &format!("custom={TOKEN}"),
            " ",
            Err(told(204, "probe")),
        ),
        (
            "POST",
            &format!("custom={TOKEN}"),
            " ",
            Err(told(400, "empty")),
        ),
    ] {
        let found = sent(&endpoint, method, query, body.as_bytes(), &none);
        assert_eq!(found, expected, "{method} {query} {body}");
    }
    // Nor does the URL that is passed on have it.
    let head = Head::new("POST", "/", Some(&in_query), &());
    let admitted = now(endpoint.admit(&head, no_sleep)).expect("admitted");
    let verified = receive(admitted, "").expect("readable");
    let inwards = format!("/?{}", fields("started"));
    assert_eq!(verified.strip("/", Some(&in_query)), Some(inwards));
}

#[test]
fn what_no_signature_covers_is_no_message() {
    let secret = "It's a Secret to Everybody";
    let query = fields("started");
    let body = json("hangup");
    let signed = |scheme: &HmacScheme, method: &str, query: &str, body: &str| {
        let signer = scheme.clone().signer().expect("a valid scheme");
        let head = Head::new(method, "/hook", Some(query), &());
        let signed = signer.sign(&head, body.as_bytes(), NOW).expect("signable");
        Headers::of([("x-signature", &signed[0].1)])
    };
    let content = HmacScheme::sha256("x-signature", secret);
    let target = HmacScheme::sha256("x-signature", secret).signed(Signed::TargetAndBody);
    for (scheme, method, body, expected) in [
        // Signed is the query of a GET, so the body is anybody's.
        (
            &content,
            "GET",
            &*body,
            Ok(("started".to_owned(), InnerBody::Empty)),
        ),
        // Signed is the body of a POST, which is empty.
        (&content, "POST", "", Err(told(400, "empty"))),
        (
            &target,
            "GET",
            &body,
            Ok(("hangup".to_owned(), unchanged(&body))),
        ),
        (
            &target,
            "GET",
            "",
            Ok(("started".to_owned(), InnerBody::Empty)),
        ),
        (
            &target,
            "POST",
            "",
            Ok(("started".to_owned(), unchanged(""))),
        ),
    ] {
        let endpoint = builder()
            .hmac(scheme.clone())
            .build()
            .expect("a valid endpoint");
        let headers = signed(scheme, method, &query, body);
        let found = sent(&endpoint, method, &query, body.as_bytes(), &headers);
        assert_eq!(found, expected, "{method} {body}");
    }
    // Of two schemes, each over what it covers.
    let both = builder()
        .hmac(HmacScheme::sha256("x-signature", secret).signed(Signed::TargetAndBody))
        .hmac(HmacScheme::sha256("x-content", secret))
        .build()
        .expect("a valid endpoint");
    for (method, body) in [("GET", &*body), ("POST", "")] {
        let over = if method == "GET" { &query } else { body };
        let mut headers = signed(&target, method, &query, body);
        let signer = HmacScheme::sha256("x-content", secret)
            .signer()
            .expect("a valid scheme");
        let head = Head::new(method, "/hook", Some(&query), &());
        let own = if method == "GET" {
            b""
        } else {
            over.as_bytes()
        };
        let content = signer.sign(&head, own, NOW).expect("signable");
        headers.0.insert("x-content", vec![content[0].1.clone()]);
        let found = sent(&both, method, &query, body.as_bytes(), &headers);
        assert!(found.is_ok(), "{method}: {found:?}");
    }
    // Another body than the one that was signed.
    let endpoint = builder()
        .hmac(target.clone())
        .build()
        .expect("a valid endpoint");
    for (signed_body, sent_body) in [("", &*body), (&body, ""), (&body, "{}")] {
        let headers = signed(&target, "GET", &query, signed_body);
        let found = sent(&endpoint, "GET", &query, sent_body.as_bytes(), &headers);
        assert_eq!(found, Err((401, None)), "{signed_body} {sent_body}");
    }
}

#[test]
fn a_body_is_read_in_the_charset_that_it_declares() {
    let offered = Arc::new(Mutex::new(Vec::new()));
    let keeping = |builder: EndpointBuilder<Event>| {
        let offered = Arc::clone(&offered);
        let keep = move |bytes: &[u8], why: &Unreadable| {
            let mut offered = offered.lock().expect("unpoisoned");
            offered.push((bytes.to_vec(), why.kind()));
        };
        builder
            .on_unreadable(keep)
            .build()
            .expect("a valid endpoint")
    };
    let endpoint = keeping(builder().body_token("custom", TOKEN));
    let hebrew = Headers::of([("content-type", "application/json; charset=windows-1255")]);
    let utf_16 = Headers::of([("content-type", "application/json; charset=utf-16le")]);
    let form = Headers::of([(
        "content-type",
        "application/x-www-form-urlencoded; charset=windows-1255",
    )]);
    let text = |token: &str, status: &str| {
        format!(r#"{{{token}"type":"event","cmiuuid":"a","status":"{status}"}}"#)
    };
    let token = format!(r#""custom":"{TOKEN}","#);
    let single = |text: &str| {
        let byte = |char| if char == '\u{5e9}' { 0xf9 } else { char as u8 };
        text.chars().map(byte).collect::<Vec<u8>>()
    };
    let wide = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let word = "\u{5e9}";
    let stripped = |bytes: Vec<u8>| Ok((word.to_owned(), InnerBody::Stripped(bytes.into())));
    for (headers, body, expected) in [
        (
            &hebrew,
            single(&text(&token, word)),
            stripped(single(&text("", word))),
        ),
        (
            &utf_16,
            wide(&text(&token, word)),
            stripped(wide(&text("", word))),
        ),
        (
            &form,
            format!("custom={TOKEN}&type=event&cmiuuid=a&status=%F9").into_bytes(),
            stripped(b"type=event&cmiuuid=a&status=\xf9".to_vec()),
        ),
        // Half a character, of a sender that has not authenticated.
        (
            &utf_16,
            [wide(&text(&token, word)), vec![0]].concat(),
            Err((401, None)),
        ),
    ] {
        let found = sent(&endpoint, "POST", "", &body, headers);
        assert_eq!(found, expected, "{}", body.escape_ascii());
    }

    let endpoint = keeping(guarded());
    let query = format!("token={TOKEN}");
    let half = [wide(&text("", word)), vec![0]].concat();
    let latin = single(&text("", word));
    for (headers, body) in [(&utf_16, &half), (&Headers::default(), &latin)] {
        let found = sent(&endpoint, "POST", &query, body, headers);
        assert_eq!(found, Err(told(400, "malformed")));
    }
    let offered = offered.lock().expect("unpoisoned").clone();
    assert_eq!(
        offered,
        [
            (half, UnreadableKind::Malformed),
            (latin, UnreadableKind::Malformed)
        ]
    );
}

#[test]
fn on_a_signed_endpoint_an_unsigned_content_type_changes_nothing() {
    let endpoint = builder()
        .hmac(HmacScheme::sha256("x-signature", TOKEN))
        .build()
        .expect("a valid endpoint");
    let signer = HmacScheme::sha256("x-signature", TOKEN)
        .signer()
        .expect("a valid scheme");
    let body = b"{\"type\":\"cdr\",\"cmiuuid\":\"a\",\"status\":\"missed\",\"user\":\"\xf9\xec\"}";
    let signed = signer.sign(&Head::new("POST", "/", None, &()), body, NOW);
    let signature = &signed.expect("signable")[0].1;
    for charset in ["windows-1255", "koi8-r", "latin1"] {
        let content_type = format!("application/json; charset={charset}");
        let headers = Headers::of([("x-signature", signature), ("content-type", &content_type)]);
        let found = sent(&endpoint, "POST", "", body, &headers);
        assert_eq!(found, Err(told(400, "malformed")), "{charset}");
    }
}
