//! New ids in messages that were sent before: [`NewIds`].

use std::fmt;

use callhook::testing::Sample;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::seed::{Choices, Seed};

/// Gives messages new ids: the same new one for the same old one, so that the legs of a call still join.
///
/// A new id has the shape of the old one: figures stay figures, letters stay letters of their kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewIds(Seed);

impl NewIds {
    pub(crate) fn new(seed: Seed) -> Self {
        Self(seed)
    }

    pub(crate) fn sample(self, sample: Sample) -> Sample {
        let json = sample.json();
        let fields = Fields::read(&json).map_or_else(Vec::new, |fields| fields.0);
        let new = fields.into_iter().filter_map(|(name, value)| {
            let id = self.value(&name, value.get())?;
            Some((name, serde_json::from_str::<serde_json::Value>(&id).ok()?))
        });
        let new: Vec<_> = new.collect();
        new.into_iter()
            .fold(sample, |sample, (name, id)| sample.with(&name, id))
    }

    /// A body in JSON, all else of which stays as it is. `None` where it has no id.
    pub(crate) fn json(self, json: &str) -> Option<String> {
        let fields = Fields::read(json)?;
        let mut is_changed = false;
        let written = fields.0.iter().map(|(name, value)| {
            let id = self.value(name, value.get());
            is_changed |= id.is_some();
            let value = id.unwrap_or_else(|| value.get().to_owned());
            format!("{}:{value}", serde_json::Value::from(name.as_str()))
        });
        let written: Vec<String> = written.collect();
        is_changed.then(|| format!("{{{}}}", written.join(",")))
    }

    /// A form or a query. `None` where it has no id.
    pub(crate) fn form(self, form: &str) -> Option<String> {
        let mut is_changed = false;
        let pairs = form.split('&').map(|pair| {
            let mut read = form_urlencoded::parse(pair.as_bytes());
            let Some((name, value)) = read.next() else {
                return pair.to_owned();
            };
            if !is_id(&name) || is_nothing(&value) {
                return pair.to_owned();
            }
            is_changed = true;
            let mut written = form_urlencoded::Serializer::new(String::new());
            written.append_pair(&name, &self.id(&value));
            written.finish()
        });
        let pairs: Vec<String> = pairs.collect();
        is_changed.then(|| pairs.join("&"))
    }

    /// As JSON, where the field is an id.
    fn value(self, name: &str, json: &str) -> Option<String> {
        if !is_id(name) {
            return None;
        }
        if let Ok(text) = serde_json::from_str::<String>(json) {
            let id = (!is_nothing(&text)).then(|| self.id(&text))?;
            return Some(serde_json::Value::from(id).to_string());
        }
        let is_number = json.bytes().all(|byte| byte.is_ascii_digit());
        (is_number && !is_nothing(json)).then(|| self.id(json))
    }

    fn id(self, old: &str) -> String {
        let mut choices = Choices::of_text(self.0.0, old);
        let mut is_first = true;
        let new = old.chars().map(|letter| {
            let is_first = std::mem::replace(&mut is_first, false);
            let letters: &[u8] = match letter {
                // A number does not begin with 0.
                '0'..='9' if is_first => b"123456789",
                '0'..='9' => b"0123456789",
                'a'..='f' => b"abcdef",
                'A'..='F' => b"ABCDEF",
                'g'..='z' => b"ghijklmnopqrstuvwxyz",
                'G'..='Z' => b"GHIJKLMNOPQRSTUVWXYZ",
                other => return other,
            };
            let index = choices.bits() % letters.len() as u64;
            let chosen = usize::try_from(index)
                .ok()
                .and_then(|index| letters.get(index));
            chosen.copied().map_or(letter, char::from)
        });
        new.collect()
    }
}

/// What names a call, a leg, or the request that made a call.
fn is_id(name: &str) -> bool {
    const IDS: [&str; 5] = [
        "cmiuuid",
        "cmuuid",
        "conversation_uuid",
        "request_id",
        "uuid",
    ];
    IDS.iter().any(|id| name.eq_ignore_ascii_case(id))
}

/// A word for nothing stays one.
fn is_nothing(text: &str) -> bool {
    const WORDS: [&str; 11] = [
        "",
        "none",
        "null",
        "nil",
        "false",
        "true",
        "0",
        "undefined",
        "unknown",
        "not available",
        "n/a",
    ];
    let text = text.trim();
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The fields of an object, in their order, each with its JSON as it is.
struct Fields(Vec<(String, Box<RawValue>)>);

impl Fields {
    fn read(json: &str) -> Option<Self> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        let mut reader = serde_json::Deserializer::from_str(json);
        let fields = reader.deserialize_map(Read).ok()?;
        reader.end().ok()?;
        Some(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_old_id_gets_the_same_new_one_in_every_form_and_the_rest_stays() {
        let ids = NewIds::new(Seed(7));
        let json = r#"{"cmiuuid":"16132200-57fa-4ab5","a":[1, {"uuid":"x"}],"conversation_uuid":"16132200-57fa-4ab5","n":12345678901234567890123,"request_id":"none"}"#;
        let new = ids.json(json).expect("ids");
        let id = ids.id("16132200-57fa-4ab5");
        assert_ne!(id, "16132200-57fa-4ab5");
        assert_eq!(new, json.replace("16132200-57fa-4ab5", &id));
        let form = ids.form("token=t&cmiuuid=16132200%2D57fa-4ab5&to=%2B44&request_id=none");
        assert_eq!(
            form,
            Some(format!("token=t&cmiuuid={id}&to=%2B44&request_id=none"))
        );
        assert_ne!(id, NewIds::new(Seed(8)).id("16132200-57fa-4ab5"));
    }

    #[test]
    fn a_new_id_has_the_shape_of_the_old_one() {
        let id = NewIds::new(Seed(7)).id("0f1-Gz_9");
        let shape = |text: &str| {
            let classes = text.bytes().map(|byte| match byte {
                b'0'..=b'9' => '9',
                b'a'..=b'f' => 'a',
                b'g'..=b'z' => 'g',
                b'G'..=b'Z' => 'G',
                other => char::from(other),
            });
            classes.collect::<String>()
        };
        assert_eq!(shape(&id), "9a9-Gg_9");
    }

    #[test]
    fn what_has_no_id_is_told() {
        let ids = NewIds::new(Seed(7));
        for json in [
            "",
            "[]",
            "{",
            r#"{"type":"cdr"}"#,
            r#"{"uuid":null}"#,
            r#"{"uuid":"N/A"}"#,
            r#"{"uuid":1.5}"#,
        ] {
            assert_eq!(ids.json(json), None, "{json}");
        }
        assert_eq!(ids.form("a=b"), None);
        assert_eq!(ids.json(r#"{"uuid":12}"#).map(|json| json.len()), Some(11));
    }
}
