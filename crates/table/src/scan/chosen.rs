//! The files of each bucket that a filter may want.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rimon_spec::{BinaryRow, ManifestEntry, Predicate, Result, TableSchema};

use super::report::PlanReport;
use crate::plan::{BucketChoice, BucketFilter, FileFilter, PartitionFilter, by_bucket};
use crate::table::Table;

/// What a filter says of a table, partition by partition.
pub(super) struct Choice<'a> {
    pub(super) table: &'a Table,
    visible: Visible<'a>,
    /// Schemas of the files, by id.
    file_schemas: &'a HashMap<i64, Arc<TableSchema>>,
    partitions: PartitionFilter,
    buckets: BucketFilter,
    known: HashMap<BinaryRow, InPartition<'a>>,
}

/// Files of which level are seen.
pub(crate) type LevelFilter<'a> = &'a (dyn Fn(i32) -> bool + Send + Sync);

/// Which files a read sees, whatever its filter.
pub(super) struct Visible<'a> {
    pub(super) level: LevelFilter<'a>,
    /// Rows that have no bucket yet are left out: they wait for a compaction that gives them one.
    pub(super) only_real_buckets: bool,
}

impl Visible<'_> {
    fn sees(&self, entry: &ManifestEntry) -> bool {
        (entry.bucket >= 0 || !self.only_real_buckets) && (self.level)(entry.file.level)
    }
}

/// What it says in one partition.
#[derive(Clone)]
struct InPartition<'a> {
    files: Arc<FileFilter<'a>>,
    buckets: Arc<BucketChoice>,
}

/// The entries of one bucket, and what the filter says of its files.
#[derive(Clone)]
pub(super) struct Chosen<'a> {
    pub(super) partition: BinaryRow,
    pub(super) bucket: i32,
    pub(super) entries: Vec<ManifestEntry>,
    pub(super) filter: Arc<FileFilter<'a>>,
}

impl Chosen<'_> {
    pub(super) fn key(&self) -> (BinaryRow, i32) {
        (self.partition.clone(), self.bucket)
    }

    /// The same bucket in a state in which it is empty.
    pub(super) fn without_files(self) -> Self {
        Self { entries: Vec::new(), ..self }
    }
}

impl<'a> Choice<'a> {
    pub(super) fn new(
        table: &'a Table,
        visible: Visible<'a>,
        file_schemas: &'a HashMap<i64, Arc<TableSchema>>,
        predicate: &Predicate,
    ) -> Self {
        Self {
            table,
            visible,
            file_schemas,
            partitions: PartitionFilter::new(table.schema(), predicate),
            buckets: BucketFilter::new(table.schema(), table.options(), file_schemas),
            known: HashMap::new(),
        }
    }

    /// The entries by bucket, those that are visible and in buckets that the filter leaves; counted in `report`.
    ///
    /// # Errors
    /// `Corrupt` for partitions that are none of the table.
    pub(super) fn of(
        &mut self,
        entries: Vec<ManifestEntry>,
        report: &mut PlanReport,
    ) -> Result<Vec<Chosen<'a>>> {
        let mut chosen = Vec::new();
        for ((partition, bucket), mut entries) in by_bucket(entries) {
            let filter = self.in_partition(&partition)?;
            report.buckets += 1;
            let all = entries.len();
            entries.retain(|e| self.visible.sees(e));
            let seen = entries.len();
            entries.retain(|e| self.buckets.matches(&filter.buckets, e));
            report.dropped.by_level += all - seen;
            report.dropped.by_bucket += seen - entries.len();
            if entries.is_empty() {
                continue;
            }
            report.buckets_kept += 1;
            chosen.push(Chosen { partition, bucket, entries, filter: filter.files });
        }
        Ok(chosen)
    }

    fn in_partition(&mut self, partition: &BinaryRow) -> Result<InPartition<'a>> {
        let slot = match self.known.entry(partition.clone()) {
            Entry::Occupied(known) => return Ok(known.get().clone()),
            Entry::Vacant(slot) => slot,
        };
        let rest = self.partitions.rest(partition)?;
        let indexes = self.table.options().file_index_read_enabled;
        let files = FileFilter::new(self.table.schema(), self.file_schemas, indexes, &rest);
        let buckets = self.buckets.choose(&rest);
        let filter = InPartition { files: Arc::new(files), buckets: Arc::new(buckets) };
        Ok(slot.insert(filter).clone())
    }
}
