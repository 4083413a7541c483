//! What became of the requests: [`Requests`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use callhook::observe::{Outcome, OutcomeKind};

use super::codes::{is_trouble, meaning};
use super::html::{Ago, Text};

/// Counts since the server began. They stay small: the application named endpoints and guards, and codes are callhook's
/// own, so no sender can add one.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    endpoints: BTreeMap<Box<str>, Heard>,
    codes: BTreeMap<&'static str, Count>,
}

/// When an endpoint last heard anything, in milliseconds since 1970.
#[derive(Debug, Default)]
struct Heard {
    request: Option<u64>,
    message: Option<u64>,
}

#[derive(Debug, Default)]
struct Count {
    times: u64,
    last: u64,
    /// By the endpoint, and the guard where one refused.
    by: BTreeMap<Box<str>, u64>,
}

impl Requests {
    pub(crate) fn new<'a>(endpoints: impl IntoIterator<Item = &'a str>) -> Self {
        let endpoints = endpoints.into_iter();
        Self {
            endpoints: endpoints
                .map(|name| (name.into(), Heard::default()))
                .collect(),
            codes: BTreeMap::new(),
        }
    }

    pub(crate) fn count(&mut self, outcome: &Outcome<'_>, now: u64) {
        let heard = entry(&mut self.endpoints, outcome.endpoint);
        heard.request = Some(now);
        // A copy is a sign of life of the platform, too; a stranger's request is not.
        if outcome.is_authenticated && outcome.kind != OutcomeKind::Probe {
            heard.message = Some(now);
        }
        self.count_code(outcome.code, outcome, now);
        if outcome.kind == OutcomeKind::Handled && outcome.event == Some("unrecognized") {
            self.count_code("unrecognized", outcome, now);
        }
    }

    fn count_code(&mut self, code: &'static str, outcome: &Outcome<'_>, now: u64) {
        let count = self.codes.entry(code).or_default();
        count.times += 1;
        count.last = now;
        // The guard tells what to look for.
        let by = match outcome.guard {
            Some(guard) => Cow::Owned(format!("{}: {guard}", outcome.endpoint)),
            None => Cow::Borrowed(outcome.endpoint),
        };
        *entry(&mut count.by, &by) += 1;
    }

    /// How long ago anything came, for each endpoint.
    pub(crate) fn heard_html(&self, now: u64) -> String {
        let mut html = String::new();
        for (endpoint, heard) in &self.endpoints {
            write!(html, "<li><b>{}</b> ", Text(endpoint)).unwrap_or_default();
            match (heard.message, heard.request) {
                (Some(at), _) => write!(html, "last message {}", Ago { at, now }),
                (None, Some(at)) => {
                    write!(html, "no message yet, last request {}", Ago { at, now })
                }
                (None, None) => html.write_str("nothing yet"),
            }
            .unwrap_or_default();
            html += "</li>";
        }
        html
    }

    /// How often what became of requests, what went wrong first.
    pub(crate) fn codes_html(&self, now: u64) -> String {
        if self.codes.is_empty() {
            return "<p>No request has come yet.</p>".to_owned();
        }
        let mut html = "<table><thead><tr><th scope=col>What became of them</th>\
            <th scope=col class=number>Count</th><th scope=col>Last</th></tr></thead><tbody>"
            .to_owned();
        for is_of_trouble in [true, false] {
            for (code, count) in &self.codes {
                if is_trouble(code) == is_of_trouble {
                    count.write(&mut html, code, now).unwrap_or_default();
                }
            }
        }
        html + "</tbody></table>"
    }
}

impl Count {
    fn write(&self, html: &mut String, code: &str, now: u64) -> fmt::Result {
        let class = if is_trouble(code) { "trouble" } else { "fine" };
        write!(
            html,
            "<tr class={class} data-code={code}><th scope=row><code>{code}</code> <small>{}</small> <small>",
            meaning(code)
        )?;
        for (at, (by, times)) in self.by.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(html, "{comma}{} ({times})", Text(by))?;
        }
        let last = Ago { at: self.last, now };
        write!(
            html,
            "</small></th><td class=number>{}</td><td>{last}</td></tr>",
            self.times
        )
    }
}

/// Makes a name's own text only where it is new.
fn entry<'a, T: Default>(map: &'a mut BTreeMap<Box<str>, T>, name: &str) -> &'a mut T {
    if !map.contains_key(name) {
        map.insert(name.into(), T::default());
    }
    map.entry(name.into()).or_default()
}
