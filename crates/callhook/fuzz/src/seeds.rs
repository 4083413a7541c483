//! What the fuzzer starts from: documented messages, and what each target adds to them.

use callhook::testing::{Sample, corpus};

use crate::signature::NOW;

/// Seeds for a target, none for one that there isn't.
#[must_use]
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        "telecmi" | "piopiy" | "voipappz" => of_samples(|sample| {
            let is_its_own = sample.provider() == target;
            let texts = is_its_own.then(|| [sample.json(), sample.query()]);
            texts
                .into_iter()
                .flatten()
                .map(String::into_bytes)
                .collect()
        }),
        "form" => with(
            of_samples(|sample| vec![sample.query().into(), in_a_form(sample).into()]),
            FORMS
                .iter()
                .map(ToString::to_string)
                .chain(COUNTS.map(|count| "a=1&".repeat(count))),
        ),
        "json" => with(
            of_samples(|sample| vec![sample.json().into()]),
            JSON.iter()
                .map(ToString::to_string)
                .chain(COUNTS.map(object)),
        ),
        "template" => with(
            of_samples(templates),
            TEMPLATES.iter().map(ToString::to_string),
        ),
        "cut" => of_samples(with_a_body_token),
        "strip" => of_samples(with_tokens_in_the_url),
        "forwarding" => FORWARDED.iter().map(|seed| seed.to_vec()).collect(),
        "signature" => signatures(),
        "memory_store" => (0..64).map(steps).collect(),
        "endpoint" => of_samples(requests).into_iter().chain(refused()).collect(),
        _ => Vec::new(),
    }
}

fn of_samples(seeds: impl Fn(&Sample) -> Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    corpus().iter().flat_map(seeds).collect()
}

fn with(mut seeds: Vec<Vec<u8>>, others: impl Iterator<Item = String>) -> Vec<Vec<u8>> {
    seeds.extend(others.map(String::into_bytes));
    seeds
}

/// With so many fields.
fn object(fields: usize) -> String {
    format!("{{{}}}", vec!["\"a\":1"; fields].join(","))
}

/// As the only field of a form.
fn in_a_form(sample: &Sample) -> String {
    format!("payload={}", escaped(&sample.json()))
}

fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

fn templates(sample: &Sample) -> Vec<Vec<u8>> {
    let json = sample.json();
    vec![
        json.replacen('}', ",}", 1).into(),
        json.replace(':', ":0").replace(":0\"", ":\"").into(),
        format!("// a comment\n{}", json.replace(',', ", // another \"\n")).into(),
        json.replace(":\"", ":")
            .replace("\",", ",")
            .replace("\"}", "}")
            .into(),
        json.replace(":\"", ":\"{{").replace("\",", "}}\",").into(),
    ]
}

fn with_a_body_token(sample: &Sample) -> Vec<Vec<u8>> {
    let sample = sample.clone().with("custom", "@");
    let form = sample.query().replace("%40", "@");
    [
        (0, sample.json()),
        (0, form.clone()),
        (0, in_a_form(&sample).replace("%40", "@")),
        (1, form),
        (1, in_a_form(&sample).replace("%40", "@")),
        (2, sample.json().replacen('}', ", // more\n}", 1)),
        (2, sample.json().replace("\"@\"", " @ // custom\n")),
        (2, sample.json().replace(":null", ":").replace("\"@\"", "@")),
    ]
    .map(|(flags, text)| [&[flags], text.as_bytes()].concat())
    .into()
}

fn with_tokens_in_the_url(sample: &Sample) -> Vec<Vec<u8>> {
    let query = sample.query();
    [
        (0, format!("/hook?token=@&{query}")),
        (1, format!("/hook/@/?{query}")),
        (2, format!("/hook/@/{}?a", sample.provider())),
        (3, format!("/hook?t=@&{query}&%74oken=@")),
        (4, format!("/hook/@?token=@&&{query}")),
        (5, "/hook/@/a/@".to_owned()),
    ]
    .map(|(places, target)| [&[places], target.as_bytes()].concat())
    .into()
}

fn requests(sample: &Sample) -> Vec<Vec<u8>> {
    let (json, query) = (sample.json(), sample.query());
    let with_token = sample.clone().with("custom", "@");
    let basic = "authorization:Basic dXNlcjoxMjM0NTY3ODkwMTIzNDU2";
    vec![
        request(
            [0, 0],
            "POST",
            "/hook?token=@",
            &json,
            &["content-type:application/json"],
        ),
        request([0, 3], "GET", &format!("/hook?token=@&{query}"), "", &[]),
        request(
            [1, 1],
            "POST",
            "/hook",
            &json,
            &["x-token:@", "x-forwarded-for:192.0.2.1, 198.51.100.7"],
        ),
        request([2, 0], "POST", "/hook/@", &query, &["content-length:9"]),
        request([3, 0], "POST", "/hook", &with_token.json(), &[]),
        request([3, 0], "GET", &format!("/hook?{}&custom=@", query), "", &[]),
        request([4, 0], "POST", "/hook", &json, &["authorization:Bearer @"]),
        request([5, 0], "HEAD", "/hook", "", &[basic]),
        request(
            [5, 0],
            "POST",
            "/hook",
            &json,
            &[basic, "content-encoding:identity"],
        ),
    ]
}

/// What the guards are to refuse.
fn refused() -> Vec<Vec<u8>> {
    vec![
        request([0, 0], "PUT", "/hook?token=@", "{}", &[]),
        request([2, 0], "DELETE", "/hook/@", "", &[]),
        request([0, 2], "POST", "/hook?token=@", "{}", &[]),
        request(
            [0, 1],
            "POST",
            "/hook?token=@",
            "{}",
            &["x-forwarded-for:198.51.100.7, 192.0.2.1"],
        ),
        request(
            [0, 0],
            "POST",
            "/hook?token=@",
            "{}",
            &["content-length:2049"],
        ),
        request(
            [0, 0],
            "POST",
            "/hook?token=@",
            "{}",
            &["content-encoding:gzip"],
        ),
        request(
            [0, 0],
            "POST",
            "/hook?token=@",
            "{}",
            &["content-type:multipart/form-data"],
        ),
        request(
            [0, 0],
            "POST",
            "/hook?token=@",
            &format!("a={}", "b".repeat(2047)),
            &[],
        ),
        request([0, 0], "POST", "/hook?token=@&token=@", "{}", &[]),
        request([1, 0], "POST", "/hook", "{}", &["x-token:@", "x-token:@"]),
        request(
            [3, 0],
            "POST",
            "/hook",
            r#"{"custom":"@","custom":"@"}"#,
            &[],
        ),
    ]
}

/// For the target `endpoint`.
fn request(choice: [u8; 2], method: &str, target: &str, body: &str, lines: &[&str]) -> Vec<u8> {
    let parts = [&[method, target, body], lines].concat();
    let parts = parts.iter().map(|part| part.as_bytes());
    [&choice[..]]
        .into_iter()
        .chain(parts)
        .collect::<Vec<_>>()
        .join(&0xff)
}

fn signatures() -> Vec<Vec<u8>> {
    let request = |scheme: &[u8], moment: &[u8], target: &str, body: &str, lines: &[&str]| {
        let parts = [&[target, body], lines].concat();
        let parts = parts.iter().map(|part| part.as_bytes());
        [scheme, moment]
            .into_iter()
            .chain(parts)
            .collect::<Vec<_>>()
            .join(&0xff)
    };
    let at = |seconds: i64| [&[0][..], &seconds.to_be_bytes()].concat();
    let slack = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let mut seeds = vec![
        // What GitHub, Standard Webhooks and Slack have published.
        request(
            &[0],
            &[0],
            "/",
            "Hello, World!",
            &[
                "x-hub-signature-256:sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            ],
        ),
        request(
            &[1],
            &at(1_614_265_330),
            "/",
            r#"{"test": 2432232314}"#,
            &[
                "webhook-id:msg_p5jXN8AQM9LWM0D4loKWxJek",
                "webhook-timestamp:1614265330",
                "webhook-signature:v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ],
        ),
        request(
            &[3],
            &at(1_531_420_618),
            "/",
            slack,
            &[
                "x-slack-request-timestamp:1531420618",
                "x-slack-signature:v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            ],
        ),
        // Schemes of their own.
        request(
            &[0, 9, 1, b'p', 0xfe, b'|', 0xfe, 0xfe, b'.'],
            &[0],
            "/?a=1",
            "b",
            &["s:p\x01|p\x02", "id:7"],
        ),
        request(
            &[
                7, 9, 5, b'p', 0xfe, b';', 0xfe, b't', 0xfe, b'.', 0xfe, b'-',
            ],
            &[0, 3],
            "/",
            "b",
            &["s:t\x04;p\x01", "id:7"],
        ),
        request(
            &[4, 1, 28, 0xfe, b',', 0xfe, 0xfe, b' ', 0xfe, b'\n'],
            &[1],
            "/?a",
            "",
            &["s:\x01", "time:\x04"],
        ),
    ];
    for (index, sample) in corpus().iter().enumerate() {
        let (body, query) = (sample.json(), sample.query());
        let moment = [u8::from(index % 3 == 0), 0];
        let target = format!("/hook?{query}");
        let target = if moment[0] == 1 { &target } else { "/hook?a=1" };
        let (preset, lines): (u8, &[&str]) = match index % 7 {
            0 => (0, &["x-hub-signature-256:sha256=\x02, sha256=\x01"]),
            1 => (
                1,
                &[
                    "webhook-id:m",
                    "webhook-timestamp:\x04",
                    "webhook-signature:v2,x v1,\x01",
                ],
            ),
            2 => (2, &["s:t=\x04,v1=\x03,v0=no"]),
            3 => (
                3,
                &[
                    "x-slack-request-timestamp:\x04",
                    "x-slack-signature:v0=\x01",
                ],
            ),
            4 => (4, &["s:\x02"]),
            5 => (5, &["s:\x01;\x02", "time:\x04", "id:a:b"]),
            _ => (6, &["s:\x01", "time:0"]),
        };
        seeds.push(request(&[preset], &moment, target, &body, lines));
    }
    for count in [8, 9] {
        let line = format!(
            "x-hub-signature-256:{}",
            ["sha256=\x01"; 9][..count].join(",")
        );
        seeds.push(request(&[0], &[0], "/", "{}", &[&line]));
    }
    seeds.push(request(
        &[6],
        &at(NOW - 10_000),
        "/",
        "",
        &["s:\x01", "time:18446744073709551615"],
    ));
    seeds
}

/// Steps drawn from a generator, the same each time.
fn steps(seed: u64) -> Vec<u8> {
    let mut state = seed + 1;
    let mut byte = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let capacity = if seed.is_multiple_of(2) {
        0
    } else {
        1 + byte() % 16
    };
    let steps = (0..40 << (seed % 4)).map(|_| byte());
    [capacity].into_iter().chain(steps).collect()
}

const FORMS: &[&str] = &[
    "a=1&&b=%2B44+1&c=+44&%zz=%&=x",
    "payload= {\"a\":[1, 2],\"b\":\"+1\"} ",
    "a=%ff&b=1",
    "\u{feff} a=1 ",
];

const JSON: &[&str] = &[
    "{\"a\":\"b\nc\\n\u{0}\",\"d\te\":[\"\r\"]}",
    "{}",
    "[]",
    "[ {\"a\":[[]]}, 1 ]",
    r#"{"a":"\ud83d\ude00\ud800\u0041\"\\\/\b\f\n\r\t","b":-0.5e+10,"c":null,"d":true,"e":false}"#,
    r#"{ "\u0061" : { "x y" : [ 1 , " " ] } , "a" : "" }"#,
    r#"{"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"#,
];

const TEMPLATES: &[&str] = &[
    r#"{"destination":039000000, "a":[01,00,0,],}"#,
    "// first\n[1,2,] // last",
    "payload={\"a\":01,}",
    "{\"a\":\"//\",/ \"b\":1 // x\r}",
    "{\"a\":+972 50,\"b\":,\"c\":https://a.b//c // d\n,\"e\":x[1],\"f\":\"g\n\t\u{1}h\",\"i\":60// j\n}",
    "{\"a\":{{b}},\"c\":{{{ d, e }}} f,\"g\":[{{h}} ,*72,],\"i\":}",
];

const FORWARDED: &[&[u8]] = &[
    b"\x00\x00198.51.100.1",
    b"\x00\x00garbage, 198.51.100.1, 10.2.3.4",
    b"\x00\x01203.0.113.9, 198.51.100.1 \n 10.2.3.4\n[fd00::1]:443, \"10.9.9.9:80\"",
    b"\x00\x02::ffff:198.51.100.1,::ffff:10.1.1.1",
    b"\x00\x03198.51.100.1",
    b"\x00\x05198.51.100.1",
    b"\x00\x00[2001:db8::1%5]:80",
    b"\x01\x00for=203.0.113.9;proto=https, For=\"198.51.100.1:80\";by=10.0.0.9;host=\"a,b;c\"",
    b"\x01\x01for=203.0.113.9\nproto=http;for=198.51.100.1\nfor=10.3.3.3",
    b"\x01\x00for=\"[2001:db8::1]:4711\", for=_hidden",
    b"\x01\x00for=198.51.100.1;host=\"a\\\"b\"",
    b"\x01\x00for=198.51.100.1;for=203.0.113.9",
    b"\x02\x00198.51.100.1",
    b"\x02\x00198.51.100.1\n198.51.100.1",
    b"\x02\x04198.51.100.1, 10.0.0.1",
];

/// One field less than there may be, as many, and one more.
const COUNTS: [usize; 3] = [511, 512, 513];
