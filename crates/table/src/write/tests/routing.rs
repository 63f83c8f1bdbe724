use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Int8Array, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::Int32Type;
use proptest::prelude::*;
use rimon_format::arrow_schema::to_arrow_schema;
use rimon_spec::bucket::default_bucket;
use rimon_spec::{BinaryRow, DataType, NewColumn, NewTable, TableSchema, TypeKind, Value};

use crate::commit::tests::fixture::schema_of;
use crate::write::bucket::assigner;
use crate::write::route::Router;
use crate::write::stage::Placed;

fn schema() -> TableSchema {
    let table = NewTable {
        columns: vec![
            NewColumn::new("id", DataType::not_null(TypeKind::Int)),
            NewColumn::new("p", DataType::string()),
        ],
        partition_keys: vec!["p".into()],
        options: [
            ("bucket".to_owned(), "3".to_owned()),
            ("bucket-key".to_owned(), "id".to_owned()),
        ]
        .into_iter()
        .collect(),
        ..NewTable::default()
    };
    schema_of(table)
}

proptest! {
    #[test]
    fn every_row_goes_to_its_bucket_in_order(
        rows in proptest::collection::vec((any::<i32>(), proptest::option::of("[ab]{0,1}"), 0i8..4), 1..60),
    ) {
        let schema = schema();
        let arrow = to_arrow_schema(schema.fields()).unwrap();
        let types: Vec<_> = arrow.fields().iter().map(|f| f.data_type().clone()).collect();
        let assigner = assigner(&schema, &schema.options().unwrap()).unwrap();
        let mut router = Router::new(&schema, &types).unwrap();
        let batch = RecordBatch::try_new(arrow, vec![
            Arc::new(rows.iter().map(|r| Some(r.0)).collect::<Int32Array>()),
            Arc::new(rows.iter().map(|r| r.1.clone()).collect::<StringArray>()),
        ]).unwrap();
        let kinds = Int8Array::from(rows.iter().map(|r| r.2).collect::<Vec<_>>());
        let mut expected: BTreeMap<_, Vec<(i32, i8)>> = BTreeMap::new();
        for (id, p, kind) in &rows {
            let key = BinaryRow::encode(&[DataType::not_null(TypeKind::Int)], &[Value::Int(*id)]);
            let bucket = default_bucket(&key.unwrap(), 3);
            expected.entry((p.clone(), bucket)).or_default().push((*id, *kind));
        }
        let mut found = BTreeMap::new();
        let partitions = router.partitions(&batch).unwrap();
        let buckets = assigner.assign(&batch).unwrap();
        let placed = Placed { batch, kinds: Some(kinds), partitions, buckets };
        for routed in router.route(placed).unwrap() {
            let p = match &routed.partition.row.decode(&[DataType::string()]).unwrap()[0] {
                Value::String(p) => Some(p.clone()),
                _ => None,
            };
            let (batch, kinds) = routed.part.cut().unwrap();
            let ids = batch.column(0).as_primitive::<Int32Type>().values().to_vec();
            let kinds = kinds.unwrap().values().to_vec();
            prop_assert_eq!(batch.column(1).len(), ids.len());
            let rows: Vec<(i32, i8)> = ids.into_iter().zip(kinds).collect();
            prop_assert!(found.insert((p, routed.bucket), rows).is_none());
        }
        prop_assert_eq!(found, expected);
    }
}
