//! Calls in SQLite: there is one writer, so its lock is all that is needed.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqlStr, Sqlite, SqliteConnection};

use crate::calls::backend::{Asked, CallBackend, CallTexts, Found, Id, Only, Row};
use crate::calls::cursor::{Kind, Place};
use crate::statements::sqlite::calls as statements;

impl CallBackend for Sqlite {
    const KIND: Kind = Kind::Sqlite;

    const CALL_TEXTS: CallTexts<&'static str> = CallTexts {
        lock: statements::LOCK,
        known: statements::KNOWN,
        parts: statements::PART,
        only: "",
        insert: statements::INSERT,
        update: statements::UPDATE,
        index: statements::INDEX,
        move_ids: statements::MOVE_IDS,
        move_keys: statements::MOVE_KEYS,
        add_key: statements::ADD_KEY,
        trim_keys: statements::TRIM_KEYS,
        delete: statements::DELETE,
        resolve: statements::RESOLVE,
        by_key: statements::BY_KEY,
        by_id: statements::BY_ID,
        open: statements::OPEN,
        latest: statements::LATEST,
        quiet: statements::QUIET,
        horizon: "",
        changed: statements::CHANGED,
        prune: statements::PRUNE,
        erase: statements::ERASE,
    };

    async fn lock(
        connection: &mut SqliteConnection,
        texts: &CallTexts,
        _ids: &[Id],
    ) -> Result<i64, sqlx::Error> {
        let query = sqlx::query_scalar(texts.lock.clone());
        query.fetch_one(connection).await
    }

    async fn known(
        connection: &mut SqliteConnection,
        texts: &CallTexts,
        ids: &[Id],
    ) -> Result<Vec<(Id, i64)>, sqlx::Error> {
        let mut known = Vec::new();
        for id in ids {
            let query = sqlx::query_scalar(texts.known.clone())
                .bind(&*id.scope)
                .bind(&id.id);
            let key: Option<i64> = query.fetch_optional(&mut *connection).await?;
            known.extend(key.map(|key| (id.clone(), key)));
        }
        Ok(known)
    }

    async fn only(
        connection: &mut SqliteConnection,
        texts: &CallTexts,
        ids: &[Id],
    ) -> Result<Only, sqlx::Error> {
        let known = Self::known(connection, texts, ids).await?;
        let call = match known.split_first() {
            Some(((_, key), others)) if others.iter().all(|(_, other)| other == key) => {
                Self::parts(connection, texts, &[*key]).await?.pop()
            }
            _ => None,
        };
        Ok(Only { known, call })
    }

    async fn parts(
        connection: &mut SqliteConnection,
        texts: &CallTexts,
        keys: &[i64],
    ) -> Result<Vec<(i64, String)>, sqlx::Error> {
        let mut parts = Vec::with_capacity(keys.len());
        for key in keys {
            let query = sqlx::query_scalar(texts.parts.clone()).bind(key);
            let call: Option<String> = query.fetch_optional(&mut *connection).await?;
            parts.extend(call.map(|call| (*key, call)));
        }
        Ok(parts)
    }

    async fn insert(
        connection: &mut SqliteConnection,
        texts: &CallTexts,
        row: &Row,
        version: i64,
    ) -> Result<i64, sqlx::Error> {
        let query = sqlx::query_scalar(texts.insert.clone())
            .bind(&*row.scope)
            .bind(&row.call)
            .bind(row.direction)
            .bind(&row.outcome)
            .bind(&row.customer)
            .bind(&row.agent)
            .bind(row.started_at)
            .bind(row.is_over)
            .bind(version);
        query.fetch_one(connection).await
    }

    async fn update(
        connection: &mut SqliteConnection,
        texts: &CallTexts,
        key: i64,
        row: &Row,
        version: Option<i64>,
    ) -> Result<(), sqlx::Error> {
        let query = sqlx::query(texts.update.clone())
            .bind(key)
            .bind(&row.call)
            .bind(row.direction)
            .bind(&row.outcome)
            .bind(&row.customer)
            .bind(&row.agent)
            .bind(row.started_at)
            .bind(row.is_over)
            .bind(version);
        query.execute(connection).await?;
        Ok(())
    }

    async fn index(
        connection: &mut SqliteConnection,
        texts: &CallTexts,
        key: i64,
        scope: &str,
        ids: &[String],
    ) -> Result<(), sqlx::Error> {
        for id in ids {
            let query = sqlx::query(texts.index.clone())
                .bind(key)
                .bind(scope)
                .bind(id);
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }

    async fn absorb(
        connection: &mut SqliteConnection,
        texts: &CallTexts,
        key: i64,
        others: &[i64],
    ) -> Result<(), sqlx::Error> {
        for other in others {
            for text in [&texts.move_ids, &texts.move_keys, &texts.add_key] {
                let query = sqlx::query(text.clone()).bind(key).bind(other);
                query.execute(&mut *connection).await?;
            }
            let query = sqlx::query(texts.delete.clone()).bind(other);
            query.execute(&mut *connection).await?;
        }
        let query = sqlx::query(texts.trim_keys.clone()).bind(key);
        query.execute(connection).await?;
        Ok(())
    }

    async fn find(
        connection: &mut SqliteConnection,
        text: &SqlStr,
        asked: Asked<'_>,
    ) -> Result<Vec<Found>, sqlx::Error> {
        let query = sqlx::query(text.clone());
        let query = match asked {
            Asked::Number(number) => query.bind(number),
            Asked::Numbers(one, two) => query.bind(one).bind(two),
            Asked::Id(id) => query.bind(&*id.scope).bind(&id.id),
        };
        let rows = query.fetch_all(connection).await?;
        rows.iter().map(found).collect()
    }

    async fn changed(
        connection: &mut SqliteConnection,
        texts: &CallTexts,
        place: Place,
        limit: u32,
    ) -> Result<(Vec<Found>, Place), sqlx::Error> {
        let (version, key, since) = match place {
            Place::Moment(moment) => (0, 0, moment / 1000),
            Place::After(_, version, key) => (version, key, i64::MIN),
        };
        let query = sqlx::query(texts.changed.clone())
            .bind(version)
            .bind(key)
            .bind(since)
            .bind(limit);
        let rows = query.fetch_all(connection).await?;
        let next = match rows.last() {
            Some(last) => Place::After(Self::KIND, last.try_get(4)?, last.try_get(0)?),
            None => place,
        };
        let changed = rows.iter().map(found).collect::<Result<_, _>>()?;
        Ok((changed, next))
    }

    async fn key(
        connection: &mut SqliteConnection,
        text: &SqlStr,
        key: i64,
    ) -> Result<Option<i64>, sqlx::Error> {
        let query = sqlx::query_scalar(text.clone()).bind(key);
        query.fetch_optional(connection).await
    }
}

fn found(row: &SqliteRow) -> Result<Found, sqlx::Error> {
    Ok(Found {
        key: row.try_get(0)?,
        call: row.try_get(1)?,
        changed_at: row.try_get(2)?,
        absorbed: row.try_get(3)?,
    })
}
