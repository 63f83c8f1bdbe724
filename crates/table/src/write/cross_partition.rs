//! Keys that may move from partition to partition: format.md §5, `GlobalIndexAssigner.java`.
//!
//! Nothing of this index is kept in the table: it is made of the keys of the table when the first rows come.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use arrow::array::{Int8Array, RecordBatch, UInt32Array};
use arrow::compute::{cast, take_record_batch};
use arrow::row::{RowConverter, SortField};
use futures::TryStreamExt;
use hashbrown::HashMap;
use rimon_spec::options::MergeEngine;
use rimon_spec::{Error, Result, RowKind};

use super::bucket::Buckets;
use super::kernel::arrow_error;
use super::message::KeysBase;
use super::normalize::rows_schema;
use super::route::{PartitionIds, Router};
use super::stage::Placed;
use crate::history::written_by_others;
use crate::table::Table;

/// Number of a partition and bucket.
type Place = (u32, i32);

/// Gives the rows of a table whose primary key lacks partition keys their buckets, and moves keys between partitions.
#[derive(Debug)]
pub(crate) struct CrossPartition {
    table: Table,
    /// Columns of the primary key.
    keys: Vec<usize>,
    converter: RowConverter,
    hashers: [RandomState; 2],
    /// Keys of a bucket.
    target: u64,
    rule: Rule,
    /// Where keys are, by a keyed hash of 128 bits that no two share; `None` before those of the table were read.
    index: Option<HashMap<u128, Place>>,
    /// Number of keys of each bucket of each partition.
    counts: HashMap<u32, BTreeMap<i32, u64>>,
    /// The snapshot whose keys were read.
    snapshot: i64,
}

/// What is done with a row whose key is in another partition (`ExistingProcessor.java`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Delete the old row.
    Delete,
    /// Write it into the old partition.
    UseOld,
    /// Leave it out.
    Skip,
}

/// One row to be written.
struct Step {
    row: u32,
    place: Place,
    /// Whether the key goes away from this place.
    retract: bool,
    /// Whether the row is of another partition.
    moved: bool,
}

impl CrossPartition {
    /// # Errors
    /// `Invalid` when a key is no column.
    pub(crate) fn new(table: &Table) -> Result<Self> {
        let schema = table.schema();
        let arrow = rows_schema(schema.fields(), table.options())?;
        let mut keys = Vec::new();
        let mut sort = Vec::new();
        for name in &schema.primary_keys {
            let found = arrow.fields().iter().enumerate().find(|(_, f)| f.name() == name);
            let (index, field) =
                found.ok_or_else(|| Error::invalid("a key is no column").with("column", name))?;
            keys.push(index);
            sort.push(SortField::new(field.data_type().clone()));
        }
        let rule = match table.options().merge_engine {
            MergeEngine::Deduplicate => Rule::Delete,
            MergeEngine::PartialUpdate | MergeEngine::Aggregation => Rule::UseOld,
            MergeEngine::FirstRow => Rule::Skip,
        };
        Ok(Self {
            keys,
            converter: RowConverter::new(sort).map_err(arrow_error)?,
            hashers: [RandomState::new(), RandomState::new()],
            target: table.options().dynamic_bucket_target_row_num,
            rule,
            index: None,
            counts: HashMap::new(),
            snapshot: 0,
            table: table.clone(),
        })
    }

    /// No key is known, as in a new table.
    pub(super) fn forget_keys(&mut self) {
        self.index = Some(HashMap::new());
    }

    /// The rows to be written for a batch: some may be added, left out and moved.
    ///
    /// # Errors
    /// Those of reading the table's keys.
    pub(crate) async fn place(
        &mut self,
        batch: RecordBatch,
        kinds: Option<Int8Array>,
        partitions: PartitionIds,
        router: &mut Router,
    ) -> Result<Placed> {
        if self.index.is_none() {
            self.bootstrap(router).await?;
        }
        let hashes = self.hashes(&batch)?;
        let mut steps = Vec::with_capacity(hashes.len());
        for (row, hash) in hashes.into_iter().enumerate() {
            let partition = partitions.of_row(row);
            let partition = partition.ok_or_else(|| Error::internal("a row without partition"))?;
            self.step(row as u32, hash, partition, &mut steps);
        }
        self.build(batch, kinds, &steps, router)
    }

    fn hashes(&self, batch: &RecordBatch) -> Result<Vec<u128>> {
        let columns: Option<Vec<_>> =
            self.keys.iter().map(|i| batch.columns().get(*i).cloned()).collect();
        let columns = columns.ok_or_else(|| Error::internal("a key is missing from the batch"))?;
        let rows = self.converter.convert_columns(&columns).map_err(arrow_error)?;
        let [high, low] = &self.hashers;
        let hash =
            |key: &[u8]| u128::from(high.hash_one(key)) << 64 | u128::from(low.hash_one(key));
        Ok(rows.iter().map(|row| hash(row.as_ref())).collect())
    }

    fn step(&mut self, row: u32, hash: u128, partition: u32, steps: &mut Vec<Step>) {
        let known = self.index.as_ref().and_then(|index| index.get(&hash)).copied();
        match known {
            Some(place) if place.0 == partition => {
                steps.push(Step { row, place, retract: false, moved: false });
                return;
            }
            Some(_) if self.rule == Rule::Skip => return,
            Some(place) if self.rule == Rule::UseOld => {
                steps.push(Step { row, place, retract: false, moved: true });
                return;
            }
            Some(place) => {
                steps.push(Step { row, place, retract: true, moved: true });
                if let Some(keys) = self.counts.get_mut(&place.0).and_then(|b| b.get_mut(&place.1))
                {
                    *keys = keys.saturating_sub(1);
                }
            }
            None => {}
        }
        let place = (partition, self.bucket(partition));
        if let Some(index) = &mut self.index {
            index.insert(hash, place);
        }
        steps.push(Step { row, place, retract: false, moved: false });
    }

    /// A bucket with room for one more key (`crosspartition/BucketAssigner.java`).
    fn bucket(&mut self, partition: u32) -> i32 {
        let buckets = self.counts.entry(partition).or_default();
        if let Some((bucket, keys)) = buckets.iter_mut().find(|(_, keys)| **keys < self.target) {
            *keys += 1;
            return *bucket;
        }
        let unused = (0..i32::MAX).find(|bucket| !buckets.contains_key(bucket)).unwrap_or(0);
        buckets.insert(unused, 1);
        unused
    }

    fn build(
        &self,
        batch: RecordBatch,
        kinds: Option<Int8Array>,
        steps: &[Step],
        router: &Router,
    ) -> Result<Placed> {
        let ids: Vec<u32> = steps.iter().map(|s| s.place.0).collect();
        let buckets = Buckets::PerRow(steps.iter().map(|s| s.place.1).collect());
        let as_it_was = steps.len() == batch.num_rows() && !steps.iter().any(|s| s.moved);
        if as_it_was {
            return Ok(Placed { batch, kinds, partitions: PartitionIds::PerRow(ids), buckets });
        }
        let kind = |step: &Step| match (step.retract, &kinds) {
            (true, _) => RowKind::Delete as i8,
            (false, Some(kinds)) if (step.row as usize) < kinds.len() => {
                kinds.value(step.row as usize)
            }
            _ => RowKind::Insert as i8,
        };
        let kinds = Int8Array::from_iter_values(steps.iter().map(kind));
        let rows = UInt32Array::from_iter_values(steps.iter().map(|s| s.row));
        let batch = take_record_batch(&batch, &rows).map_err(arrow_error)?;
        let batch = router.in_partitions(&batch, &ids)?;
        Ok(Placed { batch, kinds: Some(kinds), partitions: PartitionIds::PerRow(ids), buckets })
    }

    /// Reads the keys of the table, level 0 included.
    async fn bootstrap(&mut self, router: &mut Router) -> Result<()> {
        let schema = self.table.schema().clone();
        let names = schema.fields().iter().map(|f| f.name.as_str());
        let wanted: Vec<&str> = names
            .filter(|n| {
                schema.primary_keys.iter().chain(&schema.partition_keys).any(|key| key == n)
            })
            .collect();
        let plan = self.table.scan().select(wanted.iter().copied()).all_levels().plan().await?;
        self.snapshot = plan.snapshot.as_ref().map_or(0, |s| s.id);
        let arrow = rows_schema(schema.fields(), self.table.options())?;
        self.index = Some(HashMap::new());
        for split in plan.splits {
            let bucket = split.bucket;
            let mut batches = plan.read.stream(vec![split]).await?;
            while let Some(batch) = batches.try_next().await? {
                let batch = spread(&batch, &arrow)?;
                self.learn(&batch, bucket, router)?;
            }
        }
        Ok(())
    }

    fn learn(&mut self, batch: &RecordBatch, bucket: i32, router: &mut Router) -> Result<()> {
        let partitions = router.partitions(batch)?;
        let hashes = self.hashes(batch)?;
        let Some(index) = &mut self.index else { return Ok(()) };
        for (row, hash) in hashes.into_iter().enumerate() {
            let Some(partition) = partitions.of_row(row) else { continue };
            if index.insert(hash, (partition, bucket)).is_some() {
                return Err(Error::corrupt("a key is in two buckets of the table")
                    .with("bucket", bucket)
                    .with_hint("only one job at a time may write to a table whose primary key lacks partition keys"));
            }
            *self.counts.entry(partition).or_default().entry(bucket).or_default() += 1;
        }
        Ok(())
    }

    /// What the buckets of the rows so far rely on. As long as only `user` writes, that is the table of now.
    ///
    /// # Errors
    /// Those of reading snapshots.
    pub(crate) async fn base(&mut self, user: &str) -> Result<Arc<KeysBase>> {
        let latest = self.table.snapshots().latest().await?.map_or(0, |s| s.id);
        if !written_by_others(&self.table, user, self.snapshot, latest).await? {
            self.snapshot = latest;
        }
        Ok(Arc::new(KeysBase::Alone { snapshot: self.snapshot }))
    }
}

/// A batch of some columns as one of all columns: nulls in those that are not there.
fn spread(batch: &RecordBatch, schema: &arrow::datatypes::Schema) -> Result<RecordBatch> {
    let columns = schema.fields().iter().map(|field| match batch.column_by_name(field.name()) {
        Some(column) => cast(column, field.data_type()),
        None => Ok(arrow::array::new_null_array(field.data_type(), batch.num_rows())),
    });
    let columns = columns.collect::<std::result::Result<Vec<_>, _>>().map_err(arrow_error)?;
    let nullable = schema.fields().iter().map(|f| f.as_ref().clone().with_nullable(true));
    let nullable = Arc::new(arrow::datatypes::Schema::new(nullable.collect::<Vec<_>>()));
    RecordBatch::try_new(nullable, columns).map_err(arrow_error)
}
