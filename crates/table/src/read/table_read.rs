//! What a read wants of every split: columns, filter, limit.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::{StreamExt, TryStreamExt};
use rimon_format::{FileRef, TextFile, TextFormat, arrow_schema};
use rimon_spec::{DataField, DataFileMeta, Error, Predicate, Result, TableSchema};

use super::BatchStream;
use super::filter::filter_batch;
use super::tasks::{ReadTask, balance, spread};
use crate::plan::Split;
use crate::table::Table;

/// Splits opened at a time by [`TableRead::stream`].
const STREAM_TASKS: usize = 4;

/// Reads splits of one plan. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TableRead {
    pub(super) table: Table,
    /// Columns of the batches.
    pub(super) output: Vec<DataField>,
    /// Columns read: those of the batches, then those only the filter needs.
    pub(super) fields: Vec<DataField>,
    pub(super) predicate: Predicate,
    pub(super) key_predicate: Predicate,
    pub(super) file_schemas: Arc<HashMap<i64, Arc<TableSchema>>>,
    schema: SchemaRef,
    filtered: bool,
    /// Reads the splits of the branch that `scan.fallback-branch` names.
    fallback: Option<Box<TableRead>>,
    limit: Option<u64>,
    pub(super) string_views: bool,
}

impl TableRead {
    pub(crate) fn new(table: Table, output: Vec<DataField>, predicate: Predicate) -> Result<Self> {
        Ok(Self {
            table,
            schema: arrow_schema::to_arrow_schema(&output)?,
            fields: output.clone(),
            output,
            predicate,
            key_predicate: Predicate::True,
            file_schemas: Arc::default(),
            filtered: false,
            fallback: None,
            limit: None,
            string_views: false,
        })
    }

    pub(crate) fn set_file_schemas(&mut self, schemas: HashMap<i64, Arc<TableSchema>>) {
        self.file_schemas = Arc::new(schemas);
    }

    pub(crate) fn set_key_predicate(&mut self, predicate: Predicate) {
        self.key_predicate = predicate;
    }

    /// The same read with another one for splits of the fallback branch.
    pub(crate) fn with_fallback(mut self, fallback: Self) -> Self {
        self.fallback = Some(Box::new(fallback));
        self
    }

    /// The same read with the filter applied to every row. Without this the filter only skips what cannot match, and
    /// the caller applies it.
    #[must_use]
    pub fn filtered(mut self) -> Self {
        self.filtered = true;
        self.fallback = self.fallback.map(|other| Box::new(other.filtered()));
        let schema = self.table.schema().clone();
        for name in self.predicate.columns() {
            let read = self.fields.iter().any(|f| f.name == name);
            if let (false, Some(field)) = (read, schema.field(name)) {
                self.fields.push(field.clone());
            }
        }
        self
    }

    /// The same read cut to so many rows.
    #[must_use]
    pub fn limited(mut self, rows: Option<u64>) -> Self {
        self.limit = rows;
        self
    }

    /// The same read with CHAR and VARCHAR columns as `Utf8View` and not as `Utf8`, for engines that like them: less
    /// is copied. Not together with [`TableRead::filtered`].
    #[must_use]
    pub fn with_string_views(mut self) -> Self {
        self.string_views = !self.filtered;
        self.fallback = self.fallback.map(|other| Box::new(other.with_string_views()));
        if self.string_views {
            self.schema = arrow_schema::with_string_views(&self.schema);
        }
        self
    }

    pub(super) fn arrow_schema(&self, fields: &[DataField]) -> Result<SchemaRef> {
        let plain = arrow_schema::to_arrow_schema(fields)?;
        Ok(if self.string_views { arrow_schema::with_string_views(&plain) } else { plain })
    }

    /// Schema of the batches.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Whether no condition is on columns other than the partition's.
    pub(crate) fn has_no_row_filter(&self) -> bool {
        let keys = &self.table.schema().partition_keys;
        self.predicate.columns().into_iter().all(|c| keys.iter().any(|k| k == c))
    }

    /// Spreads splits over `target` workers: one list of tasks for each, of about equal work. One bucket is cut into
    /// key ranges and one file into row ranges, so that few splits use many workers too.
    ///
    /// # Errors
    /// Those of opening files.
    pub async fn tasks(&self, splits: Vec<Split>, target: usize) -> Result<Vec<Vec<ReadTask>>> {
        let (others, own): (Vec<_>, Vec<_>) = splits.into_iter().partition(|s| s.fallback);
        let mut tasks = spread(self, own, target).await?;
        if let (false, Some(fallback)) = (others.is_empty(), &self.fallback) {
            tasks.extend(spread(fallback, others, target).await?);
        }
        Ok(balance(tasks, target.max(1)))
    }

    /// Reads splits one after the other, in no particular order of rows.
    ///
    /// # Errors
    /// Those of opening files; the stream gives those of reading.
    pub async fn stream(&self, splits: Vec<Split>) -> Result<BatchStream> {
        let tasks = self.tasks(splits, STREAM_TASKS).await?;
        let streams = tasks.into_iter().flatten().map(|task| task.execute());
        let all = futures::stream::iter(streams).flatten().boxed();
        Ok(match self.limit {
            Some(rows) => cut(all, rows),
            None => all,
        })
    }

    /// Applies the filter, when asked for, and drops columns that only it needed.
    pub(super) fn finish(&self, stream: BatchStream) -> BatchStream {
        if !self.filtered || self.predicate == Predicate::True {
            return stream;
        }
        let read = self.clone();
        stream.and_then(move |batch| futures::future::ready(read.finish_batch(&batch))).boxed()
    }

    fn finish_batch(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let kept = filter_batch(batch, &self.fields, &self.predicate)?;
        let wanted: Vec<usize> = (0..self.output.len()).collect();
        kept.project(&wanted).map_err(|e| Error::internal("a projection failed").with_source(e))
    }

    /// The filter as far as the columns read can tell.
    pub(super) fn readable_predicate(&self) -> Predicate {
        let (known, _) = self
            .predicate
            .clone()
            .split_by_columns(&|name| self.fields.iter().any(|f| f.name == name));
        known
    }

    /// Where a data file is.
    pub(super) fn file_ref(&self, split: &Split, file: &DataFileMeta) -> Result<FileRef> {
        if let Some(path) = &file.external_path {
            return Err(Error::unsupported("data files outside the table's directory")
                .with("file", path)
                .with("table", self.table.name()));
        }
        let storage = self.table.storage();
        let relative = format!("{}/{}", split.directory, file.file_name);
        let size = u64::try_from(file.file_size)
            .map_err(|_| Error::corrupt("a file has a negative size").with("file", &relative))?;
        let name = format!("{}/{relative}", storage.location().trim_end_matches('/'));
        let found =
            FileRef::new(storage.object_store().clone(), storage.path(&relative)?, size, name);
        match TextFormat::of(&file.file_name) {
            Some(format) => Ok(found.with_text(self.text_file(format, file)?)),
            None => Ok(found),
        }
    }

    /// What a file of lines does not say itself: the columns it was written with, and separators.
    fn text_file(&self, format: TextFormat, file: &DataFileMeta) -> Result<TextFile> {
        if self.table.has_primary_key() {
            let what = format!("files of format '{format:?}' in a table with a primary key");
            return Err(Error::unsupported(what.to_lowercase()).with("file", &file.file_name));
        }
        let all = &self.file_schema(file)?.fields;
        let fields = match &file.write_cols {
            Some(names) => {
                let found = names.iter().map(|n| all.iter().find(|f| f.name == *n).cloned());
                found.collect::<Option<Vec<DataField>>>().ok_or_else(|| {
                    Error::unsupported("a file of lines with columns beside the table's")
                        .with("file", &file.file_name)
                })?
            }
            None => all.clone(),
        };
        let options = self.table.schema().options.iter();
        let options = options.map(|(key, value)| (key.clone(), value.clone())).collect();
        Ok(TextFile { fields, options })
    }

    /// The schema a file was written with: only the columns that are in the file.
    pub(super) fn file_schema(&self, file: &DataFileMeta) -> Result<Arc<TableSchema>> {
        let schema = self.file_schemas.get(&file.schema_id).ok_or_else(|| {
            Error::internal(format!("schema {} was not loaded", file.schema_id))
                .with("file", &file.file_name)
        })?;
        let Some(columns) = &file.write_cols else { return Ok(schema.clone()) };
        let mut schema = TableSchema::clone(schema);
        schema.fields.retain(|f| columns.contains(&f.name));
        Ok(Arc::new(schema))
    }
}

/// The first `rows` rows.
fn cut(stream: BatchStream, rows: u64) -> BatchStream {
    let left = usize::try_from(rows).unwrap_or(usize::MAX);
    futures::stream::try_unfold((stream, left), |(mut stream, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        match stream.try_next().await? {
            Some(batch) => {
                let batch = batch.slice(0, batch.num_rows().min(left));
                let left = left - batch.num_rows();
                Ok(Some((batch, (stream, left))))
            }
            None => Ok(None),
        }
    })
    .boxed()
}
