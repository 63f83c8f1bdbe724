//! `schema/schema-<id>`: format.md §3, `SchemaManager.java`. A schema file is written once.

use crate::snapshot_store::MAX_JSON;
use crate::{Created, Layout, Storage};
use bytes::Bytes;
use rimon_spec::{Error, ErrorKind, Result, TableSchema};
use std::sync::Arc;
use std::time::Duration;

/// Tries of an alteration that others keep overtaking.
const ALTER_TRIES: u32 = 50;

/// The schemas of one branch of a table.
#[derive(Debug, Clone)]
pub struct SchemaStore {
    storage: Storage,
    layout: Layout,
    read: moka::sync::Cache<i64, Arc<TableSchema>>,
}

impl SchemaStore {
    /// The schemas of the branch that `layout` is of.
    pub fn new(storage: Storage, layout: Layout) -> Self {
        Self { storage, layout, read: moka::sync::Cache::new(256) }
    }

    /// Ids of all schemas, ascending.
    pub async fn ids(&self) -> Result<Vec<i64>> {
        self.storage.list_ids(&self.layout.schema_dir(), Layout::SCHEMA_PREFIX).await
    }

    /// The latest schema, `None` if there is no table.
    pub async fn latest(&self) -> Result<Option<Arc<TableSchema>>> {
        match self.ids().await?.last() {
            Some(id) => self.get(*id).await.map(Some),
            None => Ok(None),
        }
    }

    /// The latest schema as [`SchemaStore::latest`] gives it, in one round trip if it still is `guess`.
    pub async fn latest_like(&self, guess: i64) -> Result<Option<Arc<TableSchema>>> {
        let (ids, guessed) = futures::join!(self.ids(), self.get(guess));
        match (ids?.last(), guessed) {
            (Some(id), Ok(schema)) if *id == guess => Ok(Some(schema)),
            (Some(id), _) => self.get(*id).await.map(Some),
            (None, _) => Ok(None),
        }
    }

    /// All schemas, ascending.
    pub async fn all(&self) -> Result<Vec<Arc<TableSchema>>> {
        let mut schemas = Vec::new();
        for id in self.ids().await? {
            schemas.push(self.get(id).await?);
        }
        Ok(schemas)
    }

    /// The schema `id`; remembered, since schemas do not change.
    ///
    /// # Errors
    /// `NotFound`, saying which schemas there are; `Corrupt`.
    pub async fn get(&self, id: i64) -> Result<Arc<TableSchema>> {
        if let Some(schema) = self.read.get(&id) {
            return Ok(schema);
        }
        let path = self.layout.schema(id);
        let bytes = match self.storage.read_limited(&path, MAX_JSON).await {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Err(self.missing(id).await),
            Err(e) => return Err(e),
        };
        let schema = TableSchema::from_json(&bytes).map_err(|e| self.blame(e, &path))?;
        if schema.id != id {
            let message = format!("the file of schema {id} holds schema {}", schema.id);
            return Err(self.blame(Error::corrupt(message), &path));
        }
        let schema = Arc::new(schema);
        self.read.insert(id, Arc::clone(&schema));
        Ok(schema)
    }

    /// Writes `schema` under its id if that is free.
    pub async fn create(&self, schema: &TableSchema) -> Result<Created> {
        let path = self.layout.schema(schema.id);
        self.storage.create(&path, Bytes::from(schema.to_json()?)).await
    }

    /// Writes what `change` makes of the latest schema as the next one, and again from the new
    /// latest one when somebody else was faster. `change` must give the id after its base's.
    ///
    /// # Errors
    /// What `change` says; `NotFound` without a schema; `Conflict` when others keep being faster;
    /// `Unavailable` when the outcome is unknown.
    pub async fn alter<F>(&self, change: F) -> Result<Arc<TableSchema>>
    where
        F: Fn(&TableSchema) -> Result<TableSchema> + Send + Sync,
    {
        for attempt in 0..ALTER_TRIES {
            let base = self.latest().await?.ok_or_else(|| {
                Error::not_found("there is no table here").with("table", self.storage.location())
            })?;
            let next = change(&base)?;
            if next.id != base.id.saturating_add(1) {
                return Err(Error::internal("an altered schema must have the next id"));
            }
            match self.create(&next).await? {
                Created::Won => return Ok(Arc::new(next)),
                Created::Lost => pause(attempt).await,
                Created::Unknown(e) => {
                    return Err(Error::unavailable(
                        "it is not known whether the table was altered",
                    )
                    .with("schema", next.id)
                    .with_hint("look at the table's schemas before trying again")
                    .with_source(e));
                }
            }
        }
        Err(Error::conflict("others keep altering the table")
            .with("table", self.storage.location()))
    }

    fn blame(&self, error: Error, path: &str) -> Error {
        let error = match error.kind() {
            // The caller did nothing wrong.
            ErrorKind::Invalid => Error::corrupt("not a valid schema").with_source(error),
            _ => error,
        };
        error.with("file", path).with("table", self.storage.location())
    }

    async fn missing(&self, id: i64) -> Error {
        let ids = match self.ids().await {
            Ok(ids) => ids,
            Err(e) => return e,
        };
        let error = match (ids.first(), ids.last()) {
            (Some(first), Some(last)) => Error::not_found(format!(
                "there is no schema {id}; there are schemas {first} to {last}"
            )),
            _ => Error::not_found(format!("there is no schema {id}; the table has none")),
        };
        error.with("table", self.storage.location())
    }
}

/// Full jitter, doubling up to half a second.
async fn pause(attempt: u32) {
    let most = (5_u64 << attempt.min(7)).min(500);
    tokio::time::sleep(Duration::from_millis(rand::random_range(1..=most))).await;
}

#[cfg(test)]
mod tests;
