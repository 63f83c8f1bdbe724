//! Any sequence of upserts, deletes, flushes and compactions reads as a map.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use rimon_lsm::plan::TableKind;
use rimon_lsm::testing::{MemoryFile, MemoryWriters};
use rimon_lsm::{MergeTreeWriter, SortedFile};

use crate::table::{
    KEY_TYPES, KeyType, Order, Row, Sizes, buffer_spec, check, file_schema, layout, log, values,
};

#[derive(Debug, Clone)]
enum Op {
    /// Rows written in one batch.
    Write(Vec<(i64, Option<i64>, bool)>),
    Flush,
    /// All files become one of level 5.
    Compact,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let key = prop_oneof![0..60i64, 0..900i64, 600..640i64];
    let row = (key, prop::option::of(0..20i64), prop::bool::weighted(0.2));
    prop::collection::vec(
        prop_oneof![
            6 => prop::collection::vec(row, 1..120).prop_map(Op::Write),
            4 => Just(Op::Flush),
            1 => Just(Op::Compact),
        ],
        1..16,
    )
}

pub(crate) fn sizes() -> impl Strategy<Value = Sizes> {
    let force = prop_oneof![
        Just(None),
        Just(Some(TableKind::Bit)),
        Just(Some(TableKind::Hash)),
        Just(Some(TableKind::Direct)),
        Just(Some(TableKind::Gallop)),
        Just(Some(TableKind::Tree)),
    ];
    let slab = prop_oneof![Just(None), (1..80usize).prop_map(Some)];
    (1..5usize, 1..700u64, slab, 1..300usize, 1..200usize, force).prop_map(
        |(tasks, chunk, slab, batch, skip, force)| Sizes { tasks, chunk, slab, batch, skip, force },
    )
}

/// The map: key number → (user sequence rank, arrival), live value.
#[derive(Default)]
struct Model {
    rows: BTreeMap<i64, (Option<i64>, i64, Option<i64>)>,
}

impl Model {
    fn apply(
        &mut self,
        order: Order,
        key: i64,
        user: Option<i64>,
        arrival: i64,
        value: Option<i64>,
    ) {
        let rank = user.filter(|_| order.user).map(|u| if order.descending { -u } else { u });
        let entry = self.rows.entry(key).or_insert((rank, arrival, value));
        if (rank, arrival) >= (entry.0, entry.1) {
            *entry = (rank, arrival, value);
        }
    }

    fn live(&self) -> BTreeMap<i64, i64> {
        self.rows.iter().filter_map(|(k, (_, _, v))| Some((*k, (*v)?))).collect()
    }
}

/// What a full compaction writes: one row per live key, with the newest sequence number.
fn compacted(
    keys: KeyType,
    model: &mut Model,
    user: &BTreeMap<(i64, i64), Option<i64>>,
    block_rows: usize,
) -> Option<Arc<dyn SortedFile>> {
    model.rows.retain(|_, (_, _, value)| value.is_some());
    let rows: Vec<Row> = model
        .rows
        .iter()
        .map(|(k, (_, arrival, v))| (*k, user[&(*k, *arrival)], v.unwrap(), 0))
        .collect();
    if rows.is_empty() {
        return None;
    }
    let (batch, kinds) = values(keys, &rows);
    let mut columns = batch.columns()[..keys.count()].to_vec();
    let sequences: arrow::array::Int64Array = model.rows.values().map(|r| Some(r.1)).collect();
    columns.push(Arc::new(sequences));
    columns.push(Arc::new(kinds));
    columns.extend(batch.columns().iter().cloned());
    let rows = arrow::array::RecordBatch::try_new(file_schema(keys), columns).unwrap();
    Some(Arc::new(
        MemoryFile::new("compacted", 5, rows, layout(keys, block_rows, 64), log()).unwrap(),
    ))
}

async fn run(
    ops: Vec<Op>,
    keys: KeyType,
    order: Order,
    block_rows: usize,
    file_rows: usize,
    sizes: Sizes,
) {
    let writers = Arc::new(MemoryWriters::new(layout(keys, block_rows, 50), log(), file_rows));
    let mut writer =
        MergeTreeWriter::new(writers, buffer_spec(keys, order, 40), 0, 12_000).unwrap();
    let mut files: Vec<Arc<dyn SortedFile>> = Vec::new();
    let mut model = Model::default();
    let mut user = BTreeMap::new();
    for op in ops {
        match op {
            Op::Write(rows) => {
                let first = writer.next_sequence();
                let rows: Vec<Row> = rows
                    .iter()
                    .zip(first..)
                    .map(|((k, s, delete), arrival)| (*k, *s, arrival, if *delete { 3 } else { 0 }))
                    .collect();
                for (k, s, arrival, kind) in &rows {
                    user.insert((*k, *arrival), *s);
                    model.apply(order, *k, *s, *arrival, (*kind == 0).then_some(*arrival));
                }
                let (batch, kinds) = values(keys, &rows);
                writer.write(batch, Some(&kinds)).await.unwrap();
            }
            Op::Flush => files.extend(writer.finish().await.unwrap()),
            Op::Compact => {
                drop(writer.finish().await.unwrap());
                files = compacted(keys, &mut model, &user, block_rows).into_iter().collect();
            }
        }
    }
    files.extend(writer.finish().await.unwrap());
    check(&files, &model.live(), keys, order, sizes).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn reads_as_a_map(
        ops in ops(),
        keys in prop::sample::select(KEY_TYPES.to_vec()),
        order in (any::<bool>(), any::<bool>()).prop_map(|(user, descending)| Order { user, descending }),
        block_rows in 0..60usize,
        file_rows in prop_oneof![Just(10_000usize), 5..90usize],
        sizes in sizes(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(ops, keys, order, block_rows, file_rows, sizes));
    }
}
