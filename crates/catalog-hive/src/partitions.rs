//! Partitions of tables with `metastore.partitioned-table`: `AddPartitionCommitCallback.java`,
//! `HiveCatalog.createPartitions`.

use crate::location;
use crate::metastore::{Failure, Metastore};
use crate::objects::Partition;
use crate::projection::{LOCATION_PARAMETER, Style};
use async_trait::async_trait;
use indexmap::IndexMap;
use rimon_metadata::{CommitListener, TableHandle};
use rimon_spec::manifest::{FileKind, merge_entries};
use rimon_spec::path::{escape, partition_value};
use rimon_spec::{BinaryRow, CommitKind, Error, ManifestEntry, Result, Snapshot, TableSchema};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Partitions that one call adds.
const BATCH: usize = 500;

/// The values of a partition, as text in the order of the partition keys.
pub(crate) type Values = Vec<String>;

/// Tells the metastore of new partitions after each commit.
#[derive(Debug)]
pub(crate) struct PartitionSync {
    metastore: Arc<dyn Metastore>,
    style: Style,
    /// Database and table.
    key: (String, String),
    /// The table, without listeners.
    table: TableHandle,
    /// Those that were told; a table has few of them in use at a time.
    told: moka::sync::Cache<Values, ()>,
}

impl PartitionSync {
    pub(crate) fn new(
        metastore: Arc<dyn Metastore>,
        style: Style,
        key: (String, String),
        handle: &TableHandle,
    ) -> Self {
        Self { metastore, style, key, table: handle.clone(), told: moka::sync::Cache::new(300) }
    }
}

/// The texts of a partition's values.
pub(crate) fn values_of(schema: &TableSchema, partition: &BinaryRow) -> Result<Values> {
    let options = schema.options()?;
    let fields = schema.partition_fields();
    let types: Vec<_> = fields.iter().map(|f| f.data_type.clone()).collect();
    let values = partition.decode(&types)?;
    fields.iter().zip(&values).map(|(f, v)| partition_value(f, v, &options)).collect()
}

/// Adds those of the partitions that the metastore does not have.
pub(crate) async fn add(
    metastore: &dyn Metastore,
    style: Style,
    (database, name): (&str, &str),
    schema: &TableSchema,
    all: &[Values],
) -> Result<()> {
    let what = "the partitions were not registered";
    let fail = |e: Failure| {
        e.into_error(what, metastore.servers()).with("table", format!("{database}.{name}"))
    };
    let table = metastore.table(database, name).await.map_err(fail)?;
    let Some(base) = style.location(&table) else {
        return Err(location::missing(&format!("{database}.{name}"), metastore.servers()));
    };
    let base = match table.parameters().get("data-file.path-directory") {
        Some(dir) => location::child(&base, dir),
        None => base,
    };
    let now = crate::clock::now_seconds();
    for batch in all.chunks(BATCH) {
        let partition = |values: &Values| {
            let place = format!("{base}/{}", path(schema, values));
            if !style.location_in_parameters {
                return Partition::new((database, name), &table, values, Some(&place), now);
            }
            let mut partition = Partition::new((database, name), &table, values, None, now);
            partition.set_parameters(&IndexMap::from([(LOCATION_PARAMETER.to_owned(), place)]));
            partition
        };
        let partitions = batch.iter().map(partition).collect();
        metastore.add_partitions(database, name, partitions).await.map_err(fail)?;
    }
    Ok(())
}

/// `k=v/k2=v2/`, with a slash at the end as Java has it.
pub(crate) fn path(schema: &TableSchema, values: &[String]) -> String {
    let part = |(key, value): (&String, &String)| format!("{}={}/", escape(key), escape(value));
    schema.partition_keys.iter().zip(values).map(part).collect()
}

/// The partitions that have files in a snapshot.
pub(crate) async fn live(table: &TableHandle, snapshot: &Snapshot) -> Result<BTreeSet<Values>> {
    let manifests = table.manifests().data_manifests(snapshot).await?;
    let entries = table.manifests().read_manifests(&manifests).await?;
    let live = merge_entries(entries.iter().flat_map(|e| e.iter().cloned()))?;
    distinct(&table.schema, live.iter())
}

/// The partitions of some files.
fn distinct<'a>(
    schema: &TableSchema,
    entries: impl Iterator<Item = &'a ManifestEntry>,
) -> Result<BTreeSet<Values>> {
    let mut rows: Vec<&BinaryRow> = entries.map(|e| &e.partition).collect();
    rows.sort_unstable_by_key(|r| r.as_bytes());
    rows.dedup();
    rows.into_iter().map(|row| values_of(schema, row)).collect()
}

impl PartitionSync {
    async fn add_fresh(&self, delta: &[ManifestEntry]) -> Result<()> {
        let schema = &self.table.schema;
        let added = distinct(schema, delta.iter().filter(|e| e.kind == FileKind::Add))?;
        let fresh: Vec<Values> = added.into_iter().filter(|v| !self.told.contains_key(v)).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let (database, name) = &self.key;
        add(&*self.metastore, self.style, (database, name), schema, &fresh).await?;
        for values in fresh {
            self.told.insert(values, ());
        }
        Ok(())
    }

    /// Drops those that a snapshot took the last files of. Partitions of other branches are not looked for: a table
    /// that has branches keeps all, as one partition in the metastore stands for those of every branch.
    async fn drop_emptied(&self, snapshot: &Snapshot, delta: &[ManifestEntry]) -> Result<()> {
        let schema = &self.table.schema;
        let removed = distinct(schema, delta.iter().filter(|e| e.kind == FileKind::Delete))?;
        if snapshot.commit_kind != CommitKind::Overwrite
            || removed.is_empty()
            || !self.table.branches().names().await?.is_empty()
        {
            return Ok(());
        }
        let live = live(&self.table, snapshot).await?;
        let (database, name) = &self.key;
        for values in removed.difference(&live) {
            self.told.invalidate(values);
            match self.metastore.drop_partition(database, name, values).await {
                Ok(()) | Err(Failure::NotFound(_)) => {}
                Err(e) => {
                    return Err(e
                        .into_error("a partition was not dropped", self.metastore.servers())
                        .with("table", format!("{database}.{name}"))
                        .with("partition", path(schema, values)));
                }
            }
        }
        Ok(())
    }
}

#[async_trait]
impl CommitListener for PartitionSync {
    async fn committed(&self, snapshot: &Snapshot, delta: &[ManifestEntry]) -> Result<()> {
        // The metastore has the partitions of the main branch, and those that branches add.
        self.add_fresh(delta).await.map_err(|e| {
            let hint = "'rimon catalog repair' registers what is missing";
            Error::new(e.kind(), e.message().to_owned()).with_hint(hint).with_source(e)
        })?;
        self.drop_emptied(snapshot, delta).await
    }
}
