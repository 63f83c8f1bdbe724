//! A small table over in-memory files: key types to choose from, values `(k.., s, v)`.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Float64Array, Int8Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use futures::TryStreamExt;
use rimon_lsm::merge::MergeFunction;
use rimon_lsm::plan::TableKind;
use rimon_lsm::testing::{MemoryLayout, ReadLog};
use rimon_lsm::{
    BufferSpec, Deduplicate, MergeReadSpec, MergeTreeReader, Output, ReadOrder, ReadTuning,
    SortedFile, UserSequence, partition,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyType {
    BigInt,
    Text,
    Double,
    /// INT with few values, then BIGINT.
    Pair,
    /// STRING with few values, then INT.
    TextPair,
}

pub(crate) const KEY_TYPES: [KeyType; 5] =
    [KeyType::BigInt, KeyType::Text, KeyType::Double, KeyType::Pair, KeyType::TextPair];

impl KeyType {
    /// Key columns for keys in the order of the numbers (all below 10000).
    pub(crate) fn columns(self, keys: &[i64]) -> Vec<ArrayRef> {
        let ints = |f: fn(i64) -> i64| -> ArrayRef {
            Arc::new(keys.iter().map(|k| Some(f(*k))).collect::<Int64Array>())
        };
        match self {
            Self::BigInt => vec![ints(|k| k - 5000)],
            Self::Text => {
                vec![Arc::new(
                    keys.iter().map(|k| Some(format!("user-{k:05}-x"))).collect::<StringArray>(),
                )]
            }
            Self::Double => {
                vec![Arc::new(
                    keys.iter().map(|k| Some((*k as f64 - 400.0) / 3.0)).collect::<Float64Array>(),
                )]
            }
            Self::Pair => vec![
                Arc::new(keys.iter().map(|k| Some((*k / 300) as i32)).collect::<Int32Array>()),
                ints(|k| k % 300 - 7),
            ],
            Self::TextPair => vec![
                Arc::new(
                    keys.iter().map(|k| Some(format!("t{}", k / 400))).collect::<StringArray>(),
                ),
                Arc::new(keys.iter().map(|k| Some((*k % 400) as i32)).collect::<Int32Array>()),
            ],
        }
    }

    pub(crate) fn count(self) -> usize {
        self.columns(&[0]).len()
    }
}

/// A row of the table: key number, user sequence, value, kind.
pub(crate) type Row = (i64, Option<i64>, i64, i8);

/// Value columns `k0.., s, v, key number`.
pub(crate) fn values(keys: KeyType, rows: &[Row]) -> (RecordBatch, Int8Array) {
    let numbers: Vec<i64> = rows.iter().map(|r| r.0).collect();
    let mut columns: Vec<(String, ArrayRef)> = keys
        .columns(&numbers)
        .into_iter()
        .enumerate()
        .map(|(i, array)| (format!("k{i}"), array))
        .collect();
    columns.push(("s".into(), Arc::new(rows.iter().map(|r| r.1).collect::<Int64Array>())));
    columns.push(("v".into(), Arc::new(rows.iter().map(|r| Some(r.2)).collect::<Int64Array>())));
    columns.push(("n".into(), Arc::new(Int64Array::from(numbers))));
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    (batch, rows.iter().map(|r| Some(r.3)).collect())
}

pub(crate) fn file_schema(keys: KeyType) -> SchemaRef {
    let value_schema = values(keys, &[]).0.schema();
    let mut fields: Vec<Field> = Vec::new();
    for i in 0..keys.count() {
        let field = value_schema.field(i);
        fields.push(Field::new(format!("_KEY_{}", field.name()), field.data_type().clone(), true));
    }
    fields.push(Field::new("_SEQUENCE_NUMBER", DataType::Int64, false));
    fields.push(Field::new("_VALUE_KIND", DataType::Int8, false));
    fields.extend(
        value_schema.fields().iter().map(|f| Field::new(f.name(), f.data_type().clone(), true)),
    );
    Arc::new(Schema::new(fields))
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) user: bool,
    pub(crate) descending: bool,
}

pub(crate) fn buffer_spec(keys: KeyType, order: Order, batch_rows: usize) -> BufferSpec {
    BufferSpec {
        keys: (0..keys.count()).collect(),
        file_schema: file_schema(keys),
        user_sequence: if order.user { vec![keys.count()] } else { vec![] },
        descending: order.descending,
        merge: Arc::new(Deduplicate::default()),
        batch_rows,
    }
}

/// Files yield the value columns `v` and `n`.
pub(crate) fn layout(keys: KeyType, block_rows: usize, batch_rows: usize) -> MemoryLayout {
    MemoryLayout {
        key_columns: keys.count(),
        values: vec![keys.count() + 1, keys.count() + 2],
        user_sequence: vec![keys.count()],
        block_rows,
        batch_rows,
    }
}

/// Sizes of a read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) tasks: usize,
    pub(crate) chunk: u64,
    pub(crate) slab: Option<usize>,
    pub(crate) batch: usize,
    pub(crate) skip: usize,
    pub(crate) force: Option<TableKind>,
}

pub(crate) fn read_spec(keys: KeyType, order: Order, by_key: bool, sizes: Sizes) -> MergeReadSpec {
    // The key comes last, so that positions are not mistaken for each other.
    let mut projection = vec![Output::Value(1), Output::Value(0)];
    projection.extend((0..keys.count()).map(Output::Key));
    let mut fields =
        vec![Field::new("n", DataType::Int64, true), Field::new("v", DataType::Int64, true)];
    fields.extend(file_schema(keys).fields().iter().take(keys.count()).map(|f| f.as_ref().clone()));
    MergeReadSpec {
        key_columns: keys.count(),
        projection,
        schema: Arc::new(Schema::new(fields)),
        merge: Arc::new(Deduplicate::default()),
        order: if by_key { ReadOrder::ByKey } else { ReadOrder::Unordered },
        user_sequence: order
            .user
            .then_some(UserSequence { columns: 1, descending: order.descending }),
        tuning: ReadTuning {
            chunk_rows: sizes.chunk,
            batch_rows: sizes.batch,
            skip_rows: sizes.skip,
            min_task_rows: 1,
            force: sizes.force,
            slab_rows: sizes.slab,
            keep_retracts: false,
        },
    }
}

pub(crate) async fn read(
    files: Vec<Arc<dyn SortedFile>>,
    spec: MergeReadSpec,
    tasks: usize,
) -> Vec<RecordBatch> {
    let reader = MergeTreeReader::new(spec);
    let mut batches = Vec::new();
    for section in partition(files) {
        for task in reader.tasks(&section, tasks).await.unwrap() {
            batches.extend(task.execute().try_collect::<Vec<_>>().await.unwrap());
        }
    }
    batches
}

/// Reads everything every way there is and compares with the map (key number → value).
pub(crate) async fn check(
    files: &[Arc<dyn SortedFile>],
    expected: &BTreeMap<i64, i64>,
    keys: KeyType,
    order: Order,
    sizes: Sizes,
) {
    let merge: Arc<dyn MergeFunction> = Arc::new(Deduplicate::default());
    check_engine(files, expected, keys, order, sizes, &merge).await;
}

/// The same for another engine.
pub(crate) async fn check_engine(
    files: &[Arc<dyn SortedFile>],
    expected: &BTreeMap<i64, i64>,
    keys: KeyType,
    order: Order,
    sizes: Sizes,
    merge: &Arc<dyn MergeFunction>,
) {
    for by_key in [false, true] {
        let mut spec = read_spec(keys, order, by_key, sizes);
        spec.merge = Arc::clone(merge);
        let batches = read(files.to_vec(), spec.clone(), sizes.tasks).await;
        let mut found: Vec<(i64, i64)> = Vec::new();
        for batch in &batches {
            assert!(batch.num_rows() > 0, "an empty batch");
            let numbers = batch.column(0).as_primitive::<Int64Type>().values();
            let values = batch.column(1).as_primitive::<Int64Type>().values();
            found.extend(numbers.iter().copied().zip(values.iter().copied()));
            for (i, key) in keys.columns(numbers).iter().enumerate() {
                assert_eq!(batch.column(2 + i), key, "the key beside its row");
            }
        }
        if !by_key {
            found.sort_unstable();
        }
        let rows: Vec<(i64, i64)> = expected.iter().map(|(k, v)| (*k, *v)).collect();
        assert_eq!(found, rows, "by key: {by_key}, {keys:?}, {order:?}, {sizes:?}");
        keys_alone(files, &spec, rows.len(), sizes.tasks).await;
    }
}

/// The same rows without values: keys, and counts.
async fn keys_alone(
    files: &[Arc<dyn SortedFile>],
    spec: &MergeReadSpec,
    rows: usize,
    tasks: usize,
) {
    let mut spec = spec.clone();
    spec.projection.drain(..2);
    spec.schema = Arc::new(
        spec.schema.project(&(2..spec.schema.fields().len()).collect::<Vec<_>>()).unwrap(),
    );
    let batches = read(files.to_vec(), spec.clone(), tasks).await;
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), rows);
    spec.projection.clear();
    spec.schema = Arc::new(Schema::empty());
    let batches = read(files.to_vec(), spec, tasks).await;
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), rows);
}

pub(crate) fn log() -> Arc<ReadLog> {
    Arc::new(ReadLog::default())
}
