//! `--set FIELD=VALUE`.

use std::str::FromStr;

use serde_json::Value;

/// A field, and what it is set to: JSON where the value is JSON, else text.
#[derive(Clone, Debug)]
pub(crate) struct SetField {
    pub(crate) name: String,
    pub(crate) value: Value,
}

impl FromStr for SetField {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or("FIELD=VALUE was expected")?;
        // Phone numbers and ids stay text where a number would lose figures.
        let value = serde_json::from_str(value)
            .ok()
            .filter(|json: &Value| !json.is_f64())
            .unwrap_or_else(|| Value::from(value));
        Ok(Self {
            name: name.to_owned(),
            value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_json_where_it_can_be() {
        let value = |text: &str| text.parse::<SetField>().map(|set| set.value.to_string());
        assert_eq!(value("a=42").as_deref(), Ok("42"));
        assert_eq!(value("a=missed").as_deref(), Ok(r#""missed""#));
        assert_eq!(value(r#"a="42""#).as_deref(), Ok(r#""42""#));
        assert_eq!(
            value("a=123456789012345678901234567890").as_deref(),
            Ok(r#""123456789012345678901234567890""#)
        );
        assert_eq!(value("a=b=c").as_deref(), Ok(r#""b=c""#));
        assert_eq!(value("=1"), Err("FIELD=VALUE was expected".to_owned()));
    }
}
