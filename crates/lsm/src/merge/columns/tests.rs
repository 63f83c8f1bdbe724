//! Functions on texts, flags, arrays and maps against their definitions, row by row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Int32Array, ListArray, MapArray,
    StringArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields, Int32Type};
use proptest::prelude::*;
use rimon_spec::index::union_bitmaps;

use super::*;
use crate::merge::{Aggregate, MergeFunction, RowChange, RowVersions};

type Pair = (i32, Option<i32>);
/// A row: whether it adds, and its value.
type Row<V> = (bool, Option<V>);

fn groups<V: Clone + std::fmt::Debug>(
    value: impl Strategy<Value = V>,
    retracts: bool,
) -> impl Strategy<Value = Vec<Vec<Row<V>>>> {
    let add = if retracts { prop::bool::weighted(0.7).boxed() } else { Just(true).boxed() };
    let row = (add, prop::option::weighted(0.8, value));
    prop::collection::vec(prop::collection::vec(row, 1..6), 1..6)
}

fn lists() -> impl Strategy<Value = Vec<Pair>> {
    prop::collection::vec((0..5i32, prop::option::weighted(0.8, 0..9i32)), 0..5)
}

/// The same with each key once, as in a map.
fn maps() -> impl Strategy<Value = Vec<Pair>> {
    lists().prop_map(|pairs| pairs.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect())
}

/// The column of `rows` merged by `function`; keys with one row keep it.
fn merged<V>(function: FieldFunction, groups: &[Vec<Row<V>>], rows: ArrayRef) -> ArrayRef {
    let mut next = 0;
    let numbers: Vec<Vec<u32>> = groups
        .iter()
        .map(|group| {
            let first = next;
            next += group.len() as u32;
            (first..next).collect()
        })
        .collect();
    let change = |row: &Row<V>| if row.0 { RowChange::Add } else { RowChange::UpdateBefore };
    let changes = groups.iter().flatten().map(change).collect();
    let field = FieldMerge { name: "f".into(), function, ignore_retract: false };
    let merge = Aggregate { fields: vec![Some(field)], remove_on_delete: false, lookup: false };
    let merged = merge.merge_columns(&RowVersions::new(&numbers, changes), &[rows]).unwrap();
    merged.columns[0].clone().unwrap()
}

/// What each group gives by the definition of `add` and `retract`.
fn folded<V: Clone, A>(
    groups: &[Vec<Row<V>>],
    whole: impl Fn(&V) -> A,
    add: impl Fn(Option<A>, &V) -> Option<A>,
    retract: impl Fn(A, &V) -> A,
) -> Vec<Option<A>> {
    let group = |rows: &Vec<Row<V>>| {
        if let [(_, value)] = rows.as_slice() {
            return value.as_ref().map(&whole);
        }
        rows.iter().fold(None, |so_far, (adds, value)| match value {
            None => so_far,
            Some(value) if *adds => add(so_far, value),
            Some(value) => so_far.map(|so_far| retract(so_far, value)),
        })
    };
    groups.iter().map(group).collect()
}

fn values<V: Clone>(groups: &[Vec<Row<V>>]) -> Vec<Option<V>> {
    groups.iter().flatten().map(|(_, value)| value.clone()).collect()
}

/// A column of arrays or maps from the columns of its elements.
fn shaped(values: &[Option<Vec<Pair>>], columns: Vec<(&str, ArrayRef)>, map: bool) -> ArrayRef {
    let lengths = values.iter().map(|value| value.as_ref().map_or(0, Vec::len));
    let offsets = OffsetBuffer::from_lengths(lengths);
    let nulls: NullBuffer = values.iter().map(Option::is_some).collect();
    let fields: Fields = columns
        .iter()
        .enumerate()
        .map(|(i, (name, column))| Field::new(*name, column.data_type().clone(), !(map && i == 0)))
        .collect();
    let arrays = columns.into_iter().map(|(_, column)| column).collect();
    let rows = StructArray::new(fields.clone(), arrays, None);
    let field = Arc::new(Field::new("element", DataType::Struct(fields), !map));
    if map {
        return Arc::new(MapArray::new(field, offsets, rows, Some(nulls), false));
    }
    Arc::new(ListArray::new(field, offsets, Arc::new(rows), Some(nulls)))
}

fn elements(values: &[Option<Vec<Pair>>]) -> Vec<Pair> {
    values.iter().flatten().flatten().copied().collect()
}

fn ints(values: impl Iterator<Item = Option<i32>>) -> ArrayRef {
    Arc::new(values.collect::<Int32Array>())
}

/// Arrays of rows `(k, v)`, or maps from `k` to `v`.
fn pairs_array(values: &[Option<Vec<Pair>>], map: bool) -> ArrayRef {
    let all = elements(values);
    let keys = ints(all.iter().map(|pair| Some(pair.0)));
    let numbers = ints(all.iter().map(|pair| pair.1));
    shaped(values, vec![("k", keys), ("v", numbers)], map)
}

fn parts(array: &ArrayRef, row: usize) -> Option<StructArray> {
    array.is_valid(row).then(|| match array.data_type() {
        DataType::Map(..) => array.as_map().value(row),
        _ => array.as_list::<i32>().value(row).as_struct().clone(),
    })
}

fn int(rows: &StructArray, column: usize, row: usize) -> Option<i32> {
    let column = rows.column(column);
    column.is_valid(row).then(|| column.as_primitive::<Int32Type>().value(row))
}

/// The pairs of each row; sorted, where the order is that of a hash table.
fn pairs(array: &ArrayRef, sorted: bool) -> Vec<Option<Vec<Pair>>> {
    let of_row = |row| {
        let rows = parts(array, row)?;
        let pair = |i| (int(&rows, 0, i).unwrap(), int(&rows, 1, i));
        let mut pairs: Vec<Pair> = (0..rows.len()).map(pair).collect();
        if sorted {
            pairs.sort_unstable();
        }
        Some(pairs)
    };
    (0..array.len()).map(of_row).collect()
}

fn sorted(mut values: Vec<Option<Vec<Pair>>>) -> Vec<Option<Vec<Pair>>> {
    values.iter_mut().flatten().for_each(|pairs| pairs.sort_unstable());
    values
}

fn nested(key: bool, limit: usize) -> FieldFunction {
    FieldFunction::NestedUpdate {
        key: if key { vec!["k".into()] } else { Vec::new() },
        null_keys: NullKeys::Merge,
        sequence: Vec::new(),
        limit,
    }
}

/// Takes of each element of `value` one away.
fn without(mut list: Vec<Pair>, value: &[Pair]) -> Vec<Pair> {
    for pair in value {
        if let Some(at) = list.iter().position(|p| p == pair) {
            list.remove(at);
        }
    }
    list
}

proptest! {
    #[test]
    fn collect(groups in groups(lists(), true)) {
        let array = pairs_array(&values(&groups), false);
        let expected = folded(&groups, Clone::clone, |list, value| {
            Some([list.unwrap_or_default(), value.clone()].concat())
        }, |list, value| without(list, value));
        let got = merged(FieldFunction::Collect { distinct: false }, &groups, array);
        prop_assert_eq!(pairs(&got, false), expected);
    }

    /// Of numbers, as a hash set; a value that is alone is not looked into.
    #[test]
    fn collect_distinct(groups in groups(prop::collection::vec(0..40i32, 0..20), false)) {
        let list = |value: &Option<Vec<i32>>| value.as_ref().map(|v| v.iter().map(|n| Some(*n)).collect::<Vec<_>>());
        let array: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(
            values(&groups).iter().map(list),
        ));
        let got = merged(FieldFunction::Collect { distinct: true }, &groups, array);
        for (row, group) in groups.iter().enumerate() {
            let found: Option<Vec<i32>> = got.is_valid(row)
                .then(|| got.as_list::<i32>().value(row).as_primitive::<Int32Type>().values().to_vec());
            let all: Vec<i32> = group.iter().filter_map(|r| r.1.clone()).flatten().collect();
            match group.as_slice() {
                [(_, value)] => prop_assert_eq!(&found, value),
                rows if rows.iter().all(|r| r.1.is_none()) => prop_assert!(found.is_none()),
                _ => {
                    let found = found.unwrap();
                    let set: BTreeSet<i32> = all.into_iter().collect();
                    prop_assert_eq!(found.len(), set.len());
                    prop_assert_eq!(&found.iter().copied().collect::<BTreeSet<_>>(), &set);
                    // Codes below the number of buckets come in their order.
                    let buckets = if set.len() > 24 { 64 } else if set.len() > 12 { 32 } else { 16 };
                    prop_assert!(found.is_sorted_by_key(|n| n % buckets));
                }
            }
        }
    }

    #[test]
    fn merge_map(groups in groups(maps(), true)) {
        let array = pairs_array(&values(&groups), true);
        let expected = folded(&groups, Clone::clone, |map, value| {
            let all = map.into_iter().flatten().chain(value.clone());
            Some(all.collect::<BTreeMap<_, _>>().into_iter().collect())
        }, |map, value| {
            map.into_iter().filter(|p: &Pair| value.iter().all(|v| v.0 != p.0)).collect()
        });
        prop_assert_eq!(pairs(&merged(FieldFunction::MergeMap, &groups, array), true), sorted(expected));
    }

    #[test]
    fn nested_update_of_keys(groups in groups(lists(), true), limit in 0..9usize) {
        let array = pairs_array(&values(&groups), false);
        let expected = folded(&groups, Clone::clone, |list, value| {
            let list: Vec<Pair> = match list {
                Some(list) if list.len() < limit => list,
                full => return full.or_else(|| Some(value.clone())),
            };
            let room = limit - list.len();
            let all = list.into_iter().chain(value.iter().copied().take(room));
            Some(all.collect::<BTreeMap<_, _>>().into_iter().collect())
        }, |list, value| {
            let last: BTreeMap<_, _> = list.into_iter().collect();
            last.into_iter().filter(|p: &Pair| value.iter().all(|v| v.0 != p.0)).collect()
        });
        prop_assert_eq!(pairs(&merged(nested(true, limit), &groups, array), true), sorted(expected));
    }

    #[test]
    fn nested_update_without_a_key(groups in groups(lists(), true), limit in 0..9usize) {
        let array = pairs_array(&values(&groups), false);
        let expected = folded(&groups, Clone::clone, |list: Option<Vec<Pair>>, value| {
            let Some(list) = list else { return Some(value.clone()) };
            let room = limit.saturating_sub(list.len());
            Some(list.into_iter().chain(value.iter().copied().take(room)).collect())
        }, |list, value| list.into_iter().filter(|p| !value.contains(p)).collect());
        prop_assert_eq!(pairs(&merged(nested(false, limit), &groups, array), false), expected);
    }

    /// Columns: k, the value if it is even, the value if it is odd.
    #[test]
    fn nested_partial_update(groups in groups(lists(), false)) {
        let values = values(&groups);
        let all = elements(&values);
        let half = |odd: i32| ints(all.iter().map(|p| p.1.filter(|v| v % 2 == odd)));
        let keys = ints(all.iter().map(|p| Some(p.0)));
        let array = shaped(&values, vec![("k", keys), ("a", half(0)), ("b", half(1))], false);
        type Cells = (i32, Option<i32>, Option<i32>);
        let cells = |p: &Pair| (p.0, p.1.filter(|v| v % 2 == 0), p.1.filter(|v| v % 2 == 1));
        let mut expected = folded(&groups, |v| v.iter().map(cells).collect::<Vec<Cells>>(), |list, value| {
            let mut rows: BTreeMap<i32, Cells> = BTreeMap::new();
            let Some(list) = list else { return Some(value.iter().map(cells).collect()) };
            for (k, a, b) in list.into_iter().chain(value.iter().map(cells)) {
                let row = rows.entry(k).or_insert((k, None, None));
                *row = (k, a.or(row.1), b.or(row.2));
            }
            Some(rows.into_values().collect())
        }, |list, _| list);
        expected.iter_mut().flatten().for_each(|rows| rows.sort_unstable());
        let function = FieldFunction::NestedPartialUpdate { key: vec!["k".into()], null_keys: NullKeys::Merge };
        let got = merged(function, &groups, array);
        let got: Vec<Option<Vec<Cells>>> = (0..got.len()).map(|row| {
            let rows = parts(&got, row)?;
            let mut cells: Vec<Cells> = (0..rows.len())
                .map(|i| (int(&rows, 0, i).unwrap(), int(&rows, 1, i), int(&rows, 2, i))).collect();
            cells.sort_unstable();
            Some(cells)
        }).collect();
        prop_assert_eq!(got, expected);
    }

    /// Values `(v, "t" + v)`, null where there is no `v`; the time of 7 is null.
    #[test]
    fn merge_map_with_times(groups in groups(maps(), false)) {
        let values = values(&groups);
        let all = elements(&values);
        let numbers = ints(all.iter().map(|p| p.1));
        let time = |v: i32| (v != 7).then(|| format!("t{v}"));
        let times: ArrayRef = Arc::new(all.iter().map(|p| p.1.and_then(time)).collect::<StringArray>());
        let fields: Fields = vec![
            Field::new("v", DataType::Int32, true), Field::new("t", DataType::Utf8, true),
        ].into();
        let present: NullBuffer = all.iter().map(|p| p.1.is_some()).collect();
        let rows: ArrayRef = Arc::new(StructArray::new(fields, vec![numbers, times], Some(present)));
        let keys = ints(all.iter().map(|p| Some(p.0)));
        let array = shaped(&values, vec![("k", keys), ("value", rows)], true);
        let expected = folded(&groups, Clone::clone, |map: Option<Vec<Pair>>, value| {
            let Some(map) = map else { return Some(value.clone()) };
            let mut map: BTreeMap<i32, Option<i32>> = map.into_iter().collect();
            for (key, new) in value {
                let Some(new) = new else { map.remove(key); continue };
                let old = map.get(key).copied().flatten();
                if *new != 7 && old.is_none_or(|old| old == 7 || *new > old) {
                    map.insert(*key, Some(*new));
                }
            }
            Some(map.into_iter().collect())
        }, |map, _| map);
        let got = merged(FieldFunction::MergeMapWithKeyTime { time: None }, &groups, array);
        let got: Vec<Option<Vec<Pair>>> = (0..got.len()).map(|row| {
            let entries = parts(&got, row)?;
            let rows = entries.column(1).as_struct();
            let value = |i| if rows.is_valid(i) { int(rows, 0, i) } else { None };
            let mut pairs: Vec<Pair> =
                (0..entries.len()).map(|i| (int(&entries, 0, i).unwrap(), value(i))).collect();
            pairs.sort_unstable();
            Some(pairs)
        }).collect();
        prop_assert_eq!(got, sorted(expected));
    }

    #[test]
    fn listagg(groups in groups("( |[ab]|[ab],[ab]|)", false), distinct in any::<bool>()) {
        let array: ArrayRef = Arc::new(StringArray::from(values(&groups)));
        let blank = |text: &str| text.trim().is_empty();
        let expected = folded(&groups, Clone::clone, |so_far: Option<String>, value| {
            let Some(so_far) = so_far else { return Some(value.clone()).filter(|v| !blank(v)) };
            let mut text = so_far;
            for part in value.split(',').filter(|p| !blank(p)) {
                if !(distinct && text.split(',').any(|p| p == part)) {
                    text = format!("{text},{part}");
                }
            }
            Some(text)
        }, |text, _| text);
        let function = FieldFunction::ListAgg { delimiter: ",".into(), distinct };
        let got = merged(function, &groups, array);
        let got: Vec<Option<String>> =
            got.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect();
        prop_assert_eq!(got, expected);
    }

    #[test]
    fn flags(groups in groups(any::<bool>(), false), and in any::<bool>()) {
        let array: ArrayRef = Arc::new(BooleanArray::from(values(&groups)));
        let function = if and { FieldFunction::BoolAnd } else { FieldFunction::BoolOr };
        let expected = folded(&groups, |v| *v, |flag: Option<bool>, value| {
            Some(flag.map_or(*value, |flag| if and { flag && *value } else { flag || *value }))
        }, |flag, _| flag);
        prop_assert_eq!(merged(function, &groups, array).as_boolean().iter().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn bitmaps() {
    // {1, 5} and {5, 6} in the portable format: one array container of two values.
    let bitmap =
        |a: u8, b: u8| vec![0x3A, 0x30, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 16, 0, 0, 0, a, 0, b, 0];
    let (a, b) = (bitmap(1, 5), bitmap(5, 6));
    let groups = [vec![(true, Some(a.clone())), (true, None), (true, Some(b.clone()))]];
    let array: ArrayRef = Arc::new(BinaryArray::from_opt_vec(vec![Some(&a), None, Some(&b)]));
    let got = merged(FieldFunction::Bitmap, &groups, array);
    let expected = union_bitmaps(&a, &b).unwrap();
    assert_eq!(got.as_binary::<i32>().value(0), expected);
    assert_eq!(expected[..4], [0x3A, 0x30, 0, 0], "{expected:?}");
    assert!(union_bitmaps(&a, b"no bitmap").is_err());
}

/// What is added to nothing stays as it came; only a second array is put into a hash table.
#[test]
fn a_first_array_keeps_its_order_after_what_takes_back() {
    let came = vec![(23, None), (3, None), (23, None)];
    let groups: Vec<Vec<Row<Vec<Pair>>>> = vec![
        vec![(false, Some(vec![(3, None)])), (true, Some(came.clone()))],
        vec![(false, None), (true, Some(came.clone())), (true, Some(vec![(3, None)]))],
    ];
    let array = pairs_array(&values(&groups), false);
    let got = pairs(&merged(nested(true, usize::MAX), &groups, array), false);
    assert_eq!(got, [Some(came), Some(vec![(3, None), (23, None)])]);
}
