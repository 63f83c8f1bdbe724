use std::collections::BTreeMap;

use proptest::prelude::*;
use rimon_spec::{BinaryRow, TypeKind};

use super::*;
use crate::commit::tests::fixture;

/// Rows of one file: key and whether the row passes. The file's number is the order of its versions.
type Rows = BTreeMap<i32, bool>;

fn int() -> [DataType; 1] {
    [DataType::new(TypeKind::Int)]
}

fn meta(number: usize, rows: &Rows) -> DataFileMeta {
    let key = |k: Option<&i32>| {
        BinaryRow::encode(&int(), &[Value::Int(*k.expect("a row"))]).expect("a key")
    };
    let mut file = fixture::file(&number.to_string(), 1);
    file.min_key = key(rows.keys().next());
    file.max_key = key(rows.keys().next_back());
    file.min_sequence_number = number as i64 * 10;
    file.max_sequence_number = number as i64 * 10 + 9;
    file
}

/// The keys whose winning row passes, of the files with these numbers; `newest` wins, or the oldest.
fn passing(files: &[Rows], kept: &[usize], newest: bool) -> Vec<i32> {
    let mut winners = BTreeMap::new();
    for number in kept {
        for (key, passes) in &files[*number] {
            if newest {
                winners.insert(*key, *passes);
            } else {
                winners.entry(*key).or_insert(*passes);
            }
        }
    }
    winners.into_iter().filter(|(_, passes)| *passes).map(|(key, _)| key).collect()
}

fn files() -> impl Strategy<Value = Vec<Rows>> {
    // few rows of a file pass, so that many files have none
    let passes = prop::bool::weighted(0.2);
    let rows = prop::collection::btree_map(0..30, passes, 1..5);
    prop::collection::vec(rows, 1..8)
}

proptest! {
    #[test]
    fn no_row_that_passes_is_lost_or_comes_back(files in files()) {
        for (order, newest) in
            [(VersionOrder::Newest, true), (VersionOrder::Any, true), (VersionOrder::Any, false)]
        {
            let metas = files.iter().enumerate().map(|(i, rows)| meta(i, rows)).collect();
            let number = |f: &DataFileMeta| f.file_name.parse::<usize>().expect("a number");
            let matches = |f: &DataFileMeta| files[number(f)].values().any(|passes| *passes);
            let kept = drop_unneeded(metas, &int(), order, matches).expect("keys");
            let kept: Vec<usize> = kept.iter().map(number).collect();
            let all: Vec<usize> = (0..files.len()).collect();
            prop_assert_eq!(
                passing(&files, &kept, newest),
                passing(&files, &all, newest),
                "{:?} kept {:?}", order, kept
            );
        }
    }
}

#[test]
fn files_that_only_hide_rows_stay() {
    let rows = |keys: &[i32], passes| keys.iter().map(|k| (*k, passes)).collect::<Rows>();
    // the second file hides the first one's row of key 5; the third is of other keys; the fourth matches
    let files =
        [rows(&[1, 5], true), rows(&[5, 9], false), rows(&[20, 30], false), rows(&[40], true)];
    let metas = || files.iter().enumerate().map(|(i, rows)| meta(i, rows)).collect::<Vec<_>>();
    let kept = |order, wanted: &[&str]| {
        let matches = |f: &DataFileMeta| wanted.contains(&f.file_name.as_str());
        let kept = drop_unneeded(metas(), &int(), order, matches).expect("keys");
        kept.into_iter().map(|f| f.file_name).collect::<Vec<_>>()
    };
    assert_eq!(kept(VersionOrder::Newest, &["0", "3"]), ["0", "1", "3"]);
    assert_eq!(kept(VersionOrder::Newest, &["1"]), ["1"], "the first file is older");
    assert_eq!(kept(VersionOrder::Any, &["1"]), ["0", "1"]);
    assert_eq!(kept(VersionOrder::Composed, &["1"]).len(), 4);
    assert!(kept(VersionOrder::Any, &[]).is_empty());
}
