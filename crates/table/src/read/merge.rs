//! Splits whose files overlap: given to the LSM engine.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use rimon_format::FileRef;
use rimon_lsm::{
    MergeReadSpec, MergeTreeReader, Output, ReadOrder, ReadTuning, Section, SlabTask, SortedFile,
    UserSequence, partition,
};
use rimon_spec::options::{MergeEngine, SortOrder};
use rimon_spec::{DataField, DataFileMeta, DataType, Error, Predicate, Result};

use super::BatchStream;
use super::columns::file_columns;
use super::deletion::FileDeletions;
use super::indexed::IndexedRows;
use super::kinds::add_inserts;
use super::newest::NewestRows;
use super::sequence::Sequence;
use super::sorted_file::{DataSortedFile, FileColumns};
use super::table_read::TableRead;
use crate::merge_engine::merge_function;
use crate::plan::Split;

/// How the splits of a read are merged.
#[derive(Debug)]
pub(super) struct MergeRead {
    keys: Vec<DataField>,
    key_types: Vec<DataType>,
    user_sequence: Vec<DataField>,
    /// Columns read as values: those wanted that are no key.
    values: Vec<DataField>,
    /// The part of the filter that speaks of `values` only.
    condition: Predicate,
    reader: MergeTreeReader,
    /// The same, keys whose last row retracts included.
    keeping: MergeTreeReader,
    /// For files of which the newest row of a key is enough, where the merge engine composes rows.
    newest: Option<NewestRows>,
    /// Rows are composed of several, and so have no kind of their own: all are new.
    composed_with_kinds: Option<SchemaRef>,
}

/// A key range of a section.
#[derive(Debug)]
pub(super) struct MergeTask {
    task: SlabTask,
    with_kinds: Option<SchemaRef>,
}

/// A section of a split.
#[derive(Debug)]
pub(super) struct MergeSection {
    section: Section,
    /// The newest row of a key is its result, though the merge engine composes rows.
    newest: bool,
}

impl MergeSection {
    /// Rows of all runs.
    pub(super) fn rows(&self) -> u64 {
        self.section.rows()
    }
}

impl MergeTask {
    /// Rows to be read before they are merged, about.
    pub(super) fn estimated_rows(&self) -> u64 {
        self.task.estimated_rows()
    }

    /// Reads the range.
    pub(super) fn execute(self) -> BatchStream {
        match self.with_kinds {
            None => self.task.execute(),
            Some(schema) => add_inserts(self.task.execute(), schema),
        }
    }
}

impl MergeRead {
    /// For the merge engine and options of the table.
    pub(super) fn new(read: &TableRead, order: ReadOrder) -> Result<Self> {
        let schema = read.table.schema();
        let options = read.table.options();
        let keys: Vec<_> = schema.key_fields().into_iter().cloned().collect();
        let user_sequence = options
            .sequence_fields
            .iter()
            .map(|name| {
                schema.field(name).cloned().ok_or_else(|| {
                    Error::invalid(format!("sequence.field names no column: '{name}'"))
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let composed =
            matches!(options.merge_engine, MergeEngine::Aggregation | MergeEngine::PartialUpdate);
        let own = if composed && read.kinds { 1 } else { 0 };
        let fields = read.fields.get(..read.fields.len().saturating_sub(own)).unwrap_or_default();
        let mut values = Vec::new();
        let mut projection = Vec::new();
        for field in fields {
            match keys.iter().position(|k| k.id == field.id) {
                Some(i) => projection.push(Output::Key(i)),
                None => {
                    projection.push(Output::Value(values.len()));
                    values.push(field.clone());
                }
            }
        }
        let merge = merge_function(schema, options, &mut values)?;
        let spec = MergeReadSpec {
            key_columns: keys.len(),
            projection,
            schema: read.arrow_schema(fields)?,
            merge,
            order,
            user_sequence: (!user_sequence.is_empty()).then(|| UserSequence {
                columns: user_sequence.len(),
                descending: options.sequence_sort_order == SortOrder::Descending,
            }),
            tuning: ReadTuning::default(),
        };
        let key_types = keys.iter().map(|k| k.data_type.clone()).collect();
        // Only rows that come out as they are in their file are asked about, so that no older version comes back.
        let is_value = |name: &str| values.iter().any(|f| f.name == name);
        let condition = read.predicate.clone().split_by_columns(&is_value).0;
        let newest = NewestRows::new(&spec);
        let mut keep = spec.clone();
        keep.tuning.keep_retracts = true;
        let (reader, keeping) = (MergeTreeReader::new(spec), MergeTreeReader::new(keep));
        let composed_with_kinds = match own {
            0 => None,
            _ => Some(read.arrow_schema(&read.fields)?),
        };
        Ok(Self {
            keys,
            key_types,
            user_sequence,
            values,
            condition,
            reader,
            keeping,
            newest,
            composed_with_kinds,
        })
    }

    /// The split's files as sections of sorted runs.
    ///
    /// # Errors
    /// Those of reading deletion vectors.
    pub(super) async fn sections(
        &self,
        read: &TableRead,
        split: &Split,
    ) -> Result<Vec<MergeSection>> {
        let files = split.files.iter().map(|meta| async {
            let file = read.file_ref(split, meta)?;
            let mut sorted = self.sorted_file(read, split, meta, file)?;
            if let Some(deletions) = FileDeletions::of(read.table.storage(), split, meta) {
                sorted.leave_out(&*deletions.vector().await?);
            }
            if read.key_predicate != Predicate::True {
                sorted.leave_out_keys(&read.key_predicate).await?;
            }
            Ok::<_, Error>(Arc::new(sorted) as Arc<dyn SortedFile>)
        });
        let mut files = futures::future::try_join_all(files).await?;
        files.retain(|file| file.meta().rows > 0);
        let enough = self.newest.as_ref().map(|newest| newest.files(read, split, &self.values));
        let section = |section: Section| {
            let mut files = section.runs().iter().flat_map(|run| run.files());
            let newest = enough
                .as_ref()
                .is_some_and(|enough| files.all(|file| enough.contains(file.meta().name.as_str())));
            MergeSection { section, newest }
        };
        Ok(partition(files).into_iter().map(section).collect())
    }

    /// Cuts a section into at most about `target` tasks. `keep`: keys whose last row retracts have that row.
    pub(super) async fn tasks(
        &self,
        section: &MergeSection,
        target: usize,
        keep: bool,
    ) -> Result<Vec<MergeTask>> {
        if keep && self.composed_with_kinds.is_some() {
            return Err(Error::unsupported(
                "the kinds of rows that the merge engine composes of several",
            ));
        }
        let reader = match &self.newest {
            Some(newest) if section.newest => &newest.reader,
            _ if keep => &self.keeping,
            _ => &self.reader,
        };
        let with_kinds = &self.composed_with_kinds;
        let task = |task| MergeTask { task, with_kinds: with_kinds.clone() };
        Ok(reader.tasks(&section.section, target).await?.into_iter().map(task).collect())
    }

    /// Where the columns of the key are in the batches, in the order of the key.
    pub(super) fn key_positions(&self, fields: &[DataField]) -> Result<Vec<usize>> {
        let position = |key: &DataField| fields.iter().position(|f| f.id == key.id);
        let all: Option<Vec<usize>> = self.keys.iter().map(position).collect();
        all.ok_or_else(|| Error::internal("a key column was not read"))
    }

    fn sorted_file(
        &self,
        read: &TableRead,
        split: &Split,
        meta: &DataFileMeta,
        file: FileRef,
    ) -> Result<DataSortedFile> {
        let file_schema = read.file_schema(meta)?;
        let sequence = Sequence::of(&read.table, meta)?;
        let columns = |wanted: &[DataField]| {
            file_columns(read.table.schema(), &file_schema, &split.partition, sequence, wanted)
        };
        let columns = FileColumns {
            sequence,
            keys: columns(&self.keys),
            user_sequence: columns(&self.user_sequence),
            values: columns(&self.values),
            condition: self.condition.clone(),
            indexed: IndexedRows::of(read, &self.condition, split, meta, &file_schema),
        };
        DataSortedFile::new(meta, &self.key_types, file, columns, read.string_views)
    }
}
