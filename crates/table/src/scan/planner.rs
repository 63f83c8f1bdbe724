//! From manifest entries to splits, with what a filter leaves of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rimon_spec::{
    BinaryRow, Error, FileKind, ManifestEntry, Predicate, Result, Snapshot, TableSchema,
};

use super::PlanReport;
use crate::plan::{
    BucketFilter, DeletionIndex, Deletions, FileFilter, LiveFiles, Place, Split, by_bucket,
    live_files,
};
use crate::read::TableRead;
use crate::table::Table;

/// The bucket of rows that have none yet (`BucketMode.java`).
const POSTPONE_BUCKET: i32 = -2;

/// Plans for one read of one table.
#[derive(Debug)]
pub(crate) struct Planner {
    table: Table,
    pub(crate) read: TableRead,
    /// The part of the filter on partitions.
    pub(crate) on_partition: Predicate,
    /// The rest of the filter.
    on_rows: Predicate,
    buckets: BucketFilter,
    /// Rows that have no bucket yet are left out: they wait for a compaction that gives them one.
    only_real_buckets: bool,
    /// Partitions that are left out.
    skip: HashSet<BinaryRow>,
    /// Partitions of the state that the filter let pass.
    present: HashSet<BinaryRow>,
    schemas: HashMap<i64, Arc<TableSchema>>,
    pub(crate) report: PlanReport,
}

/// Files of which level are seen.
pub(crate) type LevelFilter<'a> = &'a (dyn Fn(i32) -> bool + Send + Sync);

type Buckets = indexmap::IndexMap<(BinaryRow, i32), Vec<ManifestEntry>>;

impl Planner {
    pub(crate) fn new(table: Table, read: TableRead, predicate: &Predicate) -> Result<Self> {
        let keys = &table.schema().partition_keys;
        let (on_partition, on_rows) =
            predicate.clone().split_by_columns(&|name| keys.iter().any(|k| k == name));
        let buckets = BucketFilter::new(table.schema(), table.options(), &on_rows)?;
        let (schemas, report) = (HashMap::new(), PlanReport::default());
        let (skip, present, only_real_buckets) = (HashSet::new(), HashSet::new(), false);
        Ok(Self {
            table,
            read,
            on_partition,
            on_rows,
            buckets,
            only_real_buckets,
            skip,
            present,
            schemas,
            report,
        })
    }

    /// Leaves out the rows of the table that wait for a bucket.
    pub(crate) fn real_buckets(mut self) -> Self {
        self.only_real_buckets = self.table.options().bucket == POSTPONE_BUCKET;
        self
    }

    /// Leaves out partitions of the state.
    pub(crate) fn without(self, skip: HashSet<BinaryRow>) -> Self {
        Self { skip, ..self }
    }

    /// The partitions that there are in the state, those left out by [`Planner::without`] too.
    pub(crate) fn take_present(&mut self) -> HashSet<BinaryRow> {
        std::mem::take(&mut self.present)
    }

    /// What is planned for.
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// The state of the table at `snapshot`.
    pub(crate) async fn state(
        &mut self,
        snapshot: &Snapshot,
        level: LevelFilter<'_>,
    ) -> Result<Vec<Split>> {
        self.read.set_snapshot(snapshot.id);
        let deletions = DeletionIndex::of(&self.table, snapshot).await?;
        let mut live = live_files(&self.table, snapshot, &self.on_partition).await?;
        self.present = live.entries.iter().map(|e| e.partition.clone()).collect();
        live.entries.retain(|e| !self.skip.contains(&e.partition));
        self.state_of(live, &deletions, level).await
    }

    /// The files of `live` as a state of the table.
    pub(crate) async fn state_of(
        &mut self,
        live: LiveFiles,
        deletions: &DeletionIndex,
        level: LevelFilter<'_>,
    ) -> Result<Vec<Split>> {
        let buckets = self.group(live, level).await?;
        let files = self.files();
        let mut splits = Vec::new();
        for entries in buckets.into_values() {
            let Some(first) = entries.first() else { continue };
            let place = Place::of(&self.table, first)?;
            let deletions = deletions.bucket(&first.partition, place.bucket, &place.directory)?;
            splits.extend(place.state(&self.table, entries, &files, &deletions)?);
        }
        Ok(splits)
    }

    /// Added files, whose rows are changes: one split per bucket, in the order of `files`.
    ///
    /// # Errors
    /// `Unsupported` when files are deleted: Java refuses those too.
    pub(crate) async fn changes(
        &mut self,
        added: LiveFiles,
        level: LevelFilter<'_>,
    ) -> Result<Vec<Split>> {
        if let Some(entry) = added.entries.iter().find(|e| e.kind != FileKind::Add) {
            return Err(Error::unsupported("changes that delete files")
                .with("file", &entry.file.file_name)
                .with("table", self.table.name()));
        }
        let buckets = self.group(added, level).await?;
        let files = self.files();
        let mut splits = Vec::new();
        for entries in buckets.into_values() {
            let Some(first) = entries.first() else { continue };
            splits.extend(Place::of(&self.table, first)?.changes(&self.table, entries, &files)?);
        }
        Ok(splits)
    }

    /// The difference of the states at two snapshots.
    ///
    /// # Errors
    /// `Unsupported` when a partition has another number of buckets since, as in Java.
    pub(crate) async fn difference(
        &mut self,
        before: &Snapshot,
        after: &Snapshot,
        level: LevelFilter<'_>,
    ) -> Result<Vec<Split>> {
        self.read.set_snapshot(after.id);
        let old_deletions = DeletionIndex::of(&self.table, before).await?;
        let deletions = DeletionIndex::of(&self.table, after).await?;
        let mut old = live_files(&self.table, before, &self.on_partition).await?;
        let mut new = live_files(&self.table, after, &self.on_partition).await?;
        same_buckets(&self.table, &old.entries, &new.entries)?;
        leave_out_common(&mut old.entries, &mut new.entries);
        let mut old = self.group(old, level).await?;
        let new = self.group(new, level).await?;
        let files = self.files();
        let keys: HashSet<_> = old.keys().chain(new.keys()).cloned().collect();
        let mut new = new;
        let mut splits = Vec::new();
        for key in keys {
            let was = old.shift_remove(&key).unwrap_or_default();
            let is = new.shift_remove(&key).unwrap_or_default();
            let Some(first) = is.first().or(was.first()) else { continue };
            let place = Place::of(&self.table, first)?;
            let of = |index: &DeletionIndex| -> Result<Deletions> {
                index.bucket(&key.0, key.1, &place.directory)
            };
            let (was_deleted, is_deleted) = (of(&old_deletions)?, of(&deletions)?);
            if self.table.has_primary_key() {
                splits.extend(place.difference((was, &was_deleted), (is, &is_deleted), &files));
            } else {
                // Java shows the rows of new files and nothing of those that are gone.
                splits.extend(place.state(&self.table, is, &files, &is_deleted)?);
            }
        }
        Ok(splits)
    }

    /// The entries by bucket, counted in the report, with the schemas of their files loaded.
    async fn group(&mut self, live: LiveFiles, level: LevelFilter<'_>) -> Result<Buckets> {
        self.report.manifests += live.manifests;
        self.report.manifests_read += live.manifests_read;
        self.report.partitions += live.partitions;
        self.report.files += live.entries.len();
        self.load_schemas(&live.entries).await?;
        let mut buckets = by_bucket(live.entries);
        self.report.buckets += buckets.len();
        for entries in buckets.values_mut() {
            entries.retain(|e| {
                (e.bucket >= 0 || !self.only_real_buckets)
                    && level(e.file.level)
                    && self.buckets.matches(e)
            });
        }
        buckets.retain(|_, entries| !entries.is_empty());
        self.report.buckets_kept += buckets.len();
        Ok(buckets)
    }

    fn files(&self) -> FileFilter<'_> {
        FileFilter::new(self.table.schema(), &self.schemas, &self.on_rows)
            .with_indexes(self.table.options().file_index_read_enabled)
    }

    async fn load_schemas(&mut self, entries: &[ManifestEntry]) -> Result<()> {
        for entry in entries {
            let id = entry.file.schema_id;
            if let std::collections::hash_map::Entry::Vacant(slot) = self.schemas.entry(id) {
                let found = self.table.schemas().get(id).await;
                slot.insert(found.map_err(|e| e.with("data file", &entry.file.file_name))?);
            }
        }
        Ok(())
    }

    /// The read and the report for what was planned.
    pub(crate) fn finish(self, splits: &[Split]) -> (TableRead, PlanReport) {
        let Self { mut read, mut report, on_rows, schemas, table, .. } = self;
        let files = FileFilter::new(table.schema(), &schemas, &on_rows);
        read.set_key_predicate(files.key_predicate().clone());
        read.set_file_schemas(schemas);
        report.partitions_kept = distinct_partitions(splits);
        report.files_kept = splits.iter().map(|s| s.files.len()).sum();
        (read, report)
    }
}

/// Files that did not change say nothing of the difference.
fn leave_out_common(before: &mut Vec<ManifestEntry>, after: &mut Vec<ManifestEntry>) {
    let old: HashSet<_> = before.iter().map(ManifestEntry::identifier).collect();
    let common: HashSet<_> =
        after.iter().map(ManifestEntry::identifier).filter(|id| old.contains(id)).collect();
    before.retain(|e| !common.contains(&e.identifier()));
    after.retain(|e| !common.contains(&e.identifier()));
}

/// `TimeTravelUtil.checkRescaleBucketForIncrementalDiffQuery`: keys move between buckets when their number changes.
fn same_buckets(table: &Table, before: &[ManifestEntry], after: &[ManifestEntry]) -> Result<()> {
    if table.options().bucket == -1 {
        return Ok(());
    }
    let mut totals: HashMap<&BinaryRow, i32> = HashMap::new();
    for entry in before.iter().filter(|e| e.bucket >= 0) {
        totals.insert(&entry.partition, entry.total_buckets);
    }
    let other = after.iter().filter(|e| e.bucket >= 0).find_map(|e| {
        let total = totals.get(&e.partition)?;
        (*total != e.total_buckets).then_some((*total, e.total_buckets))
    });
    match other {
        None => Ok(()),
        Some((old, new)) => Err(Error::unsupported(format!(
            "the difference of two states of a partition with {old} and with {new} buckets"
        ))
        .with("table", table.name())),
    }
}

fn distinct_partitions(splits: &[Split]) -> usize {
    let directories = splits
        .iter()
        .filter_map(|s| s.directory.rsplit_once("bucket-").map(|(partition, _)| partition));
    directories.collect::<HashSet<_>>().len()
}
