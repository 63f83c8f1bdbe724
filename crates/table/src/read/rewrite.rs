//! Files of a bucket of a primary-key table for a compaction: read back in the layout of data files.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rimon_format::arrow_schema::to_arrow_schema;
use rimon_lsm::{MergeReadSpec, MergeTreeReader, Output, ReadOrder, ReadTuning, SortedFile};
use rimon_spec::{BinaryRow, DataField, DataFileMeta, DataType, Predicate, Result, SpecialField};

use super::columns::file_columns;
use super::sequence::Sequence;
use super::sorted_file::{DataSortedFile, FileColumns};
use super::table_read::TableRead;
use crate::merge_engine::merge_function;
use crate::plan::{Split, SplitKind};
use crate::table::Table;

/// Rows of a batch.
const BATCH_ROWS: usize = 16 << 10;

/// Reads the files of one bucket.
#[derive(Debug)]
pub(crate) struct RewriteRead {
    read: TableRead,
    split: Split,
    keys: Vec<DataField>,
    /// Sequence number and kind, then the columns that are no key.
    values: Vec<DataField>,
}

impl RewriteRead {
    /// For `files`, which are in `directory`.
    ///
    /// # Errors
    /// Those of reading the schemas of the files.
    pub(crate) async fn new(
        table: &Table,
        partition: &BinaryRow,
        bucket: i32,
        directory: String,
        files: &[DataFileMeta],
    ) -> Result<Self> {
        let schema = table.schema();
        let types: Vec<DataType> =
            schema.partition_fields().iter().map(|f| f.data_type.clone()).collect();
        let split = Split {
            partition: partition.decode(&types)?.into(),
            bucket,
            directory: directory.into(),
            directories: None,
            files: Vec::new(),
            deletions: Default::default(),
            kind: SplitKind::Merge,
            fallback: false,
            before: None,
            reversed: false,
        };
        let mut read = TableRead::new(table.clone(), schema.fields.clone(), Predicate::True)?;
        let mut schemas = HashMap::new();
        for file in files {
            if let Entry::Vacant(slot) = schemas.entry(file.schema_id) {
                let found = table.schemas().get(file.schema_id).await;
                slot.insert(found.map_err(|e| e.with("data file", &file.file_name))?);
            }
        }
        read.set_file_schemas(schemas);
        let keys: Vec<DataField> = schema.key_fields().into_iter().cloned().collect();
        let is_key = |field: &&DataField| keys.iter().any(|key| key.id == field.id);
        let mut values = vec![SpecialField::sequence_number(), SpecialField::value_kind()];
        values.extend(schema.fields.iter().filter(|f| !is_key(f)).cloned());
        Ok(Self { read, split, keys, values })
    }

    /// A file as the engine sees it. It is opened when it is first read.
    ///
    /// # Errors
    /// `Corrupt` when its manifest entry makes no sense.
    pub(crate) fn file(&self, meta: &DataFileMeta) -> Result<Arc<dyn SortedFile>> {
        let schema = self.read.table.schema();
        let file_schema = self.read.file_schema(meta)?;
        let sequence = Sequence::of(&self.read.table, meta)?;
        let columns = |wanted: &[DataField]| {
            file_columns(schema, &file_schema, &self.split.partition, sequence, wanted)
        };
        let columns = FileColumns {
            sequence,
            keys: columns(&self.keys),
            user_sequence: Vec::new(),
            values: columns(&self.values),
            condition: Predicate::True,
            indexed: None,
        };
        let types: Vec<DataType> = self.keys.iter().map(|k| k.data_type.clone()).collect();
        let file = self.read.file_ref(&self.split, meta)?;
        Ok(Arc::new(DataSortedFile::new(meta, &types, file, columns, false)?))
    }

    /// Merges files into rows of data files in key order, so many of their keys being held at a time.
    ///
    /// # Errors
    /// `Invalid` options of the merge engine.
    pub(crate) fn reader(&self, chunk_rows: u64) -> Result<MergeTreeReader> {
        let schema = self.read.table.schema();
        let mut layout: Vec<DataField> = self.keys.iter().map(SpecialField::key).collect();
        layout.extend([SpecialField::sequence_number(), SpecialField::value_kind()]);
        layout.extend_from_slice(&schema.fields);
        let mut projection: Vec<Output> = (0..self.keys.len()).map(Output::Key).collect();
        projection.extend([Output::Value(0), Output::Value(1)]);
        let mut value = 2..;
        for field in &schema.fields {
            projection.extend(match self.keys.iter().position(|key| key.id == field.id) {
                Some(key) => Some(Output::Key(key)),
                None => value.next().map(Output::Value),
            });
        }
        let mut merged = schema.fields.clone();
        Ok(MergeTreeReader::new(MergeReadSpec {
            key_columns: self.keys.len(),
            projection,
            schema: to_arrow_schema(&layout)?,
            merge: merge_function(schema, self.read.table.options(), &mut merged)?,
            order: ReadOrder::ByKey,
            user_sequence: None,
            tuning: ReadTuning { chunk_rows, batch_rows: BATCH_ROWS, ..ReadTuning::default() },
        }))
    }
}
