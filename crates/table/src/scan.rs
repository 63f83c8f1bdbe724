//! A scan: which columns, which rows, which version; and the plan that comes of it.

mod fallback;
mod place;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rimon_spec::{
    BinaryRow, DataField, Error, ManifestEntry, Predicate, Result, Snapshot, TableSchema,
};

use self::place::Place;
use crate::plan::{BucketFilter, DeletionIndex, FileFilter, Split, Travel, by_bucket, live_files};
use crate::read::{BatchStream, TableRead};
use crate::table::Table;

/// The bucket of rows that have none yet (`BucketMode.java`).
const POSTPONE_BUCKET: i32 = -2;

/// A read in the making. Nothing is read before [`TableScan::plan`] or [`TableScan::stream`].
#[derive(Debug, Clone)]
pub struct TableScan {
    table: Table,
    columns: Option<Vec<String>>,
    predicate: Predicate,
    limit: Option<u64>,
    travel: Travel,
    all_levels: bool,
}

/// What a read opens.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The snapshot read; `None` when nothing was ever committed.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Reads the splits.
    pub read: TableRead,
    /// What there is to read.
    pub splits: Vec<Split>,
    /// How much was looked at and how much was dropped.
    pub report: PlanReport,
}

/// How much each step of planning dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanReport {
    /// Manifests of the snapshot.
    pub manifests: usize,
    /// Of these, read.
    pub manifests_read: usize,
    /// Partitions in the manifests read.
    pub partitions: usize,
    /// Of these, left by the filter.
    pub partitions_kept: usize,
    /// Buckets of the partitions left.
    pub buckets: usize,
    /// Of these, left by the filter.
    pub buckets_kept: usize,
    /// Files of the partitions left.
    pub files: usize,
    /// Of these, left by bucket and statistics.
    pub files_kept: usize,
}

impl Table {
    /// Begins a read.
    pub fn scan(&self) -> TableScan {
        TableScan::new(self.clone())
    }
}

impl TableScan {
    pub(crate) fn new(table: Table) -> Self {
        Self {
            table,
            columns: None,
            predicate: Predicate::True,
            limit: None,
            travel: Travel::Latest,
            all_levels: false,
        }
    }

    /// Only these columns, in this order. May be empty: then batches have rows and no columns.
    #[must_use]
    pub fn select<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.columns = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// Only rows where this is true; several calls are combined with AND.
    #[must_use]
    pub fn filter(mut self, predicate: Predicate) -> Self {
        self.predicate = Predicate::and(vec![self.predicate, predicate]);
        self
    }

    /// At most about so many rows are planned for: whole files are left out once the rest has enough rows.
    /// The caller cuts the exact number.
    #[must_use]
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Also the rows on levels that the table's reads leave out.
    pub(crate) fn all_levels(mut self) -> Self {
        self.all_levels = true;
        self
    }

    /// At this version of the table.
    #[must_use]
    pub fn at(mut self, travel: Travel) -> Self {
        self.travel = travel;
        self
    }

    /// Plans the read and gives all rows that pass the filter, in no particular order.
    ///
    /// # Errors
    /// As [`TableScan::plan`]; the stream gives errors of reading.
    pub async fn stream(self) -> Result<BatchStream> {
        let limit = self.limit;
        let plan = self.plan().await?;
        plan.read.clone().filtered().limited(limit).stream(plan.splits).await
    }

    /// Plans the read: reads snapshot and manifests, drops what the filter excludes, cuts splits.
    ///
    /// # Errors
    /// `Unsupported` names the feature of the table that this build does not read; `Invalid` an unknown column;
    /// `NotFound` and `Corrupt` the snapshot or manifest.
    pub async fn plan(self) -> Result<Plan> {
        match self.fallback_branch().await? {
            Some(other) => self.plan_with_fallback(other).await,
            None => Ok(self.plan_except(&HashSet::new()).await?.0),
        }
    }

    /// The plan without some partitions, and the partitions that there are where the filter lets them pass.
    async fn plan_except(self, skip: &HashSet<BinaryRow>) -> Result<(Plan, HashSet<BinaryRow>)> {
        let table = match self.travel {
            Travel::Latest => self.table.clone(),
            ref travel => self.table.at(travel).await?,
        };
        table.options().refuse_unsupported_read().map_err(|e| e.with("table", table.name()))?;
        let schema = table.schema().clone();
        let fields = select_fields(&schema, self.columns.as_deref())?;
        check_columns(&schema, &self.predicate)?;
        let snapshot = table.current_snapshot().await?;
        let mut read = TableRead::new(table.clone(), fields, self.predicate.clone())?;
        let Some(snapshot) = snapshot else {
            let report = PlanReport::default();
            return Ok((Plan { snapshot: None, read, splits: vec![], report }, HashSet::new()));
        };
        let deletions = DeletionIndex::of(&table, &snapshot).await?;
        let skip_level0 = !self.all_levels && table.options().batch_scan_skips_level0();
        let only_level = table.only_level();
        let postponed = table.options().bucket == POSTPONE_BUCKET;
        let partition_keys = &schema.partition_keys;
        let (on_partition, on_rows) = self
            .predicate
            .clone()
            .split_by_columns(&|name| partition_keys.iter().any(|k| k == name));
        let mut live = live_files(&table, &snapshot, &on_partition).await?;
        let present = live.entries.iter().map(|e| e.partition.clone()).collect();
        live.entries.retain(|e| !skip.contains(&e.partition));
        let mut report = PlanReport {
            manifests: live.manifests,
            manifests_read: live.manifests_read,
            partitions: live.partitions,
            files: live.entries.len(),
            ..PlanReport::default()
        };
        let file_schemas = file_schemas(&table, &live.entries).await?;
        let files = FileFilter::new(&schema, &file_schemas, &on_rows)
            .with_indexes(table.options().file_index_read_enabled);
        read.set_key_predicate(files.key_predicate().clone());
        let buckets = BucketFilter::new(&schema, table.options(), &on_rows)?;
        let mut splits = Vec::new();
        for entries in by_bucket(live.entries).into_values() {
            report.buckets += 1;
            let visible = |e: &ManifestEntry| {
                // Rows in the postpone bucket wait for a compaction that gives them a bucket.
                (e.bucket >= 0 || !postponed)
                    && only_level
                        .map_or(!skip_level0 || e.file.level != 0, |level| e.file.level == level)
            };
            let entries: Vec<_> =
                entries.into_iter().filter(|e| visible(e) && buckets.matches(e)).collect();
            let Some(first) = entries.first() else { continue };
            report.buckets_kept += 1;
            let place = Place::of(&table, first)?;
            let deletions = deletions.bucket(&first.partition, place.bucket, &place.directory)?;
            splits.extend(place.splits(&table, entries, &files, &deletions)?);
        }
        read.set_file_schemas(file_schemas);
        report.partitions_kept = distinct_partitions(&splits);
        report.files_kept = splits.iter().map(|s| s.files.len()).sum();
        if self.predicate == Predicate::True {
            cut_to_limit(&mut splits, self.limit);
        }
        Ok((Plan { snapshot: Some(snapshot), read, splits, report }, present))
    }
}

impl Plan {
    /// The number of rows, when it is known without reading: only raw splits and no filter but on partitions.
    pub fn exact_rows(&self) -> Option<u64> {
        if !self.read.has_no_row_filter() {
            return None;
        }
        self.splits.iter().map(Split::exact_rows).sum()
    }

    /// Rows of all files, older versions and deletes included.
    pub fn physical_rows(&self) -> u64 {
        self.splits.iter().map(Split::physical_rows).sum()
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.splits.iter().map(Split::bytes).sum()
    }
}

fn select_fields(schema: &TableSchema, columns: Option<&[String]>) -> Result<Vec<DataField>> {
    let Some(columns) = columns else { return Ok(schema.fields.clone()) };
    columns
        .iter()
        .map(|name| schema.field(name).cloned().ok_or_else(|| unknown_column(schema, name)))
        .collect()
}

fn check_columns(schema: &TableSchema, predicate: &Predicate) -> Result<()> {
    match predicate.columns().into_iter().find(|name| schema.field(name).is_none()) {
        Some(name) => Err(unknown_column(schema, name)),
        None => Ok(()),
    }
}

fn unknown_column(schema: &TableSchema, name: &str) -> Error {
    let names: Vec<_> = schema.fields.iter().map(|f| f.name.as_str()).collect();
    Error::invalid(format!("there is no column '{name}'"))
        .with_hint(format!("columns are {}", names.join(", ")))
}

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

fn distinct_partitions(splits: &[Split]) -> usize {
    let directories = splits
        .iter()
        .filter_map(|s| s.directory.rsplit_once("bucket-").map(|(partition, _)| partition));
    directories.collect::<HashSet<_>>().len()
}

/// Leaves out splits once raw ones before them have enough rows.
fn cut_to_limit(splits: &mut Vec<Split>, limit: Option<u64>) {
    let Some(limit) = limit else { return };
    let mut rows = 0u64;
    let mut keep = 0;
    for split in splits.iter() {
        if rows >= limit {
            break;
        }
        keep += 1;
        rows = rows.saturating_add(split.exact_rows().unwrap_or(0));
    }
    splits.truncate(keep);
}
