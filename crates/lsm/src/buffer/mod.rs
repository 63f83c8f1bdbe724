//! Rows on their way into the tree: kept as they come, sorted and deduplicated when flushed.

mod cluster;
mod compose;
mod flush;
mod radix;
mod sort;

pub use flush::Flush;
use flush::FlushPlan;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int8Array, RecordBatch, UInt32Array, new_empty_array,
};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, SchemaRef};
use rimon_spec::{Error, Result};

use crate::bitmap::Bitmap;
use crate::key::ChunkKeys;
use crate::merge::{GroupRows, Groups, MergeFunction, MergeOutput, RowVersions, Versions};
use crate::sequence::{Ages, mark_retracts, rank_user_sequence};

/// Bytes that sorting needs for a row, beside the row.
const SORT_BYTES: usize = 24;

/// What a buffer needs to know of its table.
#[derive(Debug, Clone)]
pub struct BufferSpec {
    /// Positions of the key columns among the value columns, in primary-key order.
    pub keys: Vec<usize>,
    /// Schema of data files: key columns, sequence number (Int64), kind (Int8), value columns.
    pub file_schema: SchemaRef,
    /// Positions of the `sequence.field` columns among the value columns.
    pub user_sequence: Vec<usize>,
    /// `sequence.field.sort-order` = descending.
    pub descending: bool,
    /// What becomes of the versions of a key.
    pub merge: Arc<dyn MergeFunction>,
    /// Rows of a flushed batch.
    pub batch_rows: usize,
}

impl BufferSpec {
    /// Number of value columns.
    fn values(&self) -> usize {
        self.file_schema.fields().len().saturating_sub(self.keys.len() + 2)
    }

    fn check(&self) -> Result<()> {
        let fields = self.file_schema.fields();
        let special = fields.iter().skip(self.keys.len()).map(|field| field.data_type());
        if let Versions::Columns { .. } = self.merge.versions() {
            // Functions that do not take their column's type say so now.
            let values = fields.iter().skip(self.keys.len() + 2);
            let none: Vec<ArrayRef> = values.map(|f| new_empty_array(f.data_type())).collect();
            self.merge.merge_columns(&RowVersions::default(), &none)?;
        }
        if !special.take(2).eq([&DataType::Int64, &DataType::Int8])
            || self.keys.is_empty()
            || self.keys.iter().chain(&self.user_sequence).any(|i| *i >= self.values())
        {
            return Err(Error::internal("the schema of a write buffer is not that of a file"));
        }
        Ok(())
    }
}

/// Incoming rows of one bucket.
#[derive(Debug)]
pub struct WriteBuffer {
    spec: Arc<BufferSpec>,
    batches: Vec<Buffered>,
    rows: usize,
    memory: usize,
    next_sequence: i64,
}

/// A batch as it came.
#[derive(Debug)]
struct Buffered {
    values: RecordBatch,
    /// `None`: all `+I`.
    kinds: Option<Int8Array>,
    /// Number of rows in the batches before.
    first: usize,
}

impl WriteBuffer {
    /// An empty buffer; its first row gets `first_sequence`.
    pub fn new(spec: BufferSpec, first_sequence: i64) -> Result<Self> {
        spec.check()?;
        Ok(Self {
            spec: Arc::new(spec),
            batches: Vec::new(),
            rows: 0,
            memory: 0,
            next_sequence: first_sequence,
        })
    }

    /// Adds rows: all value columns, and the kind of each row (`None`: all `+I`). Each row gets
    /// the next sequence number. A null in a key column is an error of kind `Invalid`.
    pub fn push(&mut self, batch: RecordBatch, kinds: Option<&Int8Array>) -> Result<()> {
        let rows = batch.num_rows();
        if rows == 0 {
            return Ok(());
        }
        if batch.num_columns() != self.spec.values() {
            return Err(Error::internal("a batch has not the columns of its table"));
        }
        for key in &self.spec.keys {
            if batch.columns().get(*key).is_some_and(|column| column.null_count() > 0) {
                let schema = batch.schema();
                let name = schema.fields().get(*key).map_or("", |f| f.name().as_str());
                return Err(
                    Error::invalid("a primary key column holds a null").with("column", name)
                );
            }
        }
        if let Some(kinds) = kinds {
            if kinds.len() != rows {
                return Err(Error::internal("there are not as many row kinds as rows"));
            }
            let kinds: ArrayRef = Arc::new(kinds.clone());
            mark_retracts(&kinds, 0, &mut Bitmap::zeros(rows))?;
        }
        if self.rows + rows > u32::MAX as usize {
            return Err(Error::exhausted("more than 4294967295 rows in one write buffer"));
        }
        let (values, bytes) = compact(batch)?;
        let kinds = kinds.filter(|kinds| kinds.values().iter().any(|kind| *kind != 0)).cloned();
        self.memory += bytes + rows * SORT_BYTES;
        self.batches.push(Buffered { values, kinds, first: self.rows });
        self.rows += rows;
        self.next_sequence += rows as i64;
        Ok(())
    }

    /// Takes the rows out as they came, in order, as if they had not come: the next row gets the sequence number that
    /// the first of them had.
    pub fn take(&mut self) -> Vec<(RecordBatch, Option<Int8Array>)> {
        self.next_sequence -= std::mem::take(&mut self.rows) as i64;
        self.memory = 0;
        std::mem::take(&mut self.batches).into_iter().map(|b| (b.values, b.kinds)).collect()
    }

    /// Rows held.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes held: the batches, and what sorting them will take.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// Sequence number of the next row.
    pub fn next_sequence(&self) -> i64 {
        self.next_sequence
    }

    /// Sorts what is held and empties the buffer; sequence numbers go on. Of each key one
    /// row remains, as the merge engine makes it of all, retracting rows included.
    pub fn flush(&mut self) -> Result<Flush> {
        let versions = self.spec.merge.versions();
        let kinds = match versions {
            Versions::Newest { ignore_deletes } => ignore_deletes,
            Versions::All => true,
            Versions::Columns { .. } => false,
        };
        let batches = std::mem::take(&mut self.batches);
        let rows = std::mem::take(&mut self.rows);
        self.memory = 0;
        let keys: Vec<RecordBatch> = batches
            .iter()
            .map(|b| b.values.project(&self.spec.keys).map_err(broken))
            .collect::<Result<_>>()?;
        let keys = ChunkKeys::encode(&[keys], self.spec.keys.len(), false)?;
        let ages = self.ages(&batches, rows, kinds)?;
        let sorted = sort::sort_rows(&keys);
        let plan = match versions {
            Versions::Newest { ignore_deletes } => {
                FlushPlan::Rows(sort::choose(sorted, &ages, ignore_deletes))
            }
            Versions::All => {
                let groups = sort::group(&sorted, &ages);
                FlushPlan::Rows(self.choose(&groups, rows, &ages)?)
            }
            Versions::Columns { .. } => FlushPlan::Groups(sort::group(&sorted, &ages)),
        };
        let first_sequence = self.next_sequence - rows as i64;
        Flush::new(Arc::clone(&self.spec), batches, plan, first_sequence)
    }

    /// The row of each key that the engine chooses, in key order.
    fn choose(&self, versions: &RowVersions, rows: usize, ages: &Ages) -> Result<Vec<u32>> {
        if ages.user.is_some() {
            return Err(Error::unsupported(
                "'sequence.field' with a merge engine that chooses rows",
            ));
        }
        let mut numbers = vec![0_u32; rows];
        for (group, members) in (0..).zip(versions.groups()) {
            for row in members {
                if let Some(number) = numbers.get_mut(*row as usize) {
                    *number = group;
                }
            }
        }
        let visits = vec![GroupRows { run: 0, start: 0, groups: &numbers }];
        let mut output = MergeOutput::default();
        self.spec.merge.merge(&Groups { count: versions.len(), visits, ages }, &mut output)?;
        Ok(output.rows.iter().flatten().map(|(_, row)| *row as u32).collect())
    }

    /// What tells the age of rows beside their arrival.
    fn ages(&self, batches: &[Buffered], rows: usize, kinds: bool) -> Result<Ages> {
        let mut ages = Ages::default();
        if !self.spec.user_sequence.is_empty() {
            let columns = |b: &Buffered| -> Result<Vec<ArrayRef>> {
                Ok(b.values.project(&self.spec.user_sequence).map_err(broken)?.columns().to_vec())
            };
            let columns = batches.iter().map(columns).collect::<Result<Vec<_>>>()?;
            ages.user = Some(rank_user_sequence(&[columns], self.spec.descending)?);
        }
        if kinds {
            let mut retracts = Bitmap::zeros(rows);
            for batch in batches {
                if let Some(kinds) = &batch.kinds {
                    let kinds: ArrayRef = Arc::new(kinds.clone());
                    mark_retracts(&kinds, batch.first, &mut retracts)?;
                }
            }
            ages.retracts = vec![Some(retracts)];
        }
        Ok(ages)
    }
}

/// The batch and its bytes; copied when it is a small part of the memory it keeps alive.
fn compact(batch: RecordBatch) -> Result<(RecordBatch, usize)> {
    let batch = with_own_texts(batch)?;
    let held = batch.get_array_memory_size();
    let used: usize = batch
        .columns()
        .iter()
        .map(|c| c.to_data().get_slice_memory_size().unwrap_or_else(|_| c.get_array_memory_size()))
        .sum();
    if held > 2 * used + 4096 {
        let rows: UInt32Array = (0..batch.num_rows() as u32).collect();
        return Ok((take_record_batch(&batch, &rows).map_err(broken)?, used));
    }
    Ok((batch, held))
}

/// Texts that are views into buffers of others, or of more than twice their length, get one of their own.
fn with_own_texts(batch: RecordBatch) -> Result<RecordBatch> {
    let own = |column: &ArrayRef| match column.as_string_view_opt() {
        Some(texts) => {
            let held: usize = texts.data_buffers().iter().map(|b| b.capacity()).sum();
            let slack = texts.len() * size_of::<u128>();
            (held > slack && held > 2 * texts.total_buffer_bytes_used())
                .then(|| Arc::new(texts.gc()) as ArrayRef)
        }
        None => None,
    };
    let owned: Vec<Option<ArrayRef>> = batch.columns().iter().map(own).collect();
    if owned.iter().all(Option::is_none) {
        return Ok(batch);
    }
    let columns = owned.into_iter().zip(batch.columns());
    let columns = columns.map(|(own, column)| own.unwrap_or_else(|| Arc::clone(column))).collect();
    RecordBatch::try_new(batch.schema(), columns).map_err(broken)
}

fn broken(error: arrow::error::ArrowError) -> Error {
    Error::internal("rows do not have the columns of their table").with_source(error)
}

#[cfg(test)]
mod tests;
