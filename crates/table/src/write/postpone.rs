//! Rows that wait for a bucket, as they come: `PostponeBucketFileStoreWrite.java`, `PostponeBucketWriter.java`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int8Array, Int64Array, RecordBatch};
use rimon_format::AvroFormat;
use rimon_lsm::BufferSpec;
use rimon_spec::stats::StatsMode;
use rimon_spec::{DataFileMeta, DataType, Error, Result, RowKind, TableOptions};

use super::kernel::arrow_error;
use super::merge_tree::KeyRange;
use super::rolling::{BucketFiles, RollingWriter};
use crate::table::Table;

/// `_SEQUENCE_NUMBER` of rows that get theirs when a compaction reads them: `KeyValue.UNKNOWN_SEQUENCE`.
const UNKNOWN_SEQUENCE: i64 = -1;
/// Java draws a writer's number below this.
const WRITERS: u64 = i32::MAX as u64;

/// Writes the rows of one partition in the order they come, also those with the same key.
pub(crate) struct PostponeWriter {
    files: RollingWriter<KeyRange>,
    spec: BufferSpec,
}

impl PostponeWriter {
    pub(crate) fn new(
        files: Arc<BucketFiles>,
        spec: BufferSpec,
        key_types: Arc<[DataType]>,
    ) -> Self {
        Self { files: RollingWriter::new(files, KeyRange::new(key_types)), spec }
    }

    pub(crate) async fn write(
        &mut self,
        batch: &RecordBatch,
        kinds: Option<&Int8Array>,
    ) -> Result<()> {
        let rows = batch.num_rows();
        let key = |i: &usize| batch.columns().get(*i).cloned();
        let mut columns: Vec<ArrayRef> = self.spec.keys.iter().filter_map(key).collect();
        columns.push(Arc::new(Int64Array::from(vec![UNKNOWN_SEQUENCE; rows])));
        columns.push(match kinds {
            Some(kinds) => Arc::new(kinds.clone()),
            None => Arc::new(Int8Array::from(vec![RowKind::Insert as i8; rows])),
        });
        columns.extend(batch.columns().iter().cloned());
        let batch = RecordBatch::try_new(self.spec.file_schema.clone(), columns);
        self.files.write(&batch.map_err(arrow_error)?).await
    }

    pub(crate) fn memory(&self) -> usize {
        self.files.memory()
    }

    pub(crate) async fn flush(&mut self) -> Result<()> {
        self.files.close().await
    }

    pub(crate) async fn finish(&mut self) -> Result<Vec<DataFileMeta>> {
        self.files.finish().await
    }

    pub(crate) async fn abort(&mut self) -> Result<()> {
        self.files.abort().await
    }
}

/// The table as a writer of waiting rows sees it: Avro without statistics where Avro has the types, and names that tell
/// a compaction which files are of one writer, so that it reads them in order.
///
/// # Errors
/// `Invalid` for a user whose name cannot be in a file name.
pub(crate) fn postponed(table: &Table, user: &str) -> Result<Table> {
    if user.contains('/') {
        return Err(Error::invalid("a user that writes postponed rows is part of file names")
            .with("user", user));
    }
    let mut options = TableOptions::clone(table.options());
    if AvroFormat::can_hold(&table.schema().fields) {
        "avro".clone_into(&mut options.file_format);
        options.stats_mode = StatsMode::None;
    }
    let number = table.runtime().ids().below(WRITERS);
    options.data_file_prefix = format!("{}-u-{user}-s-{number}-w-", options.data_file_prefix);
    Ok(table.with_parsed_options(options))
}
