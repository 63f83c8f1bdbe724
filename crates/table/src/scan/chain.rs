//! Chain tables: a partition of the delta branch is shown on top of the nearest earlier one of the snapshot branch, with
//! the partitions between them (`ChainGroupReadTable.java`, `ChainTableUtils.java`).

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use rimon_metadata::{Branch, TableHandle};
use rimon_spec::options::{MergeEngine, ScanOptions};
use rimon_spec::{
    BinaryRow, DataType, Error, ManifestEntry, Predicate, Result, TableSchema, Value,
};

use super::fallback::check_columns;
use super::place::Place;
use super::{Plan, TableScan};
use crate::plan::{
    BucketFilter, Deletions, FileFilter, PartitionFilter, Split, Travel, live_files,
    merge_tree_splits,
};
use crate::read::Form;
use crate::table::Table;

/// Added to the schema ids of the delta branch, which has schemas of its own.
const DELTA_SCHEMAS: i64 = 1 << 40;

/// The branches of a chain table.
pub(super) struct Chain {
    snapshot: Table,
    delta: Table,
}

/// The files of one branch.
struct Files {
    entries: Vec<ManifestEntry>,
    /// Every partition once, with its values.
    partitions: Vec<(BinaryRow, Vec<Value>)>,
}

impl TableScan {
    /// The branches that a chain table is read from, unless it is one of them itself.
    pub(super) async fn chain(&self) -> Result<Option<Chain>> {
        let options = self.table.options();
        let (true, Some(snapshot), Some(delta)) = (
            options.chain_table_enabled,
            &options.scan_fallback_snapshot_branch,
            &options.scan_fallback_delta_branch,
        ) else {
            return Ok(None);
        };
        let own = self.table.handle().branch.name();
        if own.eq_ignore_ascii_case(snapshot) || own.eq_ignore_ascii_case(delta) {
            return Ok(None);
        }
        let latest = self.table.pinned().is_none()
            && self.travel == Travel::Latest
            && *self.table.scan_options() == ScanOptions::default();
        let rows = matches!(self.form, Form::Rows) && !self.row_kinds && !self.tracking;
        if !latest || !rows {
            let what = "anything but the rows of the latest version of a chain table";
            return Err(Error::unsupported(what).with("table", self.table.name()));
        }
        let (snapshot, delta) = (self.branch(snapshot).await?, self.branch(delta).await?);
        let ids = |table: &Table| table.schema().fields.iter().map(|f| f.id).collect::<Vec<_>>();
        if ids(&snapshot) != ids(&delta) {
            return Err(Error::unsupported(
                "a chain table whose branches number columns otherwise",
            )
            .with("table", self.table.name()));
        }
        Ok(Some(Chain { snapshot, delta }))
    }

    async fn branch(&self, name: &str) -> Result<Table> {
        let storage = self.table.storage().clone();
        let handle = TableHandle::open(storage, Branch::new(name)?).await;
        let table = Table::with_runtime(handle?, self.table.runtime().clone())?;
        let options = table.options();
        check_columns(self.table.schema(), table.schema())
            .map_err(|e| e.with("table", self.table.name()).with("branch", name))?;
        if options.deletion_vectors_enabled || options.merge_engine == MergeEngine::FirstRow {
            return Err(Error::unsupported("a chain table with deletion vectors or 'first-row'")
                .with("table", self.table.name()));
        }
        Ok(table)
    }

    /// A partition is read from the table itself, else from the snapshot branch, else it is chained.
    pub(super) async fn plan_chain(self, chain: Chain) -> Result<Plan> {
        let (mut plan, present) = self.clone().plan_except(&Default::default()).await?;
        let snapshots = Self { table: chain.snapshot.clone(), ..self.clone() };
        let (mut rest, mut seen) = snapshots.plan_except(&present).await?;
        seen.extend(present);
        let (before, deltas) = (Files::of(&chain.snapshot).await?, Files::of(&chain.delta).await?);
        let mut schemas = file_schemas(&chain.snapshot, &before.entries).await?;
        for (id, schema) in file_schemas(&chain.delta, &deltas.entries).await? {
            schemas.insert(id.saturating_add(DELTA_SCHEMAS), schema);
        }
        let chained = Chained {
            table: &chain.snapshot,
            schemas: &schemas,
            partitions: PartitionFilter::new(self.table.schema(), &self.predicate),
        };
        let group = group_fields(&self.table)?;
        for (partition, values) in &deltas.partitions {
            if !seen.contains(partition) {
                let links = links(&before, &deltas, values, group);
                rest.splits.extend(chained.splits(partition, links)?);
            }
        }
        rest.report.files_kept = rest.splits.iter().map(|s| s.files.len()).sum();
        rest.read.set_file_schemas(schemas);
        rest.splits.iter_mut().for_each(|split| split.fallback = true);
        plan.report += rest.report;
        plan.splits.append(&mut rest.splits);
        plan.read = plan.read.with_fallback(rest.read);
        Ok(plan)
    }
}

impl Files {
    async fn of(table: &Table) -> Result<Self> {
        let Some(snapshot) = table.current_snapshot().await? else {
            return Ok(Self { entries: Vec::new(), partitions: Vec::new() });
        };
        let entries = live_files(table, &snapshot, &Predicate::True).await?.entries;
        let types: Vec<DataType> =
            table.schema().partition_fields().iter().map(|f| f.data_type.clone()).collect();
        let mut partitions: HashMap<BinaryRow, Vec<Value>> = HashMap::new();
        for entry in &entries {
            if !partitions.contains_key(&entry.partition) {
                partitions.insert(entry.partition.clone(), entry.partition.decode(&types)?);
            }
        }
        Ok(Self { entries, partitions: partitions.into_iter().collect() })
    }

    fn of_partition<'a>(&'a self, row: &'a BinaryRow) -> impl Iterator<Item = &'a ManifestEntry> {
        self.entries.iter().filter(move |e| e.partition == *row)
    }
}

/// Number of leading partition keys that chains do not cross.
fn group_fields(table: &Table) -> Result<usize> {
    let keys = &table.schema().partition_keys;
    let chained = &table.options().chain_table_partition_keys;
    if chained.is_empty() {
        return Ok(0);
    }
    let group = keys.len().checked_sub(chained.len());
    group.filter(|group| keys.get(*group..) == Some(chained.as_slice())).ok_or_else(|| {
        Error::invalid("option 'chain-table.chain-partition-keys' names no last partition keys")
            .with("table", table.name())
    })
}

/// The files that make up a partition of the delta branch, those of the delta branch marked by their schemas.
fn links(before: &Files, deltas: &Files, end: &[Value], group: usize) -> Vec<ManifestEntry> {
    let same = |values: &[Value]| order(values.get(..group), end.get(..group)).is_eq();
    let chain = |a: &[Value], b: &[Value]| order(a.get(group..), b.get(group..));
    let anchor = before
        .partitions
        .iter()
        .filter(|(_, values)| same(values) && chain(values, end).is_lt())
        .max_by(|a, b| chain(&a.1, &b.1));
    let mut files: Vec<ManifestEntry> =
        anchor.iter().flat_map(|(row, _)| before.of_partition(row)).cloned().collect();
    for (row, values) in &deltas.partitions {
        let after = anchor.is_none_or(|(_, anchor)| chain(values, anchor).is_gt());
        if same(values) && after && chain(values, end).is_le() {
            files.extend(deltas.of_partition(row).cloned().map(|mut entry| {
                entry.file.schema_id = entry.file.schema_id.saturating_add(DELTA_SCHEMAS);
                entry
            }));
        }
    }
    files
}

fn order(a: Option<&[Value]>, b: Option<&[Value]>) -> Ordering {
    let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
    a.iter().zip(b).map(|(a, b)| a.compare(b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

/// The schemas of the files, by id.
async fn file_schemas(
    table: &Table,
    entries: &[ManifestEntry],
) -> Result<HashMap<i64, Arc<TableSchema>>> {
    let mut schemas = HashMap::new();
    for entry in entries {
        let id = entry.file.schema_id;
        if let std::collections::hash_map::Entry::Vacant(slot) = schemas.entry(id) {
            let found = table.schemas().get(id).await;
            slot.insert(found.map_err(|e| e.with("data file", &entry.file.file_name))?);
        }
    }
    Ok(schemas)
}

/// Makes splits of chained files.
struct Chained<'a> {
    table: &'a Table,
    schemas: &'a HashMap<i64, Arc<TableSchema>>,
    partitions: PartitionFilter,
}

impl Chained<'_> {
    /// The splits of one partition, bucket by bucket.
    fn splits(&self, partition: &BinaryRow, links: Vec<ManifestEntry>) -> Result<Vec<Split>> {
        let (schema, options) = (self.table.schema(), self.table.options());
        let rest = self.partitions.rest(partition)?;
        if rest == Predicate::False {
            return Ok(Vec::new());
        }
        let filter = FileFilter::new(schema, self.schemas, options.file_index_read_enabled, &rest);
        let buckets = BucketFilter::new(schema, options, self.schemas);
        let choice = buckets.choose(&rest);
        let types: Vec<DataType> =
            schema.key_fields().into_iter().map(|f| f.data_type.clone()).collect();
        let mut of_bucket: indexmap::IndexMap<i32, Vec<ManifestEntry>> = Default::default();
        for entry in links.into_iter().filter(|e| buckets.matches(&choice, e)) {
            of_bucket.entry(entry.bucket).or_default().push(entry);
        }
        let mut splits = Vec::new();
        for entries in of_bucket.into_values() {
            let mut directories = HashMap::new();
            for entry in &entries {
                let place = Place::of(self.table, entry)?;
                directories.insert(entry.file.file_name.clone(), place.directory);
            }
            let directories = Arc::new(directories);
            let Some(first) = entries.first() else { continue };
            let place = Place::of(
                self.table,
                &ManifestEntry { partition: partition.clone(), ..first.clone() },
            )?;
            let files = entries.into_iter().map(|e| e.file);
            let files: Vec<_> = files.filter(|f| filter.keys_may_match(f)).collect();
            for (kind, files) in merge_tree_splits(files, &types, options)? {
                splits.push(Split {
                    directories: Some(directories.clone()),
                    ..place.split(kind, files, &Deletions::new())
                });
            }
        }
        Ok(splits)
    }
}
