//! Tokens that are fields of the message.

use callhook::payload::UnreadableKind;
use callhook::request::Head;
use callhook::{Endpoint, RejectionKind};

use crate::fields::Fields;
use crate::model::{self, Content, Grammar, Read, form};
use crate::request::{Got, SECRET, ready, send, with_secret};

/// The first byte says whether it is a GET's query or a POST's body, and in which grammar; the rest is the message,
/// with `@` for the secret.
///
/// A message that the model can read passes if and only if the token is in it once, and the others are its fields then.
/// Nothing that passes has a field of the token's name left.
pub fn cut(input: &[u8]) {
    let Some((flags, message)) = input.split_first() else {
        return;
    };
    let message = with_secret(message);
    let is_get = flags & 1 == 1;
    let grammar = match flags & 2 {
        0 => Grammar::Strict,
        _ => Grammar::Template,
    };
    let Ok(text) = std::str::from_utf8(&message) else {
        assert_eq!(passed(&message, grammar), Outcome::Refused);
        return;
    };
    let (outcome, original) = if is_get {
        (
            passed_query(text, grammar),
            form::query(text, Grammar::Strict),
        )
    } else {
        (passed(&message, grammar), model::body(&message, grammar))
    };
    if let Outcome::Read(content) = &outcome {
        assert!(content.fields.iter().all(|field| field.name != FIELD));
    }
    // White space around it is not part of a body, but is part of a query.
    let text = if is_get {
        text
    } else {
        model::trim(text.strip_prefix('\u{feff}').unwrap_or(text))
    };
    match expected(text, is_get, grammar, original) {
        Some(Expected::Refused) => assert_eq!(outcome, Outcome::Refused),
        Some(Expected::Passes(Ok(content))) => assert_eq!(outcome, Outcome::Read(content)),
        Some(Expected::Passes(Err(kind))) => assert_eq!(outcome, Outcome::Unreadable(kind)),
        None => {}
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Refused,
    Unreadable(UnreadableKind),
    Read(Content),
}

fn passed(body: &[u8], grammar: Grammar) -> Outcome {
    outcome(&Head::new("POST", "/hook", None, &()), body, grammar)
}

fn passed_query(query: &str, grammar: Grammar) -> Outcome {
    outcome(&Head::new("GET", "/hook", Some(query), &()), b"", grammar)
}

fn outcome(head: &Head<'_>, body: &[u8], grammar: Grammar) -> Outcome {
    let reads_templates = grammar == Grammar::Template;
    let endpoint = ENDPOINTS.with(|endpoints| endpoints[usize::from(reads_templates)].clone());
    match send(&endpoint, head, body) {
        // Nothing but the token.
        Got::Probe => Outcome::Read(Content::default()),
        Got::Refused(rejection) => match rejection.kind() {
            RejectionKind::Unauthenticated => Outcome::Refused,
            RejectionKind::Unreadable => Outcome::Unreadable(unreadable_kind(rejection.code())),
            other => panic!("{other:?}"),
        },
        Got::Verified(verified) => {
            let (delivery, _claimed) = ready(verified.claim()).expect("new").into_parts();
            Outcome::Read(delivery.event().clone())
        }
    }
}

fn unreadable_kind(code: &str) -> UnreadableKind {
    match code {
        "empty" => UnreadableKind::Empty,
        "malformed" => UnreadableKind::Malformed,
        "too_many_fields" => UnreadableKind::TooManyFields,
        "too_deep" => UnreadableKind::TooDeep,
        other => panic!("{other}"),
    }
}

enum Expected {
    Refused,
    Passes(Read),
}

/// `None` where the message is broken: whoever knows the secret may send that, and what is read of it is theirs.
fn expected(text: &str, is_get: bool, grammar: Grammar, original: Read) -> Option<Expected> {
    let original = original.ok()?;
    let is_form = is_get || !begins_as_json(text);
    let pairs = if is_form {
        form::pairs(text)
    } else {
        Vec::new()
    };
    let is_token = |pair: &form::Pair<'_>| pair.is_named(FIELD);
    let (tokens, others): (Vec<form::Pair<'_>>, Vec<_>) = pairs.iter().copied().partition(is_token);
    if let [_] = *pairs {
        let value = form::decoded(pairs[0].value, form::Plus::IsSpace)?;
        // An object with a form around it, or half of one.
        if value.contains('{') {
            let grammar = if is_get { Grammar::Strict } else { grammar };
            let object = model::trim(&value);
            let is_object = object.starts_with('{') && model::json(object, grammar).is_ok();
            is_object.then_some(())?;
            return Some(match fields(original, tokens.is_empty()) {
                None => Expected::Refused,
                Some(rest) => Expected::Passes(Ok(rest)),
            });
        }
    }
    if !is_form {
        return Some(match fields(original, true) {
            None => Expected::Refused,
            Some(rest) => Expected::Passes(Ok(rest)),
        });
    }
    let Some(rest) = fields(original, true) else {
        return Some(Expected::Refused);
    };
    if others.is_empty() {
        let empty = if is_get {
            Ok(rest)
        } else {
            Err(UnreadableKind::Empty)
        };
        return Some(Expected::Passes(empty));
    }
    if let [only] = &*others {
        // What was one field of two is the whole message now, and a message may be an object.
        let value = form::decoded(only.value, form::Plus::IsSpace)?;
        if value.contains('{') {
            let grammar = if is_get { Grammar::Strict } else { grammar };
            let read = form::query(only.whole, grammar).ok()?;
            let is_object = read.fields != rest.fields;
            let is_given_twice = read.fields.iter().any(|field| field.name == FIELD);
            return match (is_object, is_given_twice) {
                (true, true) => Some(Expected::Refused),
                (true, false) => Some(Expected::Passes(Ok(read))),
                (false, _) => None,
            };
        }
    }
    Some(Expected::Passes(Ok(rest)))
}

/// The fields without the token, if it is there once.
fn fields(original: Content, may_pass: bool) -> Option<Content> {
    let tokens: Vec<_> = original
        .fields
        .iter()
        .filter(|field| field.name == FIELD)
        .collect();
    match *tokens {
        [token] if token.text == SECRET && may_pass => Some(original.without(FIELD)),
        _ => None,
    }
}

fn begins_as_json(text: &str) -> bool {
    let text = model::trim(text.strip_prefix('\u{feff}').unwrap_or(text));
    text.starts_with(['{', '[']) || text.starts_with("//")
}

const FIELD: &str = "custom";

thread_local! {
    static ENDPOINTS: [Endpoint<Content>; 2] = [false, true].map(|reads_templates| {
        Endpoint::builder(Fields { reads_templates })
            .body_token(FIELD, SECRET)
            .insecure_no_replay_protection()
            .build()
            .expect("a valid endpoint")
    });
}
