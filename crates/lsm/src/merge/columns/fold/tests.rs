//! Folds against the general way, over rows in any number of runs and batches.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int8Array, Int32Array, Int64Array,
    RecordBatch, StringArray, StringViewArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use proptest::prelude::*;

use super::{FieldFunction, FieldMerge};
use crate::merge::{Aggregate, MergeFunction, RowChange, SlabRows, SlabRun};

/// A row: its key, its value, whether it takes back.
type Row = (u8, Option<i8>, bool);
/// The rows of each batch of each run.
type Runs = Vec<Vec<Vec<Row>>>;

fn runs() -> impl Strategy<Value = Runs> {
    // Small ones stand for what floats have beside numbers.
    let value = prop_oneof![any::<i8>(), 0..6i8];
    let value = prop_oneof![prop::option::weighted(0.7, value.clone()), value.prop_map(Some)];
    let row = (0..40u8, value, prop::bool::weighted(0.02));
    let batch = prop_oneof![
        4 => prop::collection::vec(row, 1..30),
        1 => prop::collection::vec((0..40u8).prop_map(|key| (key, None, false)), 1..30),
    ];
    prop::collection::vec(prop::collection::vec(batch, 1..3), 1..5)
}

const TYPES: usize = 9;

/// The values as a column of some type; zeros of both signs, infinities and NaN among the floats.
fn column(kind: usize, values: &[Option<i8>]) -> ArrayRef {
    let wide = || values.iter().map(|v| v.map(i64::from));
    let float = |v: i8| match v {
        0 => -0.0,
        1 => 0.0,
        2 => f64::NAN,
        3 => f64::INFINITY,
        4 => f64::NEG_INFINITY,
        _ => f64::from(v) / 3.0,
    };
    match kind {
        0 => Arc::new(values.iter().copied().collect::<Int8Array>()),
        1 => Arc::new(
            wide().map(|v| v.map(|v| (v / 8 * 260_000_000) as i32)).collect::<Int32Array>(),
        ),
        2 => Arc::new(wide().collect::<Int64Array>()),
        3 => Arc::new(values.iter().map(|v| v.map(float)).collect::<Float64Array>()),
        4 => {
            let values = wide().map(|v| v.map(|v| i128::from(v) * 7)).collect::<Decimal128Array>();
            Arc::new(values.with_precision_and_scale(20, 1).unwrap())
        }
        5 => Arc::new(wide().map(|v| v.map(|v| v as i32)).collect::<Date32Array>()),
        6 => Arc::new(wide().collect::<TimestampMicrosecondArray>()),
        7 => Arc::new(
            wide()
                .map(|v| v.map(|v| format!("a text of some length {v}")))
                .collect::<StringViewArray>(),
        ),
        _ => Arc::new(wide().map(|v| v.map(|v| v.to_string())).collect::<StringArray>()),
    }
}

const FUNCTIONS: [FieldFunction; 10] = [
    FieldFunction::Newest,
    FieldFunction::Overwrite,
    FieldFunction::LastValue,
    FieldFunction::LastNonNullValue,
    FieldFunction::FirstValue,
    FieldFunction::FirstNonNullValue,
    FieldFunction::Max,
    FieldFunction::Min,
    FieldFunction::Sum,
    FieldFunction::Product,
];

/// Group numbers by first sight, run by run; their number.
fn groups(runs: &Runs) -> (Vec<Vec<u32>>, usize) {
    let mut seen: Vec<u8> = Vec::new();
    let mut number = |row: &Row| {
        let at = seen.iter().position(|key| *key == row.0).unwrap_or_else(|| {
            seen.push(row.0);
            seen.len() - 1
        });
        at as u32
    };
    let groups = runs.iter().map(|run| run.iter().flatten().map(&mut number).collect()).collect();
    (groups, seen.len())
}

fn bits(array: &ArrayRef) -> ArrayRef {
    // NaN equals nothing, not even itself.
    match array.data_type() {
        DataType::Float64 => cast(array, &DataType::Utf8).unwrap(),
        _ => Arc::clone(array),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn folds_as_row_by_row(
        runs in runs(),
        kinds in prop::collection::vec((0..TYPES, prop::sample::select(FUNCTIONS.to_vec())), 1..4),
    ) {
        let (groups, count) = groups(&runs);
        let batch = |rows: &Vec<Row>| {
            let values: Vec<_> = rows.iter().map(|row| row.1).collect();
            let columns = kinds.iter().enumerate();
            let columns = columns.map(|(i, (kind, _))| (format!("f{i}"), column(*kind, &values)));
            RecordBatch::try_from_iter_with_nullable(columns.map(|(n, c)| (n, c, true))).unwrap()
        };
        let change = |row: &Row| if row.2 { RowChange::Delete } else { RowChange::Add };
        let slab = SlabRows::new(count, runs.iter().zip(&groups).map(|(run, groups)| SlabRun {
            groups,
            values: run.iter().map(batch).collect(),
            changes: run.iter().flatten().map(change).collect(),
        }).collect());
        let field = |function: &FieldFunction| Some(FieldMerge {
            name: "f".into(),
            function: function.clone(),
            ignore_retract: true,
        });
        let merge = Aggregate {
            fields: kinds.iter().map(|(_, function)| field(function)).collect(),
            remove_on_delete: false,
            lookup: false,
        };
        let all = slab.columns(|_| true).unwrap();
        let expected = merge.merge_columns(&slab.versions(), &all);
        match (merge.merge_slab(&slab), expected) {
            (Ok(folded), Ok(expected)) => {
                prop_assert_eq!(&folded.kept, &expected.kept);
                for (a, b) in folded.columns.iter().zip(&expected.columns) {
                    prop_assert_eq!(&bits(a.as_ref().unwrap()), &bits(b.as_ref().unwrap()));
                }
            }
            (Err(folded), Err(expected)) => {
                prop_assert_eq!(folded.to_string(), expected.to_string());
            }
            (folded, expected) => prop_assert!(false, "{:?} but {:?}", folded, expected),
        }
    }
}
