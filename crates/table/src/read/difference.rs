//! The difference of two states of a bucket: `IncrementalDiffSplitRead.java`.
//!
//! Both states are merged in key order and compared as they come, so that memory holds two batches.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float32Array, Float64Array, RecordBatch, UInt32Array,
};
use arrow::compute::kernels::cmp::not_distinct;
use arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Schema};
use arrow::row::{RowConverter, Rows, SortField};
use futures::{StreamExt, TryStreamExt};
use rimon_lsm::ReadOrder;
use rimon_spec::{DataField, Error, Result, RowKind, SpecialField};

use super::BatchStream;
use super::kinds::{failed, is_add, kinds_of, with_kind};
use super::merge::MergeRead;
use super::table_read::TableRead;
use crate::plan::{Split, SplitKind};

/// Rows of one bucket that are in the later state and were not, as they are, in the earlier one; with kinds also
/// those that are gone.
#[derive(Debug)]
pub(super) struct Difference {
    /// Reads all columns and the kinds.
    whole: TableRead,
    /// How many of the columns are those of the table.
    values: usize,
    /// The columns wanted.
    wanted: Vec<DataField>,
    /// Whether kinds are wanted, and with them rows that retract.
    keep: bool,
    split: Split,
}

impl Difference {
    pub(super) fn new(read: &TableRead, split: &Split) -> Result<Self> {
        let mut fields = read.table.schema().fields.clone();
        let values = fields.len();
        fields.extend(read.fields.iter().filter(|f| SpecialField::is_system(&f.name)).cloned());
        fields.retain(|f| f.name != SpecialField::VALUE_KIND);
        let whole = read.kinds_behind(&fields)?;
        Ok(Self {
            whole,
            values,
            wanted: read.fields.clone(),
            keep: read.keep,
            split: split.clone(),
        })
    }

    pub(super) fn rows(&self) -> u64 {
        self.split.physical_rows()
    }

    pub(super) fn execute(self) -> BatchStream {
        futures::stream::once(self.open()).try_flatten().boxed()
    }

    async fn open(self) -> Result<BatchStream> {
        let merge = MergeRead::new(&self.whole, ReadOrder::ByKey)?;
        let keys = merge.key_positions(&self.whole.fields)?;
        let mut before = Split { kind: SplitKind::Merge, before: None, ..self.split.clone() };
        let after = before.clone();
        let old = self.split.before.as_deref().cloned().unwrap_or_default();
        (before.files, before.deletions) = (old.files, old.deletions);
        let before = Side::open(&self.whole, &merge, &before, self.keep).await?;
        let after = Side::open(&self.whole, &merge, &after, self.keep).await?;
        let order = KeyOrder::new(&*self.whole.arrow_schema(&self.whole.fields)?, &keys)?;
        let state = Compare { before, after, order, values: self.values, keep: self.keep };
        let columns = self.columns()?;
        let stream = futures::stream::try_unfold(state, |mut state| async move {
            Ok::<_, Error>(state.next().await?.map(|batch| (batch, state)))
        });
        let project = move |batch: RecordBatch| {
            futures::future::ready(batch.project(&columns).map_err(failed))
        };
        Ok(stream.and_then(project).boxed())
    }

    /// Where the columns wanted are.
    fn columns(&self) -> Result<Vec<usize>> {
        let position = |f: &DataField| self.whole.fields.iter().position(|w| w.id == f.id);
        let all: Option<Vec<usize>> = self.wanted.iter().map(position).collect();
        all.ok_or_else(|| Error::internal("a column of a difference was not read"))
    }
}

/// Rows that can be compared by key.
struct KeyOrder {
    converter: RowConverter,
    keys: Vec<usize>,
}

impl KeyOrder {
    fn new(schema: &Schema, keys: &[usize]) -> Result<Self> {
        let types = keys.iter().filter_map(|i| schema.fields().get(*i));
        let types = types.map(|f| SortField::new(f.data_type().clone())).collect();
        let converter = RowConverter::new(types).map_err(unordered)?;
        Ok(Self { converter, keys: keys.to_vec() })
    }

    fn rows(&self, batch: &RecordBatch) -> Result<Rows> {
        let keys: Vec<ArrayRef> =
            self.keys.iter().filter_map(|i| batch.columns().get(*i)).map(one_nan).collect();
        self.converter.convert_columns(&keys).map_err(unordered)
    }
}

/// Every NaN is one key, the greatest.
fn one_nan(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Float32 => {
            let one = |v: f32| if v.is_nan() { f32::NAN } else { v };
            let floats: Float32Array = array.as_primitive::<Float32Type>().unary(one);
            Arc::new(floats)
        }
        DataType::Float64 => {
            let one = |v: f64| if v.is_nan() { f64::NAN } else { v };
            let floats: Float64Array = array.as_primitive::<Float64Type>().unary(one);
            Arc::new(floats)
        }
        _ => Arc::clone(array),
    }
}

fn unordered(error: arrow::error::ArrowError) -> Error {
    Error::unsupported("a key of these types cannot be compared").with_source(error)
}

/// One state, in key order.
struct Side {
    stream: BatchStream,
    batch: Option<(RecordBatch, Rows)>,
    at: usize,
}

impl Side {
    async fn open(read: &TableRead, merge: &MergeRead, split: &Split, keep: bool) -> Result<Self> {
        let mut streams = Vec::new();
        for section in merge.sections(read, split).await? {
            streams.extend(merge.tasks(&section, 1, keep).await?.into_iter().map(|t| t.execute()));
        }
        let stream = futures::stream::iter(streams).flatten().boxed();
        Ok(Self { stream, batch: None, at: 0 })
    }

    /// Has a row at hand, unless the state has ended.
    async fn fill(&mut self, order: &KeyOrder) -> Result<()> {
        while self.batch.as_ref().is_none_or(|(batch, _)| self.at >= batch.num_rows()) {
            let Some(batch) = self.stream.try_next().await? else {
                self.batch = None;
                return Ok(());
            };
            self.at = 0;
            let rows = order.rows(&batch)?;
            self.batch = Some((batch, rows));
        }
        Ok(())
    }
}

struct Compare {
    before: Side,
    after: Side,
    order: KeyOrder,
    /// How many columns are compared.
    values: usize,
    keep: bool,
}

/// Rows of the batches at hand.
#[derive(Default)]
struct Chosen {
    /// Only in the earlier state.
    gone: Vec<u32>,
    /// Only in the later state.
    new: Vec<u32>,
    /// In both, of the earlier and the later one.
    both: (Vec<u32>, Vec<u32>),
}

impl Compare {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            self.before.fill(&self.order).await?;
            self.after.fill(&self.order).await?;
            if self.before.batch.is_none() && self.after.batch.is_none() {
                return Ok(None);
            }
            let chosen = self.walk();
            let batch = self.gather(&chosen)?;
            if batch.num_rows() > 0 {
                return Ok(Some(batch));
            }
        }
    }

    /// Goes on until one of the batches at hand has no more rows.
    fn walk(&mut self) -> Chosen {
        let mut chosen = Chosen::default();
        let (before, after) = (&mut self.before, &mut self.after);
        loop {
            let old = before.batch.as_ref().map(|(b, rows)| (b.num_rows(), rows));
            let new = after.batch.as_ref().map(|(b, rows)| (b.num_rows(), rows));
            let order = match (old, new) {
                (Some((n, _)), None) if before.at < n => Ordering::Less,
                (None, Some((n, _))) if after.at < n => Ordering::Greater,
                (Some((n, a)), Some((m, b))) if before.at < n && after.at < m => {
                    a.row(before.at).cmp(&b.row(after.at))
                }
                _ => return chosen,
            };
            match order {
                Ordering::Less => chosen.gone.push(before.at as u32),
                Ordering::Greater => chosen.new.push(after.at as u32),
                Ordering::Equal => {
                    chosen.both.0.push(before.at as u32);
                    chosen.both.1.push(after.at as u32);
                }
            }
            before.at += usize::from(order.is_le());
            after.at += usize::from(order.is_ge());
        }
    }

    fn gather(&self, chosen: &Chosen) -> Result<RecordBatch> {
        let mut parts = Vec::with_capacity(3);
        let old = self.before.batch.as_ref().map(|(batch, _)| batch);
        let new = self.after.batch.as_ref().map(|(batch, _)| batch);
        if let (Some(old), true) = (old, self.keep) {
            // a row that retracts was gone before
            let gone = take(old, &chosen.gone)?;
            let adds: BooleanArray =
                kinds_of(&gone)?.values().iter().map(|k| Some(is_add(*k))).collect();
            parts.push(with_kind(
                &filter_record_batch(&gone, &adds).map_err(failed)?,
                RowKind::Delete,
            )?);
        }
        if let Some(new) = new {
            parts.push(take(new, &chosen.new)?);
        }
        if let (Some(old), Some(new)) = (old, new) {
            let (old, new) = (take(old, &chosen.both.0)?, take(new, &chosen.both.1)?);
            parts.push(
                filter_record_batch(&new, &differ(&old, &new, self.values)?).map_err(failed)?,
            );
        }
        let schema = old.or(new).map(RecordBatch::schema);
        let schema = schema.ok_or_else(|| Error::internal("a difference of nothing"))?;
        concat_batches(&schema, &parts).map_err(failed)
    }
}

fn take(batch: &RecordBatch, rows: &[u32]) -> Result<RecordBatch> {
    take_record_batch(batch, &UInt32Array::from(rows.to_vec())).map_err(failed)
}

/// Which rows differ in one of the first `values` columns, or in that one of them retracts.
fn differ(old: &RecordBatch, new: &RecordBatch, values: usize) -> Result<BooleanArray> {
    let (was, is) = (kinds_of(old)?, kinds_of(new)?);
    let kinds = was.values().iter().zip(is.values());
    let mut differ: Vec<bool> = kinds.map(|(was, is)| is_add(*was) != is_add(*is)).collect();
    for (a, b) in old.columns().iter().zip(new.columns()).take(values) {
        if a.data_type().is_nested() {
            for (row, differs) in differ.iter_mut().enumerate() {
                *differs = *differs || *a.slice(row, 1) != *b.slice(row, 1);
            }
            continue;
        }
        let same = not_distinct(a, b).map_err(failed)?;
        for (differs, same) in differ.iter_mut().zip(same.values()) {
            *differs |= !same;
        }
    }
    Ok(BooleanArray::from(differ))
}
