//! Every table kind against the definition: the newest row of each key survives.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use proptest::prelude::*;

use super::*;
use crate::key::ChunkKeys;
use crate::merge::Deduplicate;
use crate::sequence::Ages;

const KINDS: [Option<TableKind>; 6] = [
    None,
    Some(TableKind::Bit),
    Some(TableKind::Hash),
    Some(TableKind::Direct),
    Some(TableKind::Gallop),
    Some(TableKind::Tree),
];

/// The definition: `(run, row)` of the newest row of each key, in key order.
fn definition(runs: &[Vec<u64>]) -> Vec<(usize, usize)> {
    let mut newest = BTreeMap::new();
    for (run, keys) in runs.iter().enumerate() {
        for (row, key) in keys.iter().enumerate() {
            newest.insert(*key, (run, row));
        }
    }
    newest.into_values().collect()
}

fn check(plan: &MergePlan, expected: &[(usize, usize)], what: &str) {
    let mut alive: Vec<(usize, usize)> = Vec::new();
    for (run, bits) in plan.survivors.iter().enumerate() {
        alive.extend((0..bits.len()).filter(|row| bits.get(*row)).map(|row| (run, row)));
    }
    let mut sorted = expected.to_vec();
    sorted.sort_unstable();
    assert_eq!(alive, sorted, "{what}");
    if let Some(order) = &plan.order {
        let runs: Vec<u16> = expected.iter().map(|(run, _)| *run as u16).collect();
        assert_eq!(order, &runs, "order of {what}");
    }
}

fn runs(keys: impl Strategy<Value = u64>) -> impl Strategy<Value = Vec<Vec<u64>>> {
    prop::collection::vec(prop::collection::btree_set(keys, 0..120), 1..9)
        .prop_map(|runs| runs.into_iter().map(|r| r.into_iter().collect()).collect())
}

fn shapes() -> impl Strategy<Value = Vec<Vec<u64>>> {
    prop_oneof![
        runs(0..150u64),
        runs(0..5_000u64),
        runs(prop_oneof![Just(u64::MAX), Just(0), u64::MAX - 40..=u64::MAX, 0..40u64]),
        runs(u64::MAX - 99..=u64::MAX),
        runs(any::<u64>()),
        // One big run and a few rows.
        (0..700u64, runs(0..700u64), any::<prop::sample::Index>()).prop_map(|(n, mut few, at)| {
            few.iter_mut().for_each(|run| run.truncate(2));
            let at = at.index(few.len());
            few.insert(at, (0..n).collect());
            few
        }),
    ]
}

proptest! {
    #[test]
    fn every_kind_finds_the_newest(runs in shapes(), slab in prop_oneof![Just(None), (1..300usize).prop_map(Some)]) {
        let expected = definition(&runs);
        let wide: Vec<Vec<u128>> =
            runs.iter().map(|run| run.iter().map(|k| u128::from(*k) << 60).collect()).collect();
        let text: Vec<Vec<RecordBatch>> = runs.iter().map(|run| {
            let keys: StringArray = run.iter().map(|k| Some(format!("key-{k:020}-and-more-than-sixteen"))).collect();
            vec![RecordBatch::try_from_iter([("k", Arc::new(keys) as _)]).unwrap()]
        }).collect();
        // With one key alone nothing remains beside the prefix.
        let bytes = match ChunkKeys::encode(&text, 1, true).unwrap() {
            ChunkKeys::Bytes(bytes) => bytes,
            _ => {
                prop_assert!(expected.len() < 2);
                Vec::new()
            }
        };
        let text_expected: &[(usize, usize)] = if bytes.is_empty() { &[] } else { &expected };
        for force in KINDS {
            for ordered in [false, true] {
                let request = PlanRequest { ordered, force, slab_rows: slab };
                let what = format!("{request:?}");
                check(&plan_newest(&runs, request).unwrap(), &expected, &what);
                check(&plan_newest(&wide, request).unwrap(), &expected, &what);
                check(&plan_newest(&bytes, request).unwrap(), text_expected, &what);
            }
        }
        let ages = Ages::default();
        for ordered in [false, true] {
            check(&plan_ranked(&runs, &ages, &[], ordered, slab).unwrap(), &expected, "ranked");
            check(&plan_ranked(&bytes, &ages, &[], ordered, slab).unwrap(), text_expected, "ranked");
            let merge = Deduplicate::default();
            check(&plan_groups(&runs, &ages, &merge, ordered, slab).unwrap(), &expected, "groups");
            check(&plan_groups(&wide, &ages, &merge, ordered, slab).unwrap(), &expected, "groups");
        }
    }

    #[test]
    fn ages_of_rows_and_ignored_rows(
        rows in prop::collection::vec(prop::collection::vec((0..60u64, 0..50i64, any::<bool>()), 0..80), 1..6),
        slab in prop_oneof![Just(None), (1..100usize).prop_map(Some)],
        ignore in any::<bool>(),
    ) {
        // Keys may come twice in a run.
        let rows: Vec<Vec<(u64, i64, bool)>> = rows.into_iter().map(|mut r| { r.sort_by_key(|x| x.0); r }).collect();
        let runs: Vec<Vec<u64>> = rows.iter().map(|r| r.iter().map(|x| x.0).collect()).collect();
        let retracts: Vec<Option<Bitmap>> = rows.iter().map(|r| {
            let mut bits = Bitmap::zeros(r.len());
            r.iter().enumerate().filter(|(_, x)| x.2).for_each(|(i, _)| bits.set(i));
            Some(bits)
        }).collect();
        let mut newest: BTreeMap<u64, (i64, bool, usize, usize)> = BTreeMap::new();
        for (run, r) in rows.iter().enumerate() {
            for (row, (key, sequence, retract)) in r.iter().enumerate() {
                if ignore && *retract { continue; }
                let age = (*sequence, !retract, run, row);
                let entry = newest.entry(*key).or_insert(age);
                *entry = (*entry).max(age);
            }
        }
        let expected: Vec<_> = newest.values().map(|(_, _, run, row)| (*run, *row)).collect();
        let sequences = rows.iter().map(|r| r.iter().map(|x| x.1).collect()).collect();
        let ages = Ages { user: None, sequences: Some(sequences), retracts: retracts.clone() };
        let ignored = if ignore { retracts } else { Vec::new() };
        for ordered in [false, true] {
            check(&plan_ranked(&runs, &ages, &ignored, ordered, slab).unwrap(), &expected, "ranked");
            let merge = Deduplicate { ignore_deletes: ignore };
            check(&plan_groups(&runs, &ages, &merge, ordered, slab).unwrap(), &expected, "groups");
        }
    }

    #[test]
    fn removed_rows_leave_the_order(runs in runs(0..200u64), modulus in 2..5usize) {
        let mut plan = plan_newest(&runs, PlanRequest { ordered: true, ..PlanRequest::default() }).unwrap();
        let dead: Vec<Option<Bitmap>> = runs.iter().enumerate().map(|(run, keys)| (run % 2 == 0).then(|| {
            let mut bits = Bitmap::zeros(keys.len());
            (0..keys.len()).filter(|row| row % modulus == 0).for_each(|row| bits.set(row));
            bits
        })).collect();
        plan.remove(&dead);
        let mut expected = definition(&runs);
        expected.retain(|(run, row)| !(run % 2 == 0 && row % modulus == 0));
        check(&plan, &expected, "removed");
    }
}

fn grouped(runs: &[Vec<u64>], ages: &Ages, ordered: bool, slab: Option<usize>) -> Vec<Vec<u32>> {
    let versions = group_versions(runs, ages, ordered, slab).unwrap();
    versions.groups().map(<[u32]>::to_vec).collect()
}

proptest! {
    #[test]
    fn all_rows_of_each_key(runs in shapes(), slab in prop_oneof![Just(None), (1..300usize).prop_map(Some)]) {
        let mut expected: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for (row, key) in runs.iter().flatten().enumerate() {
            expected.entry(*key).or_default().push(row as u32);
        }
        let expected: Vec<Vec<u32>> = expected.into_values().collect();
        prop_assert_eq!(grouped(&runs, &Ages::default(), true, slab), expected.clone());
        let mut any_order = grouped(&runs, &Ages::default(), false, slab);
        any_order.sort();
        let mut sorted = expected.clone();
        sorted.sort();
        prop_assert_eq!(any_order, sorted);
        // Sequence numbers that turn the runs' order round.
        let sequences = runs.iter().enumerate().map(|(run, r)| vec![-(run as i64); r.len()]).collect();
        let retracts = runs.iter().map(|_| None).collect();
        let ages = Ages { user: None, sequences: Some(sequences), retracts };
        let turned: Vec<Vec<u32>> =
            expected.into_iter().map(|rows| rows.into_iter().rev().collect()).collect();
        prop_assert_eq!(grouped(&runs, &ages, true, slab), turned);
    }
}
