//! Compacting one bucket.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashMap;
use rimon_lsm::compact::{CompactUnit, Step, StepRules, Upper, rewrite};
use rimon_lsm::{Levels, Section, SortedFile};
use rimon_spec::{BinaryRow, DataFileMeta, DataType, Error, Result};

use crate::read::RewriteRead;
use crate::table::Table;
use crate::write::data_file::FileLayout;
use crate::write::files::{OpenFiles, bucket_directory};
use crate::write::merge_tree::BucketRuns;
use crate::write::message::CommitMessage;
use crate::write::rolling::BucketFiles;

/// Memory of a key that is held while runs are merged, about.
const KEY_BYTES: usize = 64;
/// Keys that are held, at least and at most.
const CHUNK_ROWS: (u64, u64) = (64 << 10, 1 << 20);

/// Compacts buckets of one table.
#[derive(Debug)]
pub(in crate::write) struct Compactor {
    table: Table,
    open: Arc<OpenFiles>,
    chunk_rows: u64,
}

/// What a compaction did to a bucket.
#[derive(Debug, Clone, Default)]
pub(in crate::write) struct Compacted {
    before: Vec<DataFileMeta>,
    after: Vec<DataFileMeta>,
    /// Names of all files that the bucket had.
    known: Arc<BTreeSet<String>>,
}

impl Compacted {
    /// Makes the changes in the list of a bucket's new files; the names of those that are no longer needed.
    pub(in crate::write) fn replace(self, new_files: &mut Vec<DataFileMeta>) -> Vec<String> {
        let name = |file: &DataFileMeta| file.file_name.clone();
        let before: BTreeSet<String> = self.before.iter().map(name).collect();
        let after: BTreeSet<String> = self.after.iter().map(name).collect();
        new_files.retain(|file| !before.contains(&file.file_name));
        new_files.extend(self.after);
        before.difference(&after).cloned().collect()
    }

    /// Puts the changes into the message of their bucket.
    pub(in crate::write) fn add_to(self, message: &mut CommitMessage) {
        message.compact_before = self.before;
        message.compact_after = self.after;
        message.compacted = Some(self.known);
    }
}

impl Compactor {
    /// Notes its files in `open` until they are handed over, and takes about `memory` bytes for each bucket.
    pub(in crate::write) fn new(table: Table, open: Arc<OpenFiles>, memory: usize) -> Self {
        let rows = (memory / KEY_BYTES) as u64;
        let (least, most) = CHUNK_ROWS;
        Self { table, open, chunk_rows: rows.clamp(least, most) }
    }

    /// Compacts a bucket that has `files`, so that none of them is left in level 0; `None`: there is nothing to do.
    ///
    /// # Errors
    /// Those of reading and writing files.
    pub(in crate::write) async fn run(
        &self,
        (partition, bucket): &(BinaryRow, i32),
        files: Vec<DataFileMeta>,
    ) -> Result<Option<Compacted>> {
        let directory = bucket_directory(&self.table, partition, *bucket)?;
        let read =
            RewriteRead::new(&self.table, partition, *bucket, directory.clone(), &files).await?;
        let sorted: Vec<_> = files.iter().map(|meta| read.file(meta)).collect::<Result<_>>()?;
        let known = Arc::new(files.iter().map(|file| file.file_name.clone()).collect());
        let metas = files.into_iter().map(|file| (file.file_name.clone(), file)).collect();
        let options = self.table.options();
        let levels = Levels::new(sorted)?;
        let Some(unit) = CompactUnit::choose(&levels, &options.compaction, true) else {
            return Ok(None);
        };
        let steps = unit.steps(StepRules {
            small_file: options.compaction.small_file(options.target_file_size),
            rewrite_all: options.compaction.rewrite_all,
            // Below the highest level a row may have an older one above it (`LookupMergeTreeCompactRewriter.java`).
            level0_upgrades: unit.output_level == unit.max_level
                && options.format_of_level(0) == options.format_of_level(unit.output_level),
        });
        if steps.is_empty() {
            return Ok(None);
        }
        let mut run = BucketRun { compactor: self, read, directory, unit, metas };
        let mut compacted = Compacted { known, ..Compacted::default() };
        for step in steps {
            run.step(step, &mut compacted).await?;
        }
        Ok(Some(compacted))
    }
}

/// One compaction under way.
struct BucketRun<'a> {
    compactor: &'a Compactor,
    read: RewriteRead,
    directory: String,
    unit: CompactUnit,
    /// The files by name.
    metas: HashMap<String, DataFileMeta>,
}

impl BucketRun<'_> {
    async fn step(&mut self, step: Step, compacted: &mut Compacted) -> Result<()> {
        match step {
            Step::Upgrade(file) => {
                let meta = self.take(file.as_ref())?;
                compacted
                    .after
                    .push(DataFileMeta { level: self.unit.output_level, ..meta.clone() });
                compacted.before.push(meta);
            }
            Step::Rewrite(sections) => {
                let runs = sections.iter().flat_map(Section::runs);
                let files: Vec<_> = runs.flat_map(|run| run.files()).cloned().collect();
                for file in files {
                    compacted.before.push(self.take(file.as_ref())?);
                }
                compacted.after.extend(self.rewrite(sections).await?);
            }
        }
        Ok(())
    }

    fn take(&mut self, file: &dyn SortedFile) -> Result<DataFileMeta> {
        let meta = self.metas.remove(&file.meta().name);
        meta.ok_or_else(|| {
            Error::corrupt("a bucket has a file twice").with("file", &file.meta().name)
        })
    }

    async fn rewrite(&self, sections: Vec<Section>) -> Result<Vec<DataFileMeta>> {
        let (table, level) = (&self.compactor.table, self.unit.output_level);
        let keys = table.schema().key_fields();
        let types: Arc<[DataType]> = keys.iter().map(|key| key.data_type.clone()).collect();
        let layout = FileLayout::key_value(&keys, table.schema().fields(), table.options(), level);
        let (directory, open) = (self.directory.clone(), Arc::clone(&self.compactor.open));
        let files = BucketFiles::new(table, Arc::new(layout), directory, open)?;
        let runs = BucketRuns::new(Arc::new(files), types);
        let reader = self.read.reader(self.compactor.chunk_rows)?;
        let upper = Upper { above: &self.unit.above, settled: true };
        rewrite(&reader, &runs, sections, upper, level).await
    }
}
