//! Messages for strangers, as the program prints them. What becomes of each value is tested beside the redactor.

use callhook::testing::calls::{Platform, Scenario, SimulatedCall};

use crate::support::callhook;

#[test]
fn each_line_is_redacted_and_an_unreadable_one_told_aside() {
    let call =
        SimulatedCall::new(Scenario::InboundTwoAgents, Platform::Telecmi, 7).expect("a call");
    let bodies: Vec<String> = call
        .messages()
        .iter()
        .map(|message| message.json())
        .collect();
    let input = format!("{}\n{{\"type\":\n", bodies.join("\n"));
    let arguments = ["decode", "telecmi", "--redact", "--lines"];
    let run = callhook(&arguments, &input);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert_eq!(run.stdout.lines().count(), bodies.len());
    let line = bodies.len() + 1;
    assert!(
        run.stderr
            .starts_with(&format!("line {line}: can't be read")),
        "{run:?}"
    );

    // What was printed is decoded as what was sent.
    let kinds = |input: &str| -> Vec<String> {
        let run = callhook(&["decode", "telecmi", "--json", "--lines"], input);
        let kind = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).expect("an object");
            format!("{} {}", line["kind"], line["status"])
        };
        run.stdout.lines().map(kind).collect()
    };
    assert_eq!(kinds(&run.stdout), kinds(&bodies.join("\n")));
    assert_ne!(callhook(&arguments, &input).stdout, run.stdout);
}

#[test]
fn a_seed_gives_the_same_again_and_queries_stay_queries() {
    let query = "type=cdr&cmiuuid=5202a928-07c3&status=missed&from=%2B442079460958&token=hunter2";
    let redact = |seed: &str| {
        let arguments = ["decode", "telecmi", "--redact", "--seed", seed, "--query"];
        callhook(&arguments, query).good()
    };
    let redacted = redact("1");
    assert_eq!(redacted, redact("1"));
    assert_ne!(redacted, redact("2"));
    assert!(redacted.starts_with("type=cdr&cmiuuid="), "{redacted}");
    for private in ["5202a928", "442079460958", "hunter"] {
        assert!(!redacted.contains(private), "{redacted}");
    }
}

/// The messages that were seen in the field, some of which are not valid JSON.
#[test]
fn messages_of_the_field_are_redacted_as_what_they_are() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/field.jsonl");
    let lines = std::fs::read_to_string(file).expect("the messages");
    for platform in ["telecmi", "piopiy", "voipappz"] {
        let saved: Vec<String> = lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("an entry"))
            .filter(|entry: &serde_json::Value| entry["provider"] == platform)
            .flat_map(|entry| saved(&entry))
            .collect();
        assert!(!saved.is_empty(), "{platform}");
        let input = saved.join("\n");
        let redacted = callhook(&["decode", platform, "--redact", "--lines"], &input);
        let before = natures(platform, &input);
        assert_eq!(
            before
                .iter()
                .filter(|nature| nature.contains("code"))
                .count(),
            0
        );
        assert_eq!(
            natures(platform, &redacted.stdout),
            before,
            "{}",
            redacted.stdout
        );
    }
}

/// An entry's messages, each as a saved request.
fn saved(entry: &serde_json::Value) -> Vec<String> {
    let path = format!("/{}", entry["event_path"].as_str().unwrap_or("calls"));
    let messages = entry["messages"].as_array().expect("messages");
    let body = |message: &serde_json::Value| match message.as_str() {
        Some(text) => text.to_owned(),
        None => message.to_string(),
    };
    messages
        .iter()
        .map(|message| {
            serde_json::json!({"method": "POST", "path": path, "body": body(message)}).to_string()
        })
        .collect()
}

/// What has to be the same of each message.
fn natures(platform: &str, input: &str) -> Vec<String> {
    let run = callhook(&["decode", platform, "--json", "--lines"], input);
    let nature = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).expect("an object");
        let names = |field: &str| -> Vec<String> {
            let object = line[field].as_object();
            object
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone())
                .collect()
        };
        let told = [
            &line["kind"],
            &line["status"],
            &line["unrecognized"],
            &line["unchecked"],
            &line["error"],
        ];
        format!(
            "{told:?} {:?} {:?}",
            names("event"),
            names("not_understood")
        )
    };
    run.stdout.lines().map(nature).collect()
}

/// Wherever a sender puts it: fields differ in what of them stays.
#[test]
fn a_phone_number_in_any_documented_field_does_not_survive() {
    // Every name that the program knows, and one that it doesn't.
    let source = include_str!("../../src/platform.rs");
    let is_name = |text: &&str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let names: Vec<&str> = source
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(is_name)
        .chain(["other"])
        .collect();
    for known in [
        "time",
        "answeredsec",
        "call_rate",
        "start_at",
        "created_at",
        "status",
    ] {
        assert!(names.contains(&known), "{known}");
    }
    let texts = [
        "442079460958",
        "+442079460958",
        "9876543210",
        "4915112345678",
        "02079460958",
        "+44 20 7946 0958",
        "+44-20-7946-0958",
        "(020) 7946 0958",
        "020.7946.0958",
        "4420.7946.0958",
        "4420.79460958",
        "44:20:79:46:09:58",
        "4420:79:46.0958",
        "2079-46-0958",
        "2024-12-02 4420 7946 0958",
        "2024-12-02T44:20:79.46-09:58",
    ];
    let numbers = [
        "442079460958",
        "9876543210",
        "4915112345678",
        "4420.79460958",
        "-442079460958",
        "442079460958.0",
    ];
    let texts = texts.map(|text| serde_json::Value::from(text).to_string());
    let values: Vec<&str> = texts.iter().map(|text| &**text).chain(numbers).collect();
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    for platform in ["telecmi", "piopiy", "voipappz"] {
        let bodies: Vec<(&str, &str)> = names
            .iter()
            .flat_map(|name| values.iter().map(move |value| (*name, *value)))
            .collect();
        let lines: Vec<String> = bodies
            .iter()
            .map(|(name, value)| format!("{{\"{name}\":{value}}}"))
            .collect();
        let redacted = callhook(
            &["decode", platform, "--redact", "--lines"],
            lines.join("\n"),
        )
        .good();
        assert_eq!(redacted.lines().count(), lines.len());
        for ((name, value), line) in bodies.iter().zip(redacted.lines()) {
            let number = digits(value);
            // The day of a moment is moved; what is behind it must not be left.
            let number = number.strip_prefix("20241202").unwrap_or(&number);
            assert!(line.starts_with(&format!("{{\"{name}\":")), "{line}");
            assert!(
                !digits(line).contains(number),
                "{platform} {name} {value}: {line}"
            );
        }
    }
}
