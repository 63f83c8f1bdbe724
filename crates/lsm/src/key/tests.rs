use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Decimal128Array, Float64Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use proptest::prelude::*;
use rimon_spec::Value;

use super::*;

fn batch(columns: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_from_iter(
        columns.into_iter().enumerate().map(|(i, array)| (format!("k{i}"), array)),
    )
    .unwrap()
}

/// Encodes rows of two runs and compares every pair with the order of their values.
fn agrees(a: RecordBatch, b: RecordBatch) {
    let columns = a.num_columns();
    let keys = |batch: &RecordBatch| -> Vec<Vec<Value>> {
        (0..batch.num_rows())
            .map(|row| batch.columns().iter().map(|c| value_at(c, row).unwrap()).collect())
            .collect()
    };
    let values = [keys(&a), keys(&b)];
    let encoded = ChunkKeys::encode(&[vec![a], vec![b]], columns, false).unwrap();
    for (i, x) in values[0].iter().enumerate() {
        for (j, y) in values[1].iter().enumerate() {
            let expected = compare_keys(x, y);
            let (order, hashes) = match &encoded {
                ChunkKeys::Words(k) => (k[0].compare(i, &k[1], j), [k[0].hash(i), k[1].hash(j)]),
                ChunkKeys::Wide(k) => (k[0].compare(i, &k[1], j), [k[0].hash(i), k[1].hash(j)]),
                ChunkKeys::Bytes(k) => (k[0].compare(i, &k[1], j), [k[0].hash(i), k[1].hash(j)]),
            };
            assert_eq!(order, expected, "{x:?} and {y:?}");
            assert!(expected.is_ne() || hashes[0] == hashes[1], "hash of {x:?} and {y:?}");
        }
    }
}

fn double() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        Just(0.0),
        Just(-0.0),
        Just(f64::NAN),
        Just(-f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY)
    ]
}

proptest! {
    #[test]
    fn integers(a in prop::collection::vec(any::<i64>(), 1..20), b in prop::collection::vec(any::<i64>(), 1..20)) {
        agrees(batch(vec![Arc::new(Int64Array::from(a))]), batch(vec![Arc::new(Int64Array::from(b))]));
    }

    #[test]
    fn doubles(a in prop::collection::vec(double(), 1..20), b in prop::collection::vec(double(), 1..20)) {
        agrees(batch(vec![Arc::new(Float64Array::from(a))]), batch(vec![Arc::new(Float64Array::from(b))]));
    }

    #[test]
    fn strings(a in prop::collection::vec("x?[a-c]{0,12}", 1..20), b in prop::collection::vec("x?[a-c]{0,12}", 1..20), p in "[a-c]{0,9}") {
        let array = |v: Vec<String>| -> ArrayRef {
            Arc::new(v.into_iter().map(|s| Some(format!("{p}{s}"))).collect::<StringArray>())
        };
        agrees(batch(vec![array(a)]), batch(vec![array(b)]));
    }

    #[test]
    fn binaries_that_end_in_zeros(
        a in prop::collection::vec(prop::collection::vec(0..2u8, 0..18), 1..20),
        b in prop::collection::vec(prop::collection::vec(0..2u8, 0..18), 1..20),
        limit in 1..18usize,
    ) {
        let array = |v: Vec<Vec<u8>>| -> ArrayRef {
            Arc::new(v.iter().map(|b| Some(&b[..b.len().min(limit)])).collect::<BinaryArray>())
        };
        agrees(batch(vec![array(a)]), batch(vec![array(b)]));
    }

    #[test]
    fn narrow_and_wide_composites(
        a in prop::collection::vec((any::<bool>(), -3..3i32, any::<i64>()), 1..20),
        b in prop::collection::vec((any::<bool>(), -3..3i32, any::<i64>()), 1..20),
        small in any::<bool>(),
    ) {
        let make = |v: Vec<(bool, i32, i64)>| batch(vec![
            Arc::new(v.iter().map(|x| Some(x.0)).collect::<BooleanArray>()),
            Arc::new(v.iter().map(|x| Some(x.1)).collect::<Int32Array>()),
            Arc::new(v.iter().map(|x| Some(if small { x.2 % 1000 } else { x.2 })).collect::<TimestampMicrosecondArray>()),
        ]);
        agrees(make(a), make(b));
    }

    #[test]
    fn decimals(a in prop::collection::vec(-10i128.pow(37)..10i128.pow(37), 1..20), b in prop::collection::vec(-100..100i128, 1..20)) {
        let array = |v: Vec<i128>| -> ArrayRef {
            Arc::new(Decimal128Array::from(v).with_precision_and_scale(38, 2).unwrap())
        };
        agrees(batch(vec![array(a.clone())]), batch(vec![array(b.clone())]));
        agrees(batch(vec![array(b.clone())]), batch(vec![array(b.clone())]));
        // 128 bits and an integer beside them: rows of bytes.
        let pair = |v: &Vec<i128>| batch(vec![
            array(v.clone()),
            Arc::new(v.iter().map(|x| Some((x % 7) as i64)).collect::<Int64Array>()),
        ]);
        agrees(pair(&a), pair(&b));
    }

    #[test]
    fn mixed_composites(a in prop::collection::vec(("[ab]{0,3}", double()), 1..20), b in prop::collection::vec(("[ab]{0,3}", double()), 1..20)) {
        let make = |v: Vec<(String, f64)>| batch(vec![
            Arc::new(v.iter().map(|x| Some(x.0.as_str())).collect::<StringArray>()),
            Arc::new(v.iter().map(|x| Some(x.1)).collect::<Float64Array>()),
        ]);
        agrees(make(a), make(b));
    }
}

#[test]
fn a_null_key_and_a_wrong_order_are_refused() {
    let null = batch(vec![Arc::new(Int64Array::from(vec![Some(1), None]))]);
    assert!(ChunkKeys::encode(&[vec![null]], 1, true).is_err());
    assert!(check_sorted(&vec![1u64, 3, 2]).is_err());
    assert!(!check_sorted(&vec![1u64, 2, 3]).unwrap());
    assert!(check_sorted(&vec![1u64, 2, 2]).unwrap());
    let unsorted = batch(vec![Arc::new(StringArray::from(vec!["ab1", "z", "ab2"]))]);
    assert!(ChunkKeys::encode(&[vec![unsorted]], 1, true).is_err());
}
