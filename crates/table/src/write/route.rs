//! Rows to the (partition, bucket) they belong to: one stable counting sort and one `take` per batch.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int8Array, RecordBatch};
use arrow::row::{OwnedRow, RowConverter, SortField};
use hashbrown::HashMap;
use rimon_format::arrow_value::value_at;
use rimon_spec::{BinaryRow, DataType, Error, Result, TableSchema};

use super::bucket::Buckets;
use super::kernel::arrow_error;
use super::part::Part;
use super::stage::Placed;

/// A partition seen by a writer.
#[derive(Debug)]
pub(crate) struct Partition {
    /// The row that manifests name it by.
    pub(crate) row: BinaryRow,
}

/// Buckets that are few: their rows are cut out of the batch by the tasks of the buckets, at the same time.
const FEW: usize = 32;

/// The rows of a batch that go to one bucket of one partition.
#[derive(Debug)]
pub(crate) struct Routed {
    /// The partition.
    pub(crate) partition: Arc<Partition>,
    /// The bucket.
    pub(crate) bucket: i32,
    /// The rows.
    pub(crate) part: Part,
}

/// Splits batches by partition and bucket.
#[derive(Debug)]
pub(crate) struct Router {
    columns: Vec<usize>,
    types: Vec<DataType>,
    converter: Option<RowConverter>,
    ids: HashMap<OwnedRow, u32>,
    rows: Vec<OwnedRow>,
    partitions: Vec<Arc<Partition>>,
}

impl Router {
    /// A router for a table's partition keys; `arrow_types` are the canonical types of its columns.
    pub(crate) fn new(
        schema: &TableSchema,
        arrow_types: &[arrow::datatypes::DataType],
    ) -> Result<Self> {
        let mut columns = Vec::new();
        let mut types = Vec::new();
        let mut sort_fields = Vec::new();
        for key in &schema.partition_keys {
            let (index, (field, arrow_type)) = schema
                .fields()
                .iter()
                .zip(arrow_types)
                .enumerate()
                .find(|(_, (f, _))| f.name == *key)
                .ok_or_else(|| {
                    Error::corrupt("a partition key is no column").with("column", key)
                })?;
            columns.push(index);
            types.push(field.data_type.clone());
            sort_fields.push(SortField::new(arrow_type.clone()));
        }
        let (converter, partitions) = if columns.is_empty() {
            (None, vec![Arc::new(Partition { row: BinaryRow::empty() })])
        } else {
            (Some(RowConverter::new(sort_fields).map_err(arrow_error)?), Vec::new())
        };
        let (ids, rows) = (HashMap::new(), Vec::new());
        Ok(Self { columns, types, converter, ids, rows, partitions })
    }

    /// Splits rows that have the table's schema. Order within a bucket is kept.
    pub(crate) fn route(
        &self,
        Placed { batch, kinds, partitions, buckets }: Placed,
    ) -> Result<Vec<Routed>> {
        let (groups, of_row) = match (&partitions, &buckets) {
            (PartitionIds::One(partition), Buckets::One(bucket)) => {
                (vec![(*partition, *bucket)], None)
            }
            (PartitionIds::One(partition), Buckets::PerRow(buckets)) => {
                group(buckets.iter().map(|b| (*partition, *b)))
            }
            (PartitionIds::PerRow(ids), Buckets::One(bucket)) => {
                group(ids.iter().map(|p| (*p, *bucket)))
            }
            (PartitionIds::PerRow(ids), Buckets::PerRow(buckets)) => {
                group(ids.iter().copied().zip(buckets.iter().copied()))
            }
        };
        let Some(of_row) = of_row else {
            let Some((partition, bucket)) = groups.first() else { return Ok(Vec::new()) };
            let partition = self.partition(*partition)?;
            let part = Part::of_all(batch, kinds);
            return Ok(vec![Routed { partition, bucket: *bucket, part }]);
        };
        self.scatter(&batch, kinds.as_ref(), &groups, &of_row)
    }

    /// The batch with the partition columns that the partitions `ids` have, one for each row.
    pub(crate) fn in_partitions(&self, batch: &RecordBatch, ids: &[u32]) -> Result<RecordBatch> {
        let Some(converter) = &self.converter else { return Ok(batch.clone()) };
        let row = |id: &u32| self.rows.get(*id as usize).map(OwnedRow::row);
        let rows: Option<Vec<_>> = ids.iter().map(row).collect();
        let rows = rows.ok_or_else(|| Error::internal("an unknown partition id"))?;
        let values = converter.convert_rows(rows).map_err(arrow_error)?;
        let mut columns = batch.columns().to_vec();
        for (index, values) in self.columns.iter().zip(values) {
            if let Some(column) = columns.get_mut(*index) {
                *column = values;
            }
        }
        RecordBatch::try_new(batch.schema(), columns).map_err(arrow_error)
    }

    fn scatter(
        &self,
        batch: &RecordBatch,
        kinds: Option<&Int8Array>,
        groups: &[(u32, i32)],
        of_row: &[u32],
    ) -> Result<Vec<Routed>> {
        let mut rows: Vec<Vec<u32>> = counts(groups.len(), of_row);
        for (row, group) in of_row.iter().enumerate() {
            if let Some(rows) = rows.get_mut(*group as usize) {
                rows.push(row as u32);
            }
        }
        let mut routed = Vec::with_capacity(groups.len());
        for ((partition, bucket), rows) in groups.iter().zip(rows) {
            let (batch, kinds) = (batch.clone(), kinds.cloned());
            let mut part = Part::of_some(batch, kinds, rows);
            if groups.len() > FEW {
                let (batch, kinds) = part.cut()?;
                part = Part::of_all(batch, kinds);
            }
            routed.push(Routed { partition: self.partition(*partition)?, bucket: *bucket, part });
        }
        Ok(routed)
    }

    /// A partition by its number.
    pub(crate) fn partition(&self, id: u32) -> Result<Arc<Partition>> {
        let partition = self.partitions.get(id as usize).cloned();
        partition.ok_or_else(|| Error::internal("an unknown partition id"))
    }

    /// The partition of every row, new ones being numbered as they come.
    pub(crate) fn partitions(&mut self, batch: &RecordBatch) -> Result<PartitionIds> {
        let Some(converter) = &self.converter else { return Ok(PartitionIds::One(0)) };
        let columns = self
            .columns
            .iter()
            .map(|i| batch.columns().get(*i).cloned())
            .collect::<Option<Vec<ArrayRef>>>()
            .ok_or_else(|| Error::internal("a partition column is missing from the batch"))?;
        let rows = converter.convert_columns(&columns).map_err(arrow_error)?;
        let mut ids = Vec::with_capacity(rows.num_rows());
        let mut last: Option<(arrow::row::Row<'_>, u32)> = None;
        let mut same = true;
        for (index, row) in rows.iter().enumerate() {
            let id = match last {
                Some((previous, id)) if previous == row => id,
                _ => {
                    same &= last.is_none();
                    match self.ids.get(&row.owned()) {
                        Some(id) => *id,
                        None => {
                            let id = self.partitions.len() as u32;
                            self.partitions.push(new_partition(&columns, &self.types, index)?);
                            self.ids.insert(row.owned(), id);
                            self.rows.push(row.owned());
                            id
                        }
                    }
                }
            };
            last = Some((row, id));
            ids.push(id);
        }
        match (same, ids.first()) {
            (true, Some(id)) => Ok(PartitionIds::One(*id)),
            _ => Ok(PartitionIds::PerRow(ids)),
        }
    }
}

/// The partitions of a batch's rows, by number.
#[derive(Debug)]
pub(crate) enum PartitionIds {
    /// All rows are of one.
    One(u32),
    /// One for each row.
    PerRow(Vec<u32>),
}

impl PartitionIds {
    /// One partition per row.
    pub(crate) fn of(ids: Vec<u32>) -> Self {
        match ids.split_first() {
            Some((first, rest)) if rest.iter().all(|id| id == first) => Self::One(*first),
            _ => Self::PerRow(ids),
        }
    }

    /// The partition of a row.
    pub(crate) fn of_row(&self, row: usize) -> Option<u32> {
        match self {
            Self::One(id) => Some(*id),
            Self::PerRow(ids) => ids.get(row).copied(),
        }
    }

    /// Every partition once.
    pub(crate) fn distinct(&self) -> Vec<u32> {
        match self {
            Self::One(id) => vec![*id],
            Self::PerRow(ids) => {
                let distinct: std::collections::BTreeSet<u32> = ids.iter().copied().collect();
                distinct.into_iter().collect()
            }
        }
    }
}

fn new_partition(columns: &[ArrayRef], types: &[DataType], row: usize) -> Result<Arc<Partition>> {
    let mut values = Vec::with_capacity(types.len());
    for (column, data_type) in columns.iter().zip(types) {
        values.push(value_at(column, row, data_type)?);
    }
    Ok(Arc::new(Partition { row: BinaryRow::encode(types, &values)? }))
}

/// Numbers the distinct keys in order of appearance; the number of every row, or `None` when there is one key.
fn group(keys: impl Iterator<Item = (u32, i32)>) -> (Vec<(u32, i32)>, Option<Vec<u32>>) {
    let mut groups = Vec::new();
    let mut numbers: HashMap<(u32, i32), u32> = HashMap::new();
    let mut last: Option<((u32, i32), u32)> = None;
    let of_row: Vec<u32> = keys
        .map(|key| match last {
            Some((same, number)) if same == key => number,
            _ => {
                let number = *numbers.entry(key).or_insert_with(|| {
                    groups.push(key);
                    groups.len() as u32 - 1
                });
                last = Some((key, number));
                number
            }
        })
        .collect();
    if groups.len() <= 1 { (groups, None) } else { (groups, Some(of_row)) }
}

fn counts(groups: usize, of_row: &[u32]) -> Vec<Vec<u32>> {
    let mut counts = vec![0usize; groups];
    for group in of_row {
        if let Some(count) = counts.get_mut(*group as usize) {
            *count += 1;
        }
    }
    counts.into_iter().map(Vec::with_capacity).collect()
}
