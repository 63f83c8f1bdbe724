//! Planning a scan of a table with 100 K files: no file is opened.

use std::path::Path;
use std::time::Instant;

use rimon::spec::{BinaryRow, DataFileMeta, DataType, Predicate, Test, Value};
use rimon::table::commit::{BATCH_COMMIT, CommitOutcome};
use rimon::table::write::CommitMessage;
use rimon::{Table, spec};

use crate::measure::{Times, say};
use crate::tables::{execute, session};
use crate::{Args, Result};

const PARTITIONS: i32 = 100;
const FILES: usize = 1000;
const COMMITS: usize = 10;

pub(crate) async fn run(args: &Args) -> Result<()> {
    let dir = args.dir.join("plan_files");
    let directory = dir.join("b.db/t");
    let url = directory.to_string_lossy().into_owned();
    if !directory.join(format!("snapshot/snapshot-{}", COMMITS + 1)).exists() {
        make(args, &dir, &url).await?;
    }
    let one = Predicate::leaf("dt", Test::Eq(Value::Int(50)));
    for (what, predicate) in [("all", Predicate::True), ("one of 100 partitions", one)] {
        let (mut cold, mut warm) = (Times::default(), Times::default());
        let mut files = 0;
        for rep in 0..=args.reps {
            let start = Instant::now();
            let table = Table::open(&url).await?;
            let plan = table.scan().filter(predicate.clone()).plan().await?;
            let first = start.elapsed();
            drop(plan);
            let start = Instant::now();
            let plan = table.scan().filter(predicate.clone()).plan().await?;
            let again = start.elapsed();
            files = plan.report.files_kept;
            if rep > 0 {
                cold.push(first);
                warm.push(again);
            }
        }
        let total = f64::from(PARTITIONS) * FILES as f64;
        for (state, times) in [("cold", &cold), ("warm", &warm)] {
            say(&format!(
                "{what}, {state}: {:.1} / {:.1} ms, {:.2} µs a file of {total}, {files} files kept",
                times.best(),
                times.median(),
                times.median() * 1e3 / total,
            ))?;
        }
    }
    Ok(())
}

/// A table of 100 partitions × 1000 files, all but the first of which are only named.
async fn make(args: &Args, dir: &Path, url: &str) -> Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    let session = session(args, dir).await?;
    execute(&session, "CREATE DATABASE IF NOT EXISTS b").await?;
    let create = "CREATE TABLE b.t (dt INT, id BIGINT, k INT, price DOUBLE, qty INT, name STRING, city STRING, \
                  note STRING) PARTITIONED BY (dt)";
    execute(&session, create).await?;
    let insert = "INSERT INTO b.t VALUES (0, 1, 2, 3.5, 4, 'a name', 'a city', 'a note')";
    execute(&session, insert).await?;
    let table = Table::open(url).await?;
    let plan = table.scan().plan().await?;
    let file = plan.splits.first().and_then(|s| s.files.first()).ok_or("nothing was written")?;
    for commit in 0..COMMITS {
        let mut messages = Vec::new();
        for dt in 0..PARTITIONS {
            let partition =
                BinaryRow::encode(&[DataType::new(spec::TypeKind::Int)], &[Value::Int(dt)])?;
            let files = (0..FILES / COMMITS).map(|n| DataFileMeta {
                file_name: format!(
                    "data-6f9619ff-8b86-d011-b42d-00cf4fc964ff-{dt}-{commit}-{n}.parquet"
                ),
                ..file.clone()
            });
            messages.push(CommitMessage::of_new_files(partition, 0, -1, files.collect()));
        }
        match table.committer("bench").commit(BATCH_COMMIT, messages).await? {
            CommitOutcome::Committed(_) => {}
            _ => return Err("the commit was not made".into()),
        }
    }
    Ok(())
}
