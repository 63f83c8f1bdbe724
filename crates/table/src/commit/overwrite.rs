//! Replacing rows: `FileStoreCommitImpl.overwritePartition`, `dropPartitions`, `truncateTable`.

use std::cmp::Ordering;

use hashbrown::{HashMap, HashSet};
use indexmap::IndexMap;
use rimon_spec::{
    BinaryRow, CommitKind, DataType, Error, FileKind, IndexManifestEntry, ManifestEntry, Predicate,
    Result, SimpleStats, Snapshot, Test, Value,
};

use super::BATCH_COMMIT;
use super::attempt::Attempt;
use super::changes::{Changes, collect};
use super::committer::TableCommitter;
use super::outcome::CommitOutcome;
use crate::plan::live_files;
use crate::table::Table;
use crate::write::CommitMessage;

/// The rows that an overwrite takes away.
#[derive(Debug, Clone, PartialEq)]
pub enum Overwrite {
    /// All rows of the table.
    Table,
    /// Those of the partitions where this is true; it speaks of partition columns only. New rows must be in these.
    Partitions(Predicate),
    /// Those of the partitions that new rows are in; nothing when there are no new rows.
    Dynamic,
}

impl Overwrite {
    /// What `INSERT OVERWRITE` means for a table: the partitions of the new rows with the option
    /// `dynamic-partition-overwrite`, if there are partitions, else the whole table.
    pub fn default_of(table: &Table) -> Self {
        let partitioned = !table.schema().partition_keys.is_empty();
        match partitioned && table.options().dynamic_partition_overwrite {
            true => Self::Dynamic,
            false => Self::Table,
        }
    }

    /// Whether new rows are all that remains of their keys.
    ///
    /// # Errors
    /// `Unsupported` for a part of a table whose keys move between partitions: the rest may have the same keys.
    pub fn check_keys(&self, table: &Table) -> Result<()> {
        let moves = table.options().bucket == -1 && table.schema().is_cross_partition();
        if !moves || *self == Self::Table {
            return Ok(());
        }
        let what = "replacing partitions of a table whose primary key lacks partition keys";
        let hint = "with 'dynamic-partition-overwrite' = 'false' the whole table is replaced";
        Err(Error::unsupported(what).with("table", table.name()).with_hint(hint))
    }

    /// The partitions with these values: the texts of partition paths by partition column; columns that are left out
    /// may have any value.
    ///
    /// # Errors
    /// `Invalid` for a column that is no partition column, and for a value that its type does not have.
    pub fn partition(table: &Table, values: &IndexMap<String, String>) -> Result<Self> {
        let mut tests = Vec::with_capacity(values.len());
        for (name, text) in values {
            let field = table.schema().partition_fields().into_iter().find(|f| f.name == *name);
            let field = field.ok_or_else(|| {
                Error::invalid(format!("'{name}' is no partition column"))
                    .with("table", table.name())
            })?;
            let test = match *text == table.options().partition_default_name {
                true => Test::IsNull,
                false => Test::Eq(
                    Value::parse(text, &field.data_type).map_err(|e| e.with("column", name))?,
                ),
            };
            tests.push(Predicate::Leaf { column: name.clone(), test });
        }
        if tests.is_empty() {
            return Err(Error::invalid("a partition without values").with("table", table.name()));
        }
        Ok(Self::Partitions(Predicate::and(tests)))
    }
}

impl TableCommitter {
    /// Replaces rows by those of `messages` in one snapshot of kind OVERWRITE: rows that others commit meanwhile to what
    /// is replaced go away too, whatever was there when the overwrite is published.
    ///
    /// # Errors
    /// As [`TableCommitter::commit`]; `Invalid` for new rows outside the partitions that are replaced; `Unsupported`
    /// where index files would have to be replaced too.
    pub async fn overwrite(
        &self,
        identifier: i64,
        messages: Vec<CommitMessage>,
        what: &Overwrite,
    ) -> Result<CommitOutcome> {
        let table = self.table();
        table.options().refuse_unsupported_write()?;
        let (mut append, compact) = collect(&messages, table.options().bucket)?;
        if !compact.is_empty() || append.entries.iter().any(|e| e.kind == FileKind::Delete) {
            return Err(Error::invalid("an overwrite is made of new files only"));
        }
        if append.index.iter().any(|e| e.kind == FileKind::Delete) {
            return Err(Error::invalid("an overwrite is made of new index files only"));
        }
        if !append.entries.is_empty() {
            what.check_keys(table)?;
        }
        // The keys that buckets were chosen by are those of rows that go away, whoever wrote them.
        append.chosen.clear();
        let filter = match what {
            Overwrite::Dynamic if append.entries.is_empty() => return Ok(CommitOutcome::Skipped),
            Overwrite::Dynamic => None,
            Overwrite::Table => Some(Predicate::True),
            Overwrite::Partitions(predicate) => Some(predicate.clone()),
        };
        if let Some(predicate) = &filter {
            check_inside(table, &append.entries, predicate)?;
        }
        upgrade(table, &mut append.entries)?;
        append.kind = CommitKind::Overwrite;
        if let Some(earlier) = self.find_earlier(identifier, &append).await? {
            return Ok(CommitOutcome::AlreadyCommitted(Box::new(earlier)));
        }
        let outcome = self.replace(identifier, &append, filter).await?;
        self.remember(identifier, &append, &outcome);
        Ok(outcome)
    }

    /// Tries on one base after the other: what goes away depends on it.
    async fn replace(
        &self,
        identifier: i64,
        new: &Changes,
        filter: Option<Predicate>,
    ) -> Result<CommitOutcome> {
        let table = self.table();
        let partitions: HashSet<&BinaryRow> = new.entries.iter().map(|e| &e.partition).collect();
        loop {
            let base = table.snapshots().latest().await?;
            let mut changes = Changes::new(CommitKind::Overwrite);
            if let Some(base) = &base {
                gone(table, base, &filter, &partitions, &mut changes).await?;
            }
            changes.entries.extend(new.entries.iter().cloned());
            changes.index.extend(new.index.iter().cloned());
            let attempt = Attempt::start(table, self.user(), identifier, &changes, None).await?;
            if let Some(outcome) = attempt.run_on(base.map(|s| s.id)).await? {
                return Ok(outcome);
            }
        }
    }
}

/// The live files that go away, and the index files of their partitions, as deletes.
async fn gone(
    table: &Table,
    base: &Snapshot,
    filter: &Option<Predicate>,
    partitions: &HashSet<&BinaryRow>,
    changes: &mut Changes,
) -> Result<()> {
    let predicate = filter.clone().unwrap_or(Predicate::True);
    let live = live_files(table, base, &predicate).await?.entries;
    let is_gone = |e: &ManifestEntry| filter.is_some() || partitions.contains(&e.partition);
    let gone = live.into_iter().filter(is_gone);
    let drop_stats = table.options().manifest_delete_file_drop_stats;
    changes.entries.extend(gone.map(|entry| deleted(entry, drop_stats)));
    for index in table.manifests().index_entries(base).await? {
        let is_gone = match filter {
            Some(predicate) => is_in(table, &index.partition, predicate)?,
            None => partitions.contains(&index.partition),
        };
        if !is_gone {
            continue;
        }
        if index.global_index.is_some() {
            return Err(Error::unsupported("replacing rows of partitions with global indexes")
                .with("table", table.name())
                .with("index type", &index.index_type));
        }
        changes.index.push(IndexManifestEntry { kind: FileKind::Delete, ..index });
    }
    Ok(())
}

/// The entry that takes a file away; without statistics with `manifest.delete-file-drop-stats`.
fn deleted(entry: ManifestEntry, drop_stats: bool) -> ManifestEntry {
    let mut entry = ManifestEntry { kind: FileKind::Delete, ..entry };
    if drop_stats {
        entry.file.value_stats = SimpleStats::empty();
        entry.file.value_stats_cols = Some(Vec::new());
    }
    entry
}

/// Whether a predicate on partition columns is true of a partition.
fn is_in(table: &Table, partition: &BinaryRow, predicate: &Predicate) -> Result<bool> {
    let fields = table.schema().partition_fields();
    let types: Vec<DataType> = fields.iter().map(|f| f.data_type.clone()).collect();
    let values = partition.decode(&types)?;
    let value_of = |name: &str| {
        let index = fields.iter().position(|f| f.name == name);
        index.and_then(|i| values.get(i)).cloned().unwrap_or(Value::Null)
    };
    Ok(predicate.eval(&value_of) == Some(true))
}

fn check_inside(table: &Table, new: &[ManifestEntry], predicate: &Predicate) -> Result<()> {
    let mut seen = HashSet::new();
    for entry in new.iter().filter(|e| seen.insert(&e.partition)) {
        if !is_in(table, &entry.partition, predicate)? {
            return Err(Error::invalid("new rows are not in the partition that is overwritten")
                .with("table", table.name()));
        }
    }
    Ok(())
}

/// Files of a bucket that are its only ones and do not overlap are the highest level: nothing has to be merged with
/// them (`FileStoreCommitImpl.tryUpgrade`).
fn upgrade(table: &Table, entries: &mut [ManifestEntry]) -> Result<()> {
    let options = table.options();
    if !table.has_primary_key() || !options.overwrite_upgrade {
        return Ok(());
    }
    if entries.iter().any(|e| e.file.level > 0 || e.bucket < 0) {
        return Ok(());
    }
    let types: Vec<DataType> =
        table.schema().key_fields().iter().map(|f| f.data_type.clone()).collect();
    let mut buckets: HashMap<(BinaryRow, i32), Vec<&mut ManifestEntry>> = HashMap::new();
    for entry in entries {
        buckets.entry((entry.partition.clone(), entry.bucket)).or_default().push(entry);
    }
    for files in buckets.into_values() {
        let mut ranges = Vec::with_capacity(files.len());
        for entry in &files {
            ranges.push((entry.file.min_key.decode(&types)?, entry.file.max_key.decode(&types)?));
        }
        ranges.sort_by(|a, b| order(&a.0, &b.0));
        let overlap =
            ranges.windows(2).any(|pair| matches!(pair, [a, b] if order(&a.1, &b.0).is_ge()));
        if !overlap {
            files
                .into_iter()
                .for_each(|entry| entry.file.level = options.compaction.num_levels - 1);
        }
    }
    Ok(())
}

fn order(a: &[Value], b: &[Value]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| a.compare(b)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

impl Table {
    /// Deletes all rows.
    ///
    /// # Errors
    /// As [`TableCommitter::overwrite`].
    pub async fn truncate(&self) -> Result<Option<Snapshot>> {
        let committer = self.committer(self.new_user());
        committer.overwrite(BATCH_COMMIT, Vec::new(), &Overwrite::Table).await?.into_snapshot()
    }

    /// Deletes the rows of partitions, each given as in [`Overwrite::partition`].
    ///
    /// # Errors
    /// As [`TableCommitter::overwrite`] and [`Overwrite::partition`].
    pub async fn drop_partitions(
        &self,
        partitions: &[IndexMap<String, String>],
    ) -> Result<Option<Snapshot>> {
        let mut any = Vec::with_capacity(partitions.len());
        for values in partitions {
            if let Overwrite::Partitions(predicate) = Overwrite::partition(self, values)? {
                any.push(predicate);
            }
        }
        if any.is_empty() {
            return Err(Error::invalid("no partition was named").with("table", self.name()));
        }
        let what = Overwrite::Partitions(Predicate::Or(any));
        let committer = self.committer(self.new_user());
        committer.overwrite(BATCH_COMMIT, Vec::new(), &what).await?.into_snapshot()
    }
}
