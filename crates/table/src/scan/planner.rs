//! From manifest entries to splits, with what a filter leaves of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rimon_spec::{
    BinaryRow, Error, FileKind, ManifestEntry, Predicate, Result, Snapshot, TableSchema,
};

use super::chosen::{Choice, LevelFilter, Visible};
use super::place::Place;
use super::report::PlanReport;
use crate::plan::{DeletionIndex, Deletions, LiveFiles, Split, live_files};
use crate::read::TableRead;
use crate::table::Table;

/// The bucket of rows that have none yet (`BucketMode.java`).
const POSTPONE_BUCKET: i32 = -2;

/// Plans for one read of one table.
#[derive(Debug)]
pub(crate) struct Planner {
    table: Table,
    pub(crate) read: TableRead,
    /// The filter.
    pub(crate) predicate: Predicate,
    /// Rows that have no bucket yet are left out: they wait for a compaction that gives them one.
    only_real_buckets: bool,
    /// Partitions that are left out.
    skip: HashSet<BinaryRow>,
    /// Partitions of the state that the filter let pass.
    present: HashSet<BinaryRow>,
    schemas: HashMap<i64, Arc<TableSchema>>,
    pub(crate) report: PlanReport,
}

impl Planner {
    pub(crate) fn new(table: Table, read: TableRead, predicate: &Predicate) -> Self {
        Self {
            table,
            read,
            predicate: predicate.clone(),
            only_real_buckets: false,
            skip: HashSet::new(),
            present: HashSet::new(),
            schemas: HashMap::new(),
            report: PlanReport::default(),
        }
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
        let mut live = live_files(&self.table, snapshot, &self.predicate).await?;
        self.present = live.entries.iter().map(|e| e.partition.clone()).collect();
        live.entries.retain(|e| !self.skip.contains(&e.partition));
        live.partitions_kept -= self.present.intersection(&self.skip).count();
        self.state_of(live, &deletions, level).await
    }

    /// The files of `live` as a state of the table.
    pub(crate) async fn state_of(
        &mut self,
        live: LiveFiles,
        deletions: &DeletionIndex,
        level: LevelFilter<'_>,
    ) -> Result<Vec<Split>> {
        self.look_at(&live).await?;
        let (mut choice, report) = self.choice(level);
        let mut splits = Vec::new();
        for chosen in choice.of(live.entries, report)? {
            let Some(first) = chosen.entries.first() else { continue };
            let place = Place::of(choice.table, first)?;
            let deleted = deletions.bucket(&chosen.partition, chosen.bucket, &place.directory)?;
            splits.extend(place.state(choice.table, chosen, &deleted, &mut report.dropped)?);
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
        self.look_at(&added).await?;
        let (mut choice, report) = self.choice(level);
        let mut splits = Vec::new();
        for chosen in choice.of(added.entries, report)? {
            let Some(first) = chosen.entries.first() else { continue };
            let place = Place::of(choice.table, first)?;
            splits.extend(place.changes(choice.table, chosen, &mut report.dropped)?);
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
        let mut old = live_files(&self.table, before, &self.predicate).await?;
        let mut new = live_files(&self.table, after, &self.predicate).await?;
        same_buckets(&self.table, &old.entries, &new.entries)?;
        leave_out_common(&mut old.entries, &mut new.entries);
        self.look_at(&old).await?;
        self.look_at(&new).await?;
        let (mut choice, report) = self.choice(level);
        let mut old: HashMap<_, _> =
            choice.of(old.entries, report)?.into_iter().map(|c| (c.key(), c)).collect();
        let new = choice.of(new.entries, report)?;
        // With the buckets that are new or changed, then those that are gone.
        let mut pairs: Vec<_> = new.into_iter().map(|is| (old.remove(&is.key()), is)).collect();
        pairs.extend(old.into_values().map(|was| (Some(was.clone()), was.without_files())));
        let mut splits = Vec::new();
        for (was, is) in pairs {
            let was = was.unwrap_or_else(|| is.clone().without_files());
            let Some(first) = is.entries.first().or(was.entries.first()) else { continue };
            let place = Place::of(choice.table, first)?;
            let of = |index: &DeletionIndex| -> Result<Deletions> {
                index.bucket(&is.partition, is.bucket, &place.directory)
            };
            let (was_deleted, is_deleted) = (of(&old_deletions)?, of(&deletions)?);
            let dropped = &mut report.dropped;
            if choice.table.has_primary_key() {
                splits.extend(place.difference((was, &was_deleted), (is, &is_deleted), dropped));
            } else {
                // Java shows the rows of new files and nothing of those that are gone.
                splits.extend(place.state(choice.table, is, &is_deleted, dropped)?);
            }
        }
        Ok(splits)
    }

    /// Counts what was read of manifests, and loads the schemas of the files.
    async fn look_at(&mut self, live: &LiveFiles) -> Result<()> {
        self.report.manifests += live.manifests;
        self.report.manifests_read += live.manifests_read;
        self.report.partitions += live.partitions;
        self.report.partitions_kept += live.partitions_kept;
        self.report.files += live.entries.len();
        for entry in &live.entries {
            let id = entry.file.schema_id;
            if let std::collections::hash_map::Entry::Vacant(slot) = self.schemas.entry(id) {
                if id == self.table.schema().id {
                    slot.insert(Arc::clone(self.table.schema()));
                    continue;
                }
                let found = self.table.schemas().get(id).await;
                slot.insert(found.map_err(|e| e.with("data file", &entry.file.file_name))?);
            }
        }
        Ok(())
    }

    /// What the filter says of the files looked at.
    fn choice<'a>(&'a mut self, level: LevelFilter<'a>) -> (Choice<'a>, &'a mut PlanReport) {
        let visible = Visible { level, only_real_buckets: self.only_real_buckets };
        let choice = Choice::new(&self.table, visible, &self.schemas, &self.predicate);
        (choice, &mut self.report)
    }

    /// The read and the report for what was planned.
    pub(crate) fn finish(self, splits: &[Split]) -> (TableRead, PlanReport) {
        let Self { mut read, mut report, schemas, .. } = self;
        read.set_file_schemas(schemas);
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
