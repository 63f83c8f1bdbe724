use proptest::prelude::*;
use rimon_format::arrow_value::array_of;
use rimon_spec::{BinaryRow, DataType, Decimal, Timestamp, TypeKind, Value};

use crate::write::bucket::RowHasher;

/// A key type and a strategy for its values.
fn column() -> impl Strategy<Value = (DataType, Vec<Value>)> {
    let kinds = prop_oneof![
        Just(TypeKind::Boolean),
        Just(TypeKind::TinyInt),
        Just(TypeKind::SmallInt),
        Just(TypeKind::Int),
        Just(TypeKind::BigInt),
        Just(TypeKind::Float),
        Just(TypeKind::Double),
        Just(TypeKind::Date),
        Just(TypeKind::Time { precision: 3 }),
        Just(TypeKind::VarChar { length: 100 }),
        Just(TypeKind::Char { length: 9 }),
        Just(TypeKind::VarBinary { length: 100 }),
        (1u8..=38).prop_map(|precision| TypeKind::Decimal { precision, scale: 0 }),
        (0u8..=9).prop_map(|precision| TypeKind::Timestamp { precision }),
        (0u8..=9).prop_map(|precision| TypeKind::LocalZonedTimestamp { precision }),
    ];
    kinds.prop_flat_map(|kind| {
        let values = proptest::collection::vec(value(&kind), 5);
        (Just(DataType::new(kind)), values)
    })
}

fn value(kind: &TypeKind) -> BoxedStrategy<Value> {
    let value = match kind.clone() {
        TypeKind::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        TypeKind::TinyInt => any::<i8>().prop_map(Value::TinyInt).boxed(),
        TypeKind::SmallInt => any::<i16>().prop_map(Value::SmallInt).boxed(),
        TypeKind::Int => any::<i32>().prop_map(Value::Int).boxed(),
        TypeKind::BigInt => any::<i64>().prop_map(Value::BigInt).boxed(),
        TypeKind::Float => any::<f32>().prop_map(Value::Float).boxed(),
        TypeKind::Double => any::<f64>().prop_map(Value::Double).boxed(),
        TypeKind::Date => any::<i32>().prop_map(Value::Date).boxed(),
        TypeKind::Time { .. } => (0..86_400_000i32).prop_map(Value::Time).boxed(),
        TypeKind::VarChar { .. } | TypeKind::Char { .. } => {
            "[a-zäß€😀]{0,9}".prop_map(Value::String).boxed()
        }
        TypeKind::VarBinary { .. } => {
            proptest::collection::vec(any::<u8>(), 0..20).prop_map(Value::Bytes).boxed()
        }
        TypeKind::Decimal { precision, scale } => {
            let most = 10i128.pow(u32::from(precision)) - 1;
            (-most..=most)
                .prop_map(move |unscaled| Value::Decimal(Decimal { unscaled, precision, scale }))
                .boxed()
        }
        TypeKind::Timestamp { precision } | TypeKind::LocalZonedTimestamp { precision } => {
            let step = if precision <= 3 {
                1_000_000
            } else if precision <= 6 {
                1_000
            } else {
                1
            };
            (-9_000_000_000_000i64..9_000_000_000_000, 0..1_000_000 / step)
                .prop_map(move |(millis, n)| {
                    Value::Timestamp(Timestamp { millis, nano_of_milli: n * step })
                })
                .boxed()
        }
        other => panic!("{other:?}"),
    };
    prop_oneof![4 => value, 1 => Just(Value::Null)].boxed()
}

proptest! {
    #[test]
    fn hashes_columns_as_java_hashes_rows(columns in proptest::collection::vec(column(), 1..5)) {
        let types: Vec<DataType> = columns.iter().map(|c| c.0.clone()).collect();
        let arrays: Vec<_> = columns.iter().map(|(t, v)| array_of(v, t).unwrap()).collect();
        let hashes = RowHasher::new(types.clone()).unwrap().hash(&arrays).unwrap();
        for (row, hash) in hashes.into_iter().enumerate() {
            let values: Vec<Value> = columns.iter().map(|c| c.1[row].clone()).collect();
            prop_assert_eq!(hash, BinaryRow::encode(&types, &values).unwrap().hash_code());
        }
    }
}

#[test]
fn wide_keys_need_more_null_bits() {
    let types = vec![DataType::new(TypeKind::Int); 70];
    let values: Vec<Value> =
        (0..70).map(|i| if i % 3 == 0 { Value::Null } else { Value::Int(i) }).collect();
    let arrays: Vec<_> = values
        .iter()
        .zip(&types)
        .map(|(v, t)| array_of(std::slice::from_ref(v), t).unwrap())
        .collect();
    let hashes = RowHasher::new(types.clone()).unwrap().hash(&arrays).unwrap();
    assert_eq!(hashes, [BinaryRow::encode(&types, &values).unwrap().hash_code()]);
}
