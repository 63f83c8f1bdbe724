//! Writers that spill write the same tables.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use arrow::array::{ArrayRef, Int32Array, RecordBatch};
use rimon_spec::{DataType, ErrorKind, RowKind, TypeKind};

use super::append::rows;
use crate::commit::tests::fixture::{Make, live, names_in};
use crate::commit::{BATCH_COMMIT, CommitOutcome};
use crate::table::Table;
use crate::write::TableWriter;
use crate::write::spill::SpillSettings;

fn keyed(buckets: &'static str) -> Make {
    let mut make = Make::append().with("bucket", buckets);
    make.columns[0].1 = DataType::not_null(TypeKind::Int);
    make.primary_keys = vec!["id"];
    make
}

/// Inserts, updates and deletes in several batches.
async fn fill(writer: &mut TableWriter) {
    for round in 0..10 {
        writer.write_as(rows(round * 500..round * 500 + 2_000), RowKind::Insert).await.unwrap();
        writer.write_as(rows(round * 700..round * 700 + 50), RowKind::Delete).await.unwrap();
    }
}

async fn finish(table: &Table, writer: &mut TableWriter) {
    let messages = writer.prepare_commit(BATCH_COMMIT).await.unwrap();
    let outcome = table.committer(writer.user()).commit(BATCH_COMMIT, messages).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Committed(_)));
}

async fn ids(table: &Table) -> Vec<String> {
    use futures::TryStreamExt;
    let batches: Vec<_> = table.scan().stream().await.unwrap().try_collect().await.unwrap();
    let text = |batch: &arrow::array::RecordBatch| {
        let shown = arrow::util::pretty::pretty_format_batches(std::slice::from_ref(batch));
        shown.unwrap().to_string().lines().skip(3).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut lines: Vec<String> = batches.iter().flat_map(text).collect();
    lines.retain(|line| line.starts_with('|'));
    // how wide a column is printed depends on its batch
    lines.iter_mut().for_each(|line| line.retain(|c| c != ' '));
    lines.sort();
    lines
}

fn entries(parent: &Path) -> usize {
    fs::read_dir(parent).unwrap().count()
}

#[tokio::test]
async fn any_budget_gives_the_same_table() {
    let mut expected = None;
    for memory in [64 << 10, 1 << 20, 1 << 30] {
        for spillable in ["true", "false"] {
            let (dir, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let table = keyed("16").with("write-buffer-spillable", spillable).table(&dir).await;
            let builder = table.writer("u").memory(memory).spill_directory(temporary.path());
            let mut writer = builder.build().unwrap();
            fill(&mut writer).await;
            let spilled = entries(temporary.path()) > 0;
            assert_eq!(spilled, memory == 64 << 10 && spillable == "true", "{memory} {spillable}");
            finish(&table, &mut writer).await;
            let sequences: i64 =
                live(&table).await.iter().map(|e| e.file.max_sequence_number).max().unwrap();
            let found = (ids(&table).await, sequences);
            let same = *expected.get_or_insert(found.clone()) == found;
            assert!(same, "{memory} {spillable}");
            drop(writer);
            assert_eq!(entries(temporary.path()), 0, "nothing is left");
        }
    }
    assert!(expected.unwrap().0.len() > 1_000);
}

#[tokio::test]
async fn a_writer_goes_on_after_a_commit_that_spilled() {
    let (dir, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let table = keyed("16").table(&dir).await;
    let builder = table.writer("u").memory(64 << 10).spill_directory(temporary.path());
    let mut writer = builder.build().unwrap();
    fill(&mut writer).await;
    finish(&table, &mut writer).await;
    let first = ids(&table).await;
    writer.write_as(rows(0..10_000), RowKind::Delete).await.unwrap();
    fill(&mut writer).await;
    let messages = writer.prepare_commit(BATCH_COMMIT).await.unwrap();
    let outcome = table.committer("v").commit(BATCH_COMMIT, messages).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Committed(_)));
    assert!(ids(&table).await == first);
}

/// `write-buffer-spill.max-disk-size`: what does not fit becomes files of level 0.
#[tokio::test]
async fn a_full_spill_area_makes_smaller_files() {
    let mut counts = Vec::new();
    for limit in ["1 b", "1 gb"] {
        let (dir, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let table = keyed("16").with("write-buffer-spill.max-disk-size", limit).table(&dir).await;
        let builder = table.writer("u").memory(256 << 10).spill_directory(temporary.path());
        let mut writer = builder.build().unwrap();
        fill(&mut writer).await;
        finish(&table, &mut writer).await;
        counts.push((live(&table).await.len(), ids(&table).await));
    }
    assert!(counts[0].0 > counts[1].0, "{} and {} files", counts[0].0, counts[1].0);
    assert!(counts[0].1 == counts[1].1);
}

/// `write-max-writers-to-spill`: buckets beyond it wait with their rows.
#[tokio::test]
async fn append_tables_with_many_buckets_spill() {
    let mut expected = None;
    for (many, most) in [("2", 16), ("100", 1000)] {
        let (dir, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let make = Make::append().with("bucket", "16").with("bucket-key", "id");
        let table = make.with("write-max-writers-to-spill", many).table(&dir).await;
        let builder = table.writer("u").memory(64 << 10).spill_directory(temporary.path());
        let mut writer = builder.build().unwrap();
        for round in 0..10 {
            writer.write(rows(round * 2_000..round * 2_000 + 2_000)).await.unwrap();
        }
        finish(&table, &mut writer).await;
        let found = ids(&table).await;
        assert_eq!(found.len(), 20_000);
        assert!(*expected.get_or_insert(found.clone()) == found, "{many}");
        // a bucket that waits has one file, also one that was there before buckets were many
        let files = live(&table).await.len();
        assert!(files <= most, "{files} files with {many}");
    }
}

/// What the arrays of [`rows`] take: numbers, and texts as views.
const ROW_BYTES: usize = 4 + 16;

/// Lets the tasks of the buckets do what they were told.
async fn settle() {
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}

/// All rows of many buckets are in memory, also those of the buckets that were there before they were many, and none is
/// counted as the few bytes that it has in a file.
#[tokio::test]
async fn rows_that_wait_are_counted_with_all_that_they_take() {
    let (dir, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let make = Make::append().with("bucket", "64").with("bucket-key", "id");
    let table = make.table(&dir).await;
    let builder = table.writer("u").memory(1 << 30).spill_directory(temporary.path());
    let mut writer = builder.build().unwrap();
    // The first batch goes to the buckets at once, the others when there are a thousand rows for each.
    let batches = 1 + (64 * 1_024_usize).div_ceil(2_000);
    for round in 0..batches as i32 {
        writer.write(rows(round * 2_000..round * 2_000 + 2_000)).await.unwrap();
    }
    settle().await;
    let (held, least) = (writer.memory_held(), batches * 2_000 * ROW_BYTES);
    assert!(held > least + least / 8, "{held} of {least} bytes");
    assert!(held < 2 * least, "{held} of {least} bytes");
    finish(&table, &mut writer).await;
    assert_eq!((writer.memory_held(), live(&table).await.len()), (0, 64));
}

/// Where buckets are few their tasks cut their rows out of a batch, which is there until the last of them has.
#[tokio::test]
async fn a_batch_is_counted_until_all_buckets_have_their_rows() {
    let dir = tempfile::tempdir().unwrap();
    let table = keyed("4").table(&dir).await;
    let mut writer = table.writer("u").memory(1 << 30).build().unwrap();
    writer.write(rows(0..40_000)).await.unwrap();
    let batch = writer.memory_held();
    assert!(batch > 40_000 * ROW_BYTES, "{batch} bytes");
    settle().await;
    // sorting takes memory, too
    let (held, expected) = (writer.memory_held(), 40_000 * (ROW_BYTES + 24));
    assert!(held >= expected && held < expected + expected / 8, "{held} of {expected} bytes");
    finish(&table, &mut writer).await;
    assert_eq!(writer.memory_held(), 0);
}

/// Files in the folders of 16 buckets.
fn data_files(dir: &tempfile::TempDir) -> usize {
    (0..16).map(|bucket| names_in(dir, &format!("bucket-{bucket}")).len()).sum()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_while_spilling_leaves_table_and_temporary_files_clean() {
    /// Files that fit: until then some buckets have written data files.
    static FIT: AtomicUsize = AtomicUsize::new(100);
    let (dir, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let table = keyed("16").table(&dir).await;
    let settings = SpillSettings {
        parent: temporary.path().to_owned(),
        create: |path| match FIT.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)) {
            Ok(_) => File::create_new(path),
            Err(_) => File::options().write(true).open("/dev/full"),
        },
        ..SpillSettings::in_temporary_files(u64::MAX)
    };
    let mut writer = TableWriter::new(table.clone(), "u".into(), 64 << 10, Some(settings)).unwrap();
    let (mut outcome, mut files) = (Ok(()), 0);
    for round in 0..1_000 {
        files = files.max(data_files(&dir));
        outcome = writer.write(rows(round * 500..round * 500 + 2_000)).await;
        if outcome.is_err() {
            break;
        }
    }
    let error = match outcome {
        Err(error) => error,
        Ok(()) => writer.prepare_commit(BATCH_COMMIT).await.unwrap_err(),
    };
    assert_eq!(error.kind(), ErrorKind::ResourceExhausted, "{error:?}");
    assert!(error.to_string().contains("no space left to spill"), "{error}");
    drop(writer);
    assert!(table.current_snapshot().await.unwrap().is_none());
    assert!(files > 0, "there was something to delete");
    assert_eq!(data_files(&dir), 0);
    assert_eq!(entries(temporary.path()), 0);
}

/// A batch of all partitions: a few rows for each of very many buckets.
fn scattered(round: i32) -> RecordBatch {
    let ids = (0..1_000).map(|i| (i * 7 + round * 13) % 2_500);
    let column = |values: Vec<i32>| Arc::new(Int32Array::from(values)) as ArrayRef;
    RecordBatch::try_from_iter([
        ("p", column(ids.clone().map(|id| id % 50).collect())),
        ("id", column(ids.clone().collect())),
        ("v", column(ids.map(|id| id + round).collect())),
    ])
    .unwrap()
}

#[tokio::test]
async fn very_many_buckets_keep_to_the_budget() {
    let mut expected = None;
    for memory in [256 << 10, 1 << 20, 1 << 30] {
        let (dir, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let int = || DataType::not_null(TypeKind::Int);
        let make = Make {
            columns: vec![("p", int()), ("id", int()), ("v", int())],
            primary_keys: vec!["p", "id"],
            partition_keys: vec!["p"],
            options: vec![("bucket", "4")],
        };
        let table = make.table(&dir).await;
        let builder = table.writer("u").memory(memory).spill_directory(temporary.path());
        let mut writer = builder.build().unwrap();
        for round in 0..120 {
            writer.write(scattered(round)).await.unwrap();
            assert!(writer.memory_held() <= memory, "{} of {memory}", writer.memory_held());
        }
        assert_eq!(entries(temporary.path()) > 0, memory < 1 << 30, "{memory}");
        finish(&table, &mut writer).await;
        let files = live(&table).await;
        assert_eq!(files.len(), 200, "one file for each bucket");
        let sequences: i64 = files.iter().map(|e| e.file.max_sequence_number).sum();
        let found = (ids(&table).await, sequences);
        assert!(*expected.get_or_insert(found.clone()) == found, "{memory}");
        drop(writer);
        assert_eq!(entries(temporary.path()), 0);
    }
    assert_eq!(expected.unwrap().0.len(), 2_500);
}
