//! What a read wants of every split: columns, filter, limit.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::{StreamExt, TryStreamExt};
use rimon_format::{ReadCounters, arrow_schema};
use rimon_spec::{DataField, Error, ErrorKind, Predicate, Result, SpecialField, TableSchema};

use super::BatchStream;
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
    /// The part that may be used below a merge.
    pub(super) key_predicate: Predicate,
    pub(super) file_schemas: Arc<HashMap<i64, Arc<TableSchema>>>,
    pub(super) counters: Arc<ReadCounters>,
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
            schema: arrow_schema::to_arrow_schema(&output)?,
            fields: output.clone(),
            output,
            key_predicate: on_keys(table.schema(), &predicate),
            predicate,
            file_schemas: Arc::default(),
            counters: Arc::default(),
            filtered: false,
            fallback: None,
            limit: None,
            string_views: false,
            kinds: false,
            keep: false,
            form: Form::Rows,
            snapshot: None,
            tracking: false,
            table,
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

    /// The same read with another one for splits of the fallback branch.
    pub(crate) fn with_fallback(mut self, fallback: Self) -> Self {
        let counters = self.counters.clone();
        self.fallback = Some(Box::new(Self { counters, ..fallback }));
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
            let field = schema.map_key(name).map_or_else(|| schema.field(name), |m| Some(m.field));
            if let Some(field) = field
                && !self.fields.iter().any(|f| f.id == field.id)
            {
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

    /// A column of the batches.
    pub fn field(&self, name: &str) -> Option<&DataField> {
        self.output.iter().find(|field| field.name == name)
    }

    /// The schema of the table that is read.
    pub fn table_schema(&self) -> &Arc<TableSchema> {
        self.table.schema()
    }

    /// Columns of the batches.
    pub(crate) fn output_fields(&self) -> &[DataField] {
        &self.output
    }

    /// Names of the partition columns.
    pub(crate) fn partition_keys(&self) -> &[String] {
        &self.table.schema().partition_keys
    }

    /// Schemas of the files of the plan, by id.
    pub(crate) fn file_schemas(&self) -> &HashMap<i64, Arc<TableSchema>> {
        &self.file_schemas
    }

    /// What reads of data files have skipped so far, merges excepted; shared by all clones.
    pub fn counters(&self) -> &Arc<ReadCounters> {
        &self.counters
    }

    /// Whether the batches are rows as the table has them, and not another form of them.
    pub(crate) fn gives_rows(&self) -> bool {
        self.form == Form::Rows
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
}

/// The part of a filter that may be used below a merge: it speaks of the trimmed primary key only.
fn on_keys(schema: &TableSchema, predicate: &Predicate) -> Predicate {
    let keys = schema.trimmed_primary_keys();
    predicate.clone().split_by_columns(&|name| keys.contains(&name)).0
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
