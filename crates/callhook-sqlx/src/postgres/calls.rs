//! Calls in Postgres: an advisory lock for each id, then a lock on each call's row, both in a fixed order.

use std::collections::BTreeSet;
use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, Row as _, SqlStr};

use crate::calls::backend::{Asked, CallBackend, CallTexts, Found, Id, Only, Row};
use crate::calls::cursor::{Kind, Place};
use crate::calls::lock::id_lock;
use crate::statements::postgres::calls as statements;

impl CallBackend for Postgres {
    const KIND: Kind = Kind::Postgres;

    const CALL_TEXTS: CallTexts<&'static str> = CallTexts {
        lock: statements::LOCK,
        known: statements::KNOWN,
        parts: statements::PARTS,
        only: statements::ONLY,
        insert: statements::INSERT,
        update: statements::UPDATE,
        index: statements::INDEX,
        move_ids: statements::MOVE_IDS,
        move_keys: statements::MOVE_KEYS,
        add_key: "",
        trim_keys: statements::TRIM_KEYS,
        delete: statements::DELETE,
        resolve: statements::RESOLVE,
        by_key: statements::BY_KEY,
        by_id: statements::BY_ID,
        open: statements::OPEN,
        latest: statements::LATEST,
        quiet: statements::QUIET,
        horizon: statements::HORIZON,
        changed: statements::CHANGED,
        prune: statements::PRUNE,
        erase: statements::ERASE,
    };

    async fn lock(
        connection: &mut PgConnection,
        texts: &CallTexts,
        ids: &[Id],
    ) -> Result<i64, sqlx::Error> {
        let locks: BTreeSet<i64> = ids.iter().map(|id| id_lock(&id.scope, &id.id)).collect();
        let locks: Vec<i64> = locks.into_iter().collect();
        let query = sqlx::query(texts.lock.clone()).bind(locks);
        query.execute(connection).await?;
        Ok(0)
    }

    async fn known(
        connection: &mut PgConnection,
        texts: &CallTexts,
        ids: &[Id],
    ) -> Result<Vec<(Id, i64)>, sqlx::Error> {
        let rows = by_ids(connection, &texts.known, ids).await?;
        rows.iter().map(known).collect()
    }

    async fn only(
        connection: &mut PgConnection,
        texts: &CallTexts,
        ids: &[Id],
    ) -> Result<Only, sqlx::Error> {
        let mut only = Only::default();
        for row in by_ids(connection, &texts.only, ids).await? {
            match row.try_get(3)? {
                Some(call) => only.call = Some((row.try_get(2)?, call)),
                None => only.known.push(known(&row)?),
            }
        }
        Ok(only)
    }

    async fn parts(
        connection: &mut PgConnection,
        texts: &CallTexts,
        keys: &[i64],
    ) -> Result<Vec<(i64, String)>, sqlx::Error> {
        let query = sqlx::query_as(texts.parts.clone()).bind(keys);
        query.fetch_all(connection).await
    }

    async fn insert(
        connection: &mut PgConnection,
        texts: &CallTexts,
        row: &Row,
        _version: i64,
    ) -> Result<i64, sqlx::Error> {
        let query = sqlx::query_scalar(texts.insert.clone())
            .bind(&*row.scope)
            .bind(&row.call)
            .bind(row.direction)
            .bind(&row.outcome)
            .bind(&row.customer)
            .bind(&row.agent)
            .bind(row.started_at)
            .bind(row.is_over);
        query.fetch_one(connection).await
    }

    async fn update(
        connection: &mut PgConnection,
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
            .bind(version.is_some());
        query.execute(connection).await?;
        Ok(())
    }

    async fn index(
        connection: &mut PgConnection,
        texts: &CallTexts,
        key: i64,
        scope: &str,
        ids: &[String],
    ) -> Result<(), sqlx::Error> {
        let query = sqlx::query(texts.index.clone())
            .bind(key)
            .bind(scope)
            .bind(ids);
        query.execute(connection).await?;
        Ok(())
    }

    async fn absorb(
        connection: &mut PgConnection,
        texts: &CallTexts,
        key: i64,
        others: &[i64],
    ) -> Result<(), sqlx::Error> {
        for text in [&texts.move_ids, &texts.move_keys] {
            let query = sqlx::query(text.clone()).bind(key).bind(others);
            query.execute(&mut *connection).await?;
        }
        let query = sqlx::query(texts.trim_keys.clone()).bind(key);
        query.execute(&mut *connection).await?;
        let query = sqlx::query(texts.delete.clone()).bind(others);
        query.execute(connection).await?;
        Ok(())
    }

    async fn find(
        connection: &mut PgConnection,
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
        connection: &mut PgConnection,
        texts: &CallTexts,
        place: Place,
        limit: u32,
    ) -> Result<(Vec<Found>, Place), sqlx::Error> {
        let (since, key) = match place {
            Place::Moment(moment) => (moment, -1),
            Place::After(_, change, key) => (change, key),
        };
        // First, so that whoever was done by then is seen by the next statement.
        let horizon = sqlx::query_scalar(texts.horizon.clone());
        let horizon: i64 = horizon.fetch_one(&mut *connection).await?;
        let query = sqlx::query(texts.changed.clone())
            .bind(since)
            .bind(key)
            .bind(horizon)
            .bind(i64::from(limit));
        let rows = query.fetch_all(connection).await?;
        let changed = rows.iter().map(found).collect::<Result<Vec<_>, _>>()?;
        let is_full = u32::try_from(changed.len()).is_ok_and(|count| count >= limit);
        let next = match changed.last() {
            Some(last) if is_full => Place::After(Self::KIND, last.changed_at, last.key),
            // All before the horizon were told, and keys begin with 1.
            _ if horizon > since => Place::After(Self::KIND, horizon, 0),
            _ => place,
        };
        Ok((changed, next))
    }

    async fn key(
        connection: &mut PgConnection,
        text: &SqlStr,
        key: i64,
    ) -> Result<Option<i64>, sqlx::Error> {
        let query = sqlx::query_scalar(text.clone()).bind(key);
        query.fetch_optional(connection).await
    }
}

async fn by_ids(
    connection: &mut PgConnection,
    text: &SqlStr,
    ids: &[Id],
) -> Result<Vec<PgRow>, sqlx::Error> {
    let scopes: Vec<&str> = ids.iter().map(|id| &*id.scope).collect();
    let values: Vec<&str> = ids.iter().map(|id| &*id.id).collect();
    let query = sqlx::query(text.clone()).bind(scopes).bind(values);
    query.fetch_all(connection).await
}

fn known(row: &PgRow) -> Result<(Id, i64), sqlx::Error> {
    let id = Id {
        scope: Arc::from(row.try_get::<&str, _>(0)?),
        id: row.try_get(1)?,
    };
    Ok((id, row.try_get(2)?))
}

fn found(row: &PgRow) -> Result<Found, sqlx::Error> {
    Ok(Found {
        key: row.try_get(0)?,
        call: row.try_get(1)?,
        changed_at: row.try_get(2)?,
        absorbed: row.try_get(3)?,
    })
}
