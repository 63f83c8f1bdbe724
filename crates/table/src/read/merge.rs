//! Splits whose files overlap: given to the LSM engine.

use std::sync::Arc;

use rimon_format::FileRef;
use rimon_lsm::merge::Versions;
use rimon_lsm::{
    MergeReadSpec, MergeTreeReader, Output, ReadOrder, ReadTuning, Section, SlabTask, SortedFile,
    UserSequence, partition,
};
use rimon_spec::options::{MergeEngine, SortOrder};
use rimon_spec::{DataField, DataFileMeta, DataType, Error, Predicate, Result};

use super::columns::file_columns;
use super::deletion::FileDeletions;
use super::sorted_file::{DataSortedFile, FileColumns};
use super::table_read::TableRead;
use crate::merge_engine::merge_function;
use crate::plan::Split;

/// Input rows that are held with all their values at a time, where rows are composed of several.
const COMPOSED_ROWS: u64 = 256 << 10;

/// How the splits of a read are merged.
#[derive(Debug)]
pub(super) struct MergeRead {
    keys: Vec<DataField>,
    key_types: Vec<DataType>,
    user_sequence: Vec<DataField>,
    /// Columns read as values: those wanted that are no key.
    values: Vec<DataField>,
    /// The part of the filter that speaks of `values` only, where the rows of the result are rows of files.
    condition: Predicate,
    reader: MergeTreeReader,
}

impl MergeRead {
    /// For the merge engine and options of the table.
    pub(super) fn new(read: &TableRead) -> Result<Self> {
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
        let mut values = Vec::new();
        let mut projection = Vec::new();
        for field in &read.fields {
            match keys.iter().position(|k| k.id == field.id) {
                Some(i) => projection.push(Output::Key(i)),
                None => {
                    projection.push(Output::Value(values.len()));
                    values.push(field.clone());
                }
            }
        }
        let merge = merge_function(schema, options, &mut values)?;
        let mut tuning = ReadTuning::default();
        if let Versions::Columns { .. } = merge.versions() {
            tuning.chunk_rows = COMPOSED_ROWS;
        }
        let spec = MergeReadSpec {
            key_columns: keys.len(),
            projection,
            schema: read.arrow_schema(&read.fields)?,
            merge,
            order: ReadOrder::Unordered,
            user_sequence: (!user_sequence.is_empty()).then(|| UserSequence {
                columns: user_sequence.len(),
                descending: options.sequence_sort_order == SortOrder::Descending,
            }),
            tuning,
        };
        let key_types = keys.iter().map(|k| k.data_type.clone()).collect();
        let reader = MergeTreeReader::new(spec);
        // Only rows that survive are asked about, so that no older version comes back.
        let condition = match options.merge_engine {
            MergeEngine::Deduplicate => {
                let is_value = |name: &str| values.iter().any(|f| f.name == name);
                read.predicate.clone().split_by_columns(&is_value).0
            }
            _ => Predicate::True,
        };
        Ok(Self { keys, key_types, user_sequence, values, condition, reader })
    }

    /// The split's files as sections of sorted runs.
    ///
    /// # Errors
    /// Those of reading deletion vectors.
    pub(super) async fn sections(&self, read: &TableRead, split: &Split) -> Result<Vec<Section>> {
        let files = split.files.iter().map(|meta| async {
            let file = read.file_ref(split, meta)?;
            let mut sorted = self.sorted_file(read, split, meta, file)?;
            if let Some(deletions) = FileDeletions::of(read.table.storage(), split, meta) {
                sorted.leave_out(&*deletions.vector().await?);
            }
            Ok::<_, Error>(Arc::new(sorted) as Arc<dyn SortedFile>)
        });
        Ok(partition(futures::future::try_join_all(files).await?))
    }

    /// Cuts a section into at most about `target` tasks.
    pub(super) async fn tasks(&self, section: &Section, target: usize) -> Result<Vec<SlabTask>> {
        self.reader.tasks(section, target).await
    }

    fn sorted_file(
        &self,
        read: &TableRead,
        split: &Split,
        meta: &DataFileMeta,
        file: FileRef,
    ) -> Result<DataSortedFile> {
        let file_schema = read.file_schema(meta)?;
        let columns = |wanted: &[DataField]| {
            file_columns(read.table.schema(), &file_schema, &split.partition, wanted)
        };
        let columns = FileColumns {
            keys: columns(&self.keys),
            user_sequence: columns(&self.user_sequence),
            values: columns(&self.values),
            condition: self.condition.clone(),
        };
        DataSortedFile::new(meta, &self.key_types, file, columns, read.string_views)
    }
}
