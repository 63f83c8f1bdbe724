//! What a read wants of every split: columns, filter, limit.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::{StreamExt, TryStreamExt};
use rimon_format::{FileRef, TextFile, TextFormat, arrow_schema};
use rimon_spec::{
    DataField, DataFileMeta, Error, ErrorKind, Predicate, Result, SpecialField, TableSchema,
};

use super::BatchStream;
use super::compacted_changelog::part;
use super::filter::filter_batch;
use super::form::{Form, formed};
use super::tasks::{ReadTask, balance, in_order, spread};
use super::tracking::tracking_fields;
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
    /// The last column of the batches is the kind of each row.
    pub(super) kinds: bool,
    /// Keys whose last row retracts have that row; with `kinds` only.
    pub(super) keep: bool,
    form: Form,
    /// The snapshot that refers to what is read, for messages.
    snapshot: Option<i64>,
    /// Row ids and sequence numbers are behind the columns of the table.
    pub(super) tracking: bool,
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
            kinds: false,
            keep: false,
            form: Form::Rows,
            snapshot: None,
            tracking: false,
        })
    }

    /// The same read with the kind of each row as its last column, and with the rows that retract.
    pub(crate) fn with_row_kinds(mut self) -> Result<Self> {
        self.output.push(SpecialField::value_kind());
        self.fields.clone_from(&self.output);
        self.schema = arrow_schema::to_arrow_schema(&self.output)?;
        self.kinds = true;
        self.keep = true;
        Ok(self)
    }

    /// The same read with batches of another form. `sequence`: with the sequence numbers of rows.
    pub(crate) fn in_form(mut self, form: Form, sequence: bool) -> Result<Self> {
        if sequence {
            self.output.push(SpecialField::sequence_number());
        }
        let mut read = self.with_row_kinds()?;
        read.form = form;
        read.schema = arrow_schema::to_arrow_schema(&form.fields(&read.output))?;
        Ok(read)
    }

    /// The same read with row ids and sequence numbers behind the columns.
    pub(crate) fn with_tracking(mut self) -> Result<Self> {
        self.output.extend(tracking_fields());
        self.fields.clone_from(&self.output);
        self.schema = arrow_schema::to_arrow_schema(&self.output)?;
        self.tracking = true;
        Ok(self)
    }

    /// Leaves out keys whose last row retracts, though kinds are read: a state as a stream begins with it.
    pub(crate) fn drop_retractions(&mut self) {
        self.keep = false;
    }

    /// The columns of `fields` with the kind of each row, which this read may not have.
    pub(super) fn kinds_behind(&self, fields: &[DataField]) -> Result<Self> {
        let read = Self::new(self.table.clone(), fields.to_vec(), Predicate::True)?;
        let read = Self { file_schemas: self.file_schemas.clone(), ..read }.with_row_kinds()?;
        Ok(Self { string_views: self.string_views, snapshot: self.snapshot, ..read })
    }

    pub(crate) fn set_snapshot(&mut self, id: i64) {
        self.snapshot = Some(id);
    }

    /// The error with the snapshot that refers to what is read; a file that is gone says what that means.
    pub(super) fn blame(&self, error: Error) -> Error {
        let error = match error.kind() {
            ErrorKind::NotFound => gone(error),
            _ => error,
        };
        match self.snapshot {
            Some(id) => error.with("snapshot", id),
            None => error,
        }
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
        self.string_views = !self.filtered && self.form != Form::Binlog;
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
        let mut tasks = spread(self, own, target).await.map_err(|e| self.blame(e))?;
        if let (false, Some(fallback)) = (others.is_empty(), &self.fallback) {
            tasks.extend(spread(fallback, others, target).await.map_err(|e| fallback.blame(e))?);
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

    /// Reads splits one after the other, each file from its first row to its last: the order of changes. Rows that have
    /// to be merged come in any order.
    ///
    /// # Errors
    /// As [`TableRead::stream`].
    pub async fn stream_in_order(&self, splits: Vec<Split>) -> Result<BatchStream> {
        let (others, own): (Vec<_>, Vec<_>) = splits.into_iter().partition(|s| s.fallback);
        let mut tasks = in_order(self, own).await.map_err(|e| self.blame(e))?;
        if let (false, Some(fallback)) = (others.is_empty(), &self.fallback) {
            tasks.extend(in_order(fallback, others).await.map_err(|e| fallback.blame(e))?);
        }
        let streams: Vec<_> = tasks.into_iter().map(ReadTask::execute).collect();
        let all = futures::stream::iter(streams).flatten().boxed();
        Ok(match self.limit {
            Some(rows) => cut(all, rows),
            None => all,
        })
    }

    /// Applies the filter, when asked for, and drops columns that only it needed.
    /// `pairs`: rows are changes, of which an update has two.
    pub(super) fn finish(&self, stream: BatchStream, pairs: bool) -> BatchStream {
        formed(self.chosen(stream), self.form, &self.schema, pairs)
    }

    /// Whether changes have to stay together and in order.
    pub(super) fn is_binlog(&self) -> bool {
        self.form == Form::Binlog
    }

    fn chosen(&self, stream: BatchStream) -> BatchStream {
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
        let store = storage.object_store().clone();
        if let Some(part) = part(&split.directory, &file.file_name)? {
            let path = storage.path(&part.path)?;
            return Ok(FileRef::new(store, path, part.length, name).with_offset(part.offset));
        }
        let found = FileRef::new(store, storage.path(&relative)?, size, name);
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

/// A file that went away after it was opened.
fn gone(error: Error) -> Error {
    let file = error.context().iter().find(|(key, _)| *key == "file").map(|(_, file)| file.clone());
    let missing = Error::corrupt("a data file that the snapshot names is missing")
        .with_hint("another program may have expired the snapshot or deleted the file");
    match file {
        Some(file) => missing.with("file", file),
        None => missing,
    }
    .with_source(error)
}
