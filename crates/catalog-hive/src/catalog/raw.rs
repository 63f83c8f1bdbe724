//! Past the catalog to the metastore, for tests.

use super::HiveCatalog;
use crate::metastore::Failure;
use crate::objects::Table;
use crate::partitions;
use crate::thrift::Struct;
use rimon_catalog::Identifier;
use rimon_spec::{Error, Result};
use std::time::Duration;

impl HiveCatalog {
    /// All that the metastore says of a table.
    pub(crate) async fn raw_table(&self, database: &str, table: &str) -> Result<Struct> {
        let id = Identifier::new(database, table)?;
        match self.registered(&id).await? {
            Some(table) => Ok(table.0),
            None => Err(self.missing(&id).await),
        }
    }

    /// Registers an object as it is.
    pub(crate) async fn raw_register(&self, table: Table) -> Result<()> {
        let made = self.metastore.create_table(table).await;
        made.map_err(|e| e.into_error("not registered", self.server()))
    }

    /// A lock without signs of life.
    pub(crate) async fn raw_lock(&self, database: &str, table: &str, agent: &str) -> Result<i64> {
        let given = self.metastore.lock(database, table, agent).await;
        given.map(|(id, _)| id).map_err(|e| e.into_error("no lock", self.server()))
    }

    /// Whether a lock that is held stays ours.
    pub(crate) async fn raw_outlives(&self, time: Duration) -> Result<bool> {
        let held = self.locks.acquire("default", "outlives").await?;
        tokio::time::sleep(time).await;
        let ours = held.check().await.is_ok();
        held.release().await;
        Ok(ours)
    }

    fn raw(&self) -> impl Fn(Failure) -> Error + '_ {
        |e| e.into_error("a call of a test failed", self.server())
    }

    pub(crate) async fn raw_partitions(&self, database: &str, table: &str) -> Result<Vec<String>> {
        self.metastore.partition_names(database, table).await.map_err(self.raw())
    }

    pub(crate) async fn raw_add_partitions(
        &self,
        database: &str,
        table: &str,
        values: &[Vec<String>],
    ) -> Result<()> {
        let id = Identifier::new(database, table)?;
        let schema = self.handle(&id).await?.schema;
        partitions::add(&*self.metastore, self.options.style, (database, table), &schema, values)
            .await
    }

    pub(crate) async fn raw_partition(
        &self,
        database: &str,
        table: &str,
        values: &[&str],
    ) -> Result<Struct> {
        let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        let found = self.metastore.partition(database, table, &values).await;
        found.map(|p| p.0).map_err(self.raw())
    }

    /// Forgets a partition, or the table.
    pub(crate) async fn raw_forget(
        &self,
        database: &str,
        table: &str,
        values: Option<&[&str]>,
    ) -> Result<()> {
        let forgotten = match values {
            None => self.metastore.drop_table(database, table, false).await,
            Some(values) => {
                let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
                self.metastore.drop_partition(database, table, &values).await
            }
        };
        forgotten.map_err(self.raw())
    }
}
