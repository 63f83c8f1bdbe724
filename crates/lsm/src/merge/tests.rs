//! The engines against their definitions, row by row.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int32Array};
use arrow::datatypes::Int32Type;
use proptest::prelude::*;

use super::*;

/// A row: its kind and its values.
type Row = (RowChange, Vec<Option<i32>>);

fn groups(columns: usize, retracts: bool) -> impl Strategy<Value = Vec<Vec<Row>>> {
    let change = move |n: u8| match n {
        0 if retracts => RowChange::Delete,
        1 if retracts => RowChange::UpdateBefore,
        _ => RowChange::Add,
    };
    let value = prop::option::weighted(0.7, 0..6i32);
    let row =
        (0..6u8, prop::collection::vec(value, columns)).prop_map(move |(n, v)| (change(n), v));
    prop::collection::vec(prop::collection::vec(row, 1..6), 1..8)
}

fn versions(groups: &[Vec<Row>], columns: usize) -> (RowVersions, Vec<ArrayRef>) {
    let rows: Vec<&Row> = groups.iter().flatten().collect();
    let mut next = 0;
    let numbers: Vec<Vec<u32>> = groups
        .iter()
        .map(|group| {
            let first = next;
            next += group.len() as u32;
            (first..next).collect()
        })
        .collect();
    let column = |i: usize| {
        Arc::new(rows.iter().map(|(_, values)| values[i]).collect::<Int32Array>()) as ArrayRef
    };
    let changes = rows.iter().map(|(change, _)| *change).collect();
    (RowVersions::new(&numbers, changes), (0..columns).map(column).collect())
}

/// What an engine gives: the values of each key that has a result.
fn results(
    merge: &dyn MergeFunction,
    groups: &[Vec<Row>],
    columns: usize,
) -> Vec<Option<Vec<Option<i32>>>> {
    let (versions, values) = versions(groups, columns);
    let merged = merge.merge_columns(&versions, &values).unwrap();
    let at = |row: usize| {
        merged
            .columns
            .iter()
            .flatten()
            .map(|c| c.as_primitive::<Int32Type>().iter().nth(row).unwrap())
            .collect()
    };
    (0..groups.len()).map(|row| merged.kept.value(row).then(|| at(row))).collect()
}

fn field(function: FieldFunction) -> FieldMerge {
    FieldMerge { name: "f".into(), function, ignore_retract: true }
}

fn fold(function: &FieldFunction, group: &[Row], column: usize) -> Option<i32> {
    let mut so_far: Option<i32> = None;
    let (mut seen, mut seen_value) = (false, false);
    for (change, values) in group {
        if change.is_retract() {
            continue;
        }
        let value = values[column];
        let both = so_far.zip(value);
        so_far = match function {
            FieldFunction::Sum => both.map(|(a, b)| a + b).or(so_far).or(value),
            FieldFunction::Product => both.map(|(a, b)| a * b).or(so_far).or(value),
            FieldFunction::Max => so_far.max(value),
            FieldFunction::Min => both.map(|(a, b)| a.min(b)).or(so_far).or(value),
            FieldFunction::LastValue => value,
            FieldFunction::LastNonNullValue => value.or(so_far),
            FieldFunction::FirstValue if !seen => value,
            FieldFunction::FirstNonNullValue if !seen_value => value,
            _ => so_far,
        };
        seen = true;
        seen_value |= value.is_some();
    }
    so_far
}

proptest! {
    #[test]
    fn aggregation(groups in groups(8, true)) {
        let functions = [
            FieldFunction::Sum, FieldFunction::Product, FieldFunction::Max, FieldFunction::Min,
            FieldFunction::LastValue, FieldFunction::LastNonNullValue,
            FieldFunction::FirstValue, FieldFunction::FirstNonNullValue,
        ];
        let fields = functions.iter().cloned().map(|f| Some(field(f))).collect();
        let merge = Aggregate { fields, remove_on_delete: false, lookup: false };
        let expected: Vec<_> = groups.iter().map(|group| match group.as_slice() {
            [(change, values)] => (!change.is_retract()).then(|| values.clone()),
            _ => Some(functions.iter().enumerate().map(|(i, f)| fold(f, group, i)).collect()),
        }).collect();
        prop_assert_eq!(results(&merge, &groups, 8), expected);
    }

    #[test]
    fn sums_take_back(groups in groups(1, true)) {
        let merge = FieldMerge { ignore_retract: false, ..field(FieldFunction::Sum) };
        let merge = Aggregate { fields: vec![Some(merge)], remove_on_delete: true, lookup: false };
        let expected: Vec<_> = groups.iter().map(|group| {
            let mut sum = None;
            for (change, values) in group {
                sum = match (change, values[0]) {
                    (RowChange::Delete, value) => value,
                    (_, None) => sum,
                    (RowChange::Add, Some(v)) => Some(sum.unwrap_or(0) + v),
                    (RowChange::UpdateBefore, Some(v)) => Some(sum.unwrap_or(0) - v),
                };
            }
            let removed = group.last().unwrap().0 == RowChange::Delete
                || group.len() == 1 && group[0].0.is_retract();
            (!removed).then(|| vec![sum])
        }).collect();
        prop_assert_eq!(results(&merge, &groups, 1), expected);
    }

    /// Columns: a, its group's sequence g, and one without a group.
    #[test]
    fn partial_update_with_a_group(groups in groups(3, true), removes in any::<bool>()) {
        let partial = |function, group| Some(PartialField { merge: field(function), group });
        let merge = PartialUpdate {
            fields: vec![
                partial(FieldFunction::Overwrite, Some(0)),
                partial(FieldFunction::Newest, Some(0)),
                partial(FieldFunction::LastNonNullValue, None),
            ],
            groups: vec![FieldGroup { ordering: vec![1], removes }],
            has_groups: true,
            ignore_deletes: false,
            remove_on_delete: false,
            lookup: false,
        };
        let mut strict = merge.clone();
        strict.fields.iter_mut().flatten().for_each(|f| f.merge.ignore_retract = false);
        let expected: Vec<_> = groups.iter().map(|group| {
            if let [(change, values)] = group.as_slice() {
                return (!change.is_retract()).then(|| values.clone());
            }
            let (mut row, mut filled, mut added, mut removed) = (vec![None; 3], false, false, false);
            for (change, values) in group {
                removed = false;
                if change.is_retract() && !filled {
                    row.clone_from(values);
                }
                filled = true;
                let newest = values[1].is_some() && values[1] >= row[1];
                if !change.is_retract() {
                    added = true;
                    row[2] = values[2].or(row[2]);
                    if newest {
                        (row[0], row[1]) = (values[0], values[1]);
                    }
                } else if newest && removes && *change == RowChange::Delete {
                    row.clone_from(values);
                    removed = true;
                } else if newest {
                    (row[0], row[1]) = (None, values[1]);
                }
            }
            (added && !removed).then_some(row)
        }).collect();
        prop_assert_eq!(results(&strict, &groups, 3), expected);
    }

    #[test]
    fn partial_update_without_groups(groups in groups(2, true), ignore in any::<bool>()) {
        let last = || Some(PartialField { merge: field(FieldFunction::LastNonNullValue), group: None });
        let merge = PartialUpdate {
            fields: vec![last(), last()],
            groups: Vec::new(),
            has_groups: false,
            ignore_deletes: ignore,
            remove_on_delete: !ignore,
            lookup: false,
        };
        let expected: Vec<_> = groups.iter().map(|group| {
            if let [(change, values)] = group.as_slice() {
                return (!change.is_retract()).then(|| values.clone());
            }
            let (mut row, mut added, mut removed) = (vec![None; 2], false, false);
            for (index, (change, values)) in group.iter().enumerate() {
                removed = !ignore && *change == RowChange::Delete;
                if removed || (index == 0 && change.is_retract()) {
                    row.clone_from(values);
                } else if !change.is_retract() {
                    added = true;
                    row = values.iter().zip(&row).map(|(new, old)| new.or(*old)).collect();
                }
            }
            (added && !removed).then_some(row)
        }).collect();
        prop_assert_eq!(results(&merge, &groups, 2), expected);
    }
}

#[test]
fn functions_without_retraction_refuse_it() {
    let merge = FieldMerge { ignore_retract: false, ..field(FieldFunction::Max) };
    let merge = Aggregate { fields: vec![Some(merge)], remove_on_delete: false, lookup: false };
    let rows = vec![vec![(RowChange::Add, vec![Some(1)]), (RowChange::Delete, vec![Some(1)])]];
    let (versions, values) = versions(&rows, 1);
    let error = merge.merge_columns(&versions, &values).unwrap_err();
    assert!(error.to_string().contains("max"), "{error}");
    let unknown = FieldFunction::named("hll_sketch", "r", &Default::default()).unwrap_err();
    assert!(unknown.to_string().contains("fields.r.aggregate-function"), "{unknown}");
}

#[test]
fn one_row_above_level_zero() {
    let mut versions = RowVersions::new(&[vec![0, 1, 2, 3], vec![4], vec![5, 6]], Vec::new());
    versions.keep_one_high_level(&[5, 4, 0, 0, 5, 5, 0]);
    let groups: Vec<&[u32]> = versions.groups().collect();
    assert_eq!(groups, [&[1, 2, 3][..], &[4], &[5, 6]]);
}
