//! Any sequence of writes and flushes reads as the engine's definition says, row by row.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use rimon_lsm::merge::{Aggregate, FieldFunction, FieldMerge, FirstRow, MergeFunction};
use rimon_lsm::testing::MemoryWriters;
use rimon_lsm::{MergeTreeWriter, SortedFile};

use crate::model::sizes;
use crate::table::{
    KEY_TYPES, KeyType, Order, Row, Sizes, buffer_spec, check_engine, layout, log, values,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    FirstRow,
    Sum,
    Max,
    LastValue,
}

const ENGINES: [Engine; 4] = [Engine::FirstRow, Engine::Sum, Engine::Max, Engine::LastValue];

impl Engine {
    /// For the value columns `columns`, of which the one called v is merged.
    fn merge(self, columns: &[&str]) -> Arc<dyn MergeFunction> {
        let function = match self {
            Self::FirstRow => return Arc::new(FirstRow::default()),
            Self::Sum => FieldFunction::Sum,
            Self::Max => FieldFunction::Max,
            Self::LastValue => FieldFunction::LastValue,
        };
        let field = |name: &&str| {
            let function = if *name == "v" { function.clone() } else { FieldFunction::LastValue };
            Some(FieldMerge { name: (*name).into(), function, ignore_retract: false })
        };
        let fields = columns.iter().map(field).collect();
        Arc::new(Aggregate { fields, remove_on_delete: false, lookup: false })
    }

    /// What becomes of the values of a key, in their order.
    fn define(self, values: impl Iterator<Item = i64>) -> Option<i64> {
        let mut values = values;
        match self {
            Self::FirstRow => values.next(),
            Self::Sum => Some(values.sum()),
            Self::Max => values.max(),
            Self::LastValue => values.last(),
        }
    }
}

/// Commits of rows: key, user sequence.
type Commits = Vec<Vec<(i64, Option<i64>)>>;

fn commits() -> impl Strategy<Value = Commits> {
    let key = prop_oneof![0..60i64, 0..900i64];
    let row = (key, prop::option::of(0..20i64));
    prop::collection::vec(prop::collection::vec(row, 1..150), 1..8)
}

async fn run(commits: Commits, engine: Engine, keys: KeyType, order: Order, sizes: Sizes) {
    let writers = Arc::new(MemoryWriters::new(layout(keys, 20, 50), log(), 90));
    let mut spec = buffer_spec(keys, order, 40);
    let columns = spec.file_schema.fields().iter().skip(keys.count() + 2);
    let columns: Vec<String> = columns.map(|field| field.name().clone()).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    spec.merge = engine.merge(&columns);
    let mut writer = MergeTreeWriter::new(writers, spec, 0, 12_000).unwrap();
    let mut files: Vec<Arc<dyn SortedFile>> = Vec::new();
    let mut model: BTreeMap<i64, Vec<(Option<i64>, i64)>> = BTreeMap::new();
    for rows in commits {
        let first = writer.next_sequence();
        let rows: Vec<Row> =
            rows.iter().zip(first..).map(|((k, s), arrival)| (*k, *s, arrival, 0)).collect();
        for (k, s, arrival, _) in &rows {
            let rank = s.filter(|_| order.user).map(|s| if order.descending { -s } else { s });
            model.entry(*k).or_default().push((rank, *arrival));
        }
        let (batch, kinds) = values(keys, &rows);
        writer.write(batch, Some(&kinds)).await.unwrap();
        files.extend(writer.finish().await.unwrap());
    }
    let expected = model.into_iter().map(|(key, mut versions)| {
        versions.sort_unstable();
        (key, engine.define(versions.iter().map(|version| version.1)).unwrap())
    });
    let merge = engine.merge(&["v", "n"]);
    check_engine(&files, &expected.collect(), keys, order, sizes, &merge).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn reads_as_the_engine_is_defined(
        commits in commits(),
        engine in prop::sample::select(ENGINES.to_vec()),
        keys in prop::sample::select(KEY_TYPES.to_vec()),
        user in any::<bool>(),
        descending in any::<bool>(),
        sizes in sizes(),
    ) {
        // first-row has no order but that of arrival
        let order = Order { user: user && engine != Engine::FirstRow, descending };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(commits, engine, keys, order, sizes));
    }
}
