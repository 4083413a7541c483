//! What the tables are called, and the statements with these names in them.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::{SqlxStoreError, SqlxStoreErrorKind};

/// Names that need no quotes, so that they mean the same in every statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    schema: Option<String>,
    prefix: String,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            schema: None,
            prefix: DEFAULT_PREFIX.to_owned(),
        }
    }
}

impl Names {
    pub(crate) fn prefix(mut self, prefix: &str) -> Result<Self, SqlxStoreError> {
        self.prefix = identifier(prefix)?;
        Ok(self)
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn schema(mut self, schema: &str) -> Result<Self, SqlxStoreError> {
        self.schema = Some(identifier(schema)?);
        Ok(self)
    }

    /// A statement of this crate with the tables called by these names, and with this limit for row locks.
    pub(crate) fn statement(&self, text: &'static str, lock_timeout: Duration) -> SqlStr {
        let mut named = Cow::Borrowed(text);
        if *self != Self::default() {
            named = Cow::Owned(self.name(text));
        }
        let lock_timeout = lock_timeout.as_millis().max(1);
        if lock_timeout != LOCK_TIMEOUT.as_millis() {
            named = Cow::Owned(named.replace("'300ms'", &format!("'{lock_timeout}ms'")));
        }
        if lock_timeout < SHARED_LOCK_TIMEOUT.as_millis() {
            named = Cow::Owned(named.replace("'20ms'", &format!("'{lock_timeout}ms'")));
        }
        match named {
            Cow::Borrowed(_) => SqlStr::from_static(text),
            // Of identifiers that were looked at, and a number.
            Cow::Owned(named) => AssertSqlSafe(Arc::<str>::from(named)).into_sql_str(),
        }
    }

    fn name(&self, text: &str) -> String {
        let mut named = String::with_capacity(text.len() + 64);
        let mut rest = text;
        while let Some(at) = rest.find(TABLES) {
            let (before, found) = rest.split_at(at);
            let end = found.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let (name, after) = found.split_at(end.unwrap_or(found.len()));
            named.push_str(before);
            let name = &name[TABLES.len()..];
            // An index is in its table's schema, and is not to be told.
            match &self.schema {
                Some(schema) if !before.ends_with("create index ") => {
                    let _ = write!(named, "{schema}.");
                }
                _ => {}
            }
            let _ = write!(named, "{}_{name}", self.prefix);
            rest = after;
        }
        named.push_str(rest);
        named
    }
}

/// Of letters, digits and underscores, in lower case, which is how the databases read a name without quotes.
fn identifier(name: &str) -> Result<String, SqlxStoreError> {
    let is_first = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let is_valid = name.len() <= MAX_LENGTH
        && name.bytes().next().is_some_and(is_first)
        && name
            .bytes()
            .all(|byte| is_first(byte) || byte.is_ascii_digit());
    if is_valid {
        Ok(name.to_owned())
    } else {
        Err(SqlxStoreError::new(SqlxStoreErrorKind::InvalidName))
    }
}

/// How long a statement waits for a row that somebody has locked.
pub(crate) const LOCK_TIMEOUT: Duration = Duration::from_millis(300);

/// How long one that several share waits: then each of them asks for itself.
const SHARED_LOCK_TIMEOUT: Duration = Duration::from_millis(20);

const DEFAULT_PREFIX: &str = "callhook";

/// What all names in the statements begin with.
const TABLES: &str = "callhook_";

/// Postgres cuts names after 63 bytes, and ours have up to 20 more.
const MAX_LENGTH: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "create table callhook_replay (x int);\n\
        create index callhook_replay_until on callhook_replay (until); select set_config('lock_timeout', '300ms', true)";

    #[test]
    fn a_statement_without_names_of_its_own_is_left_as_it_is() {
        let names = Names::default().prefix("callhook").expect("a name");
        assert_eq!(names.statement(TEXT, LOCK_TIMEOUT).as_str(), TEXT);
    }

    #[test]
    fn prefix_schema_and_lock_timeout_are_put_in() {
        let names = Names::default()
            .prefix("shop_2")
            .and_then(|names| names.schema("hooks"))
            .expect("names");
        let statement = names.statement(TEXT, Duration::from_millis(20));
        let shared = "set_config('lock_timeout', '20ms', true)";
        for (limit, expected) in [(300, "'20ms'"), (40, "'20ms'"), (5, "'5ms'")] {
            let shared = names.statement(shared, Duration::from_millis(limit));
            assert!(shared.as_str().contains(expected), "{limit}");
        }
        assert_eq!(
            statement.as_str(),
            "create table hooks.shop_2_replay (x int);\n\
             create index shop_2_replay_until on hooks.shop_2_replay (until); \
             select set_config('lock_timeout', '20ms', true)"
        );
    }

    #[test]
    fn a_name_that_would_need_quotes_is_refused() {
        let long = "x".repeat(41);
        for name in ["", "1a", "a b", "a\"b", "a;b", "Shop", "é", "a.b", &long] {
            let error = Names::default().prefix(name).expect_err(name);
            assert_eq!(error.kind(), SqlxStoreErrorKind::InvalidName, "{name}");
            assert!(Names::default().schema(name).is_err(), "{name}");
        }
    }
}
