//! Tokens of the URL.

use callhook::request::Head;
use callhook::{Endpoint, RejectionKind};

use crate::fields::Fields;
use crate::model::{Content, form};
use crate::request::{Got, SECRET, send, with_secret};

/// The first byte chooses where the tokens are; the rest is path and query, with `@` for the secret.
///
/// The request passes if and only if the model sees every token in its place, once. What is passed inwards is the rest,
/// to the byte.
pub fn strip(input: &[u8]) {
    let Some((choice, target)) = input.split_first() else {
        return;
    };
    let target = with_secret(target);
    let Ok(target) = std::str::from_utf8(&target) else {
        return;
    };
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let choice = usize::from(*choice) % PLACES.len();
    let places = PLACES[choice];
    let endpoint = ENDPOINTS.with(|endpoints| endpoints[choice].clone());

    let head = Head::new("POST", path, query, &());
    let is_refused = match send(&endpoint, &head, b"{}") {
        Got::Probe => panic!("a POST is not a probe"),
        Got::Verified(verified) => {
            assert_eq!(verified.strip(path, query), expected(places, path, query));
            false
        }
        Got::Refused(rejection) => {
            assert_eq!(rejection.kind(), RejectionKind::Unauthenticated);
            assert!(!rejection.is_authenticated());
            assert!(!rejection.to_string().contains(SECRET));
            true
        }
    };
    assert_eq!(
        is_refused,
        !places.iter().all(|place| place.has_token(path, query))
    );
}

/// Where a token is in a URL.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Query(&'static str),
    Path { after: usize },
}

const PLACES: [&[Place]; 6] = [
    &[Place::Query("token")],
    &[Place::Path { after: 0 }],
    &[Place::Path { after: 1 }],
    &[Place::Query("token"), Place::Query("t")],
    &[Place::Query("token"), Place::Path { after: 0 }],
    &[Place::Path { after: 0 }, Place::Path { after: 2 }],
];

impl Place {
    /// Whether the secret is there, and once.
    pub(crate) fn has_token(self, path: &str, query: Option<&str>) -> bool {
        match self {
            Self::Query(name) => {
                let pairs = form::pairs(query.unwrap_or_default());
                let named: Vec<_> = pairs.iter().filter(|pair| pair.is_named(name)).collect();
                let value = |pair: &form::Pair<'_>| form::decoded(pair.value, form::Plus::IsSpace);
                matches!(*named, [pair] if value(pair).as_deref() == Some(SECRET))
            }
            Self::Path { after } => {
                let Some(index) = segment(path, after) else {
                    return false;
                };
                // In a path a `+` is itself.
                let segment = path.split('/').nth(index).expect("it was counted");
                let escaped = segment.replace('+', "%2B");
                form::decoded(&escaped, form::Plus::IsSpace).as_deref() == Some(SECRET)
            }
        }
    }
}

/// Which piece of the path has so many after it, a slash at the end left out of account.
fn segment(path: &str, after: usize) -> Option<usize> {
    let pieces: Vec<&str> = path.split('/').collect();
    let is_empty = |piece: &&str| piece.is_empty();
    let count = pieces.len() - usize::from(pieces.len() > 1 && pieces.last().is_some_and(is_empty));
    let index = count.checked_sub(after + 1)?;
    (!pieces[index].is_empty()).then_some(index)
}

/// What is to be passed inwards: with `***` for each segment that is a token, and without the parameters that are.
fn expected(places: &[Place], path: &str, query: Option<&str>) -> Option<String> {
    let pieces: Vec<&str> = path.split('/').collect();
    let mut tokens = Vec::new();
    for place in places {
        if let Place::Path { after } = place {
            tokens.push(pieces[segment(path, *after).expect("the token is there")]);
        }
    }
    let hide = |piece: &&str| if tokens.contains(piece) { "***" } else { piece }.to_owned();
    let path_left = pieces.iter().map(hide).collect::<Vec<_>>().join("/");

    let is_token = |pair: &form::Pair<'_>| {
        let names = |place: &Place| matches!(place, Place::Query(name) if pair.is_named(name));
        places.iter().any(names)
    };
    let query = query.unwrap_or_default();
    let kept: Vec<_> = form::pairs(query)
        .into_iter()
        .filter(|pair| !is_token(pair))
        .collect();
    let query_left = if kept.len() == form::pairs(query).len() {
        query.to_owned()
    } else {
        kept.iter()
            .map(|pair| pair.whole)
            .collect::<Vec<_>>()
            .join("&")
    };
    if path_left == path && query_left == query {
        return None;
    }
    Some(match &*query_left {
        "" => path_left,
        query => format!("{path_left}?{query}"),
    })
}

thread_local! {
    static ENDPOINTS: Vec<Endpoint<Content>> = PLACES.iter().map(|places| {
        let builder = Endpoint::builder(Fields { reads_templates: false });
        let with = |builder: callhook::EndpointBuilder<Content>, place: &Place| match place {
            Place::Query(name) => builder.query_token(*name, SECRET),
            Place::Path { after } => builder.path_token_nth_back(*after, SECRET),
        };
        let builder = places.iter().fold(builder, with);
        builder.insecure_no_replay_protection().build().expect("a valid endpoint")
    }).collect();
}
