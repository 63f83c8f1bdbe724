//! Seeded damage to the files of tables that Java wrote. A damaged table gives an error or the same rows: never other
//! rows, a panic, a hang, or more than 256 MiB. What no checksum shields may give other rows, as it does in Java; the
//! classes of such bytes are named in [`shield`], and in docs/compatibility.md, "Damage".
//!
//! Each table is damaged in a process of its own, so that a process that hangs or dies is a finding too.
//! `RIMON_CORRUPTIONS` is the number of mutations of each table (25), `RIMON_CORRUPTION_TABLE` the only table.

mod child;
mod shield;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Tables of every format, kind and release.
const TABLES: [&str; 26] = [
    "append_scalars_parquet",
    "append_nested_parquet",
    "append_parquet_none",
    "append_two_files_parquet",
    "append_scalars_orc",
    "append_nested_orc",
    "append_two_files_orc",
    "append_orc_zlib",
    "append_nested_avro",
    "append_avro_snappy",
    "append_avro_bzip2",
    "append_avro_null",
    "append_dv_v1",
    "append_dv_v64",
    "append_manifest_compression_null",
    "append_manifest_compression_snappy",
    "append_partition_types",
    "evolve_types_parquet",
    "index_several",
    "index_range_bitmap_file",
    "pk_deduplicate_none",
    "pk_dv_v64",
    "tags",
    "v0_4_pk_deduplicate",
    "v0_6_many_commits",
    "v0_9_pk_deletion_vectors",
];

/// A child that says nothing for so long hangs. A mutation may take 5 s, which the child measures; this is for one
/// that never ends.
const SILENCE: Duration = Duration::from_secs(30);

fn mutations() -> u64 {
    std::env::var("RIMON_CORRUPTIONS").map_or(25, |n| n.parse().expect("a number"))
}

/// Damages one table; what was wrong.
fn damage(table: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let mut from = 0;
    while from < mutations() {
        let mut process = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "corruption::child::one_table", "--ignored", "--nocapture"])
            .env(child::TABLE, table)
            .env(child::SEEDS, format!("{from}..{}", mutations()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the test starts again");
        let last = follow(&mut process, &mut findings);
        process.kill().ok();
        let out = process.wait_with_output().expect("it ends");
        match last {
            Ended::Done => break,
            Ended::At(seed) => {
                let errors = String::from_utf8_lossy(&out.stderr);
                let tail = errors.lines().rev().take(5).collect::<Vec<_>>().join(" | ");
                findings.push(format!("{table} {seed}: the process hung or died: {tail}"));
                from = seed + 1;
            }
        }
    }
    findings
}

enum Ended {
    Done,
    /// During the mutation of this seed.
    At(u64),
}

/// Reads what a child says until it is silent.
fn follow(process: &mut Child, findings: &mut Vec<String>) -> Ended {
    let output = process.stdout.take().expect("it is piped");
    let (send, receive) = channel();
    std::thread::spawn(move || {
        BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| send.send(line))
    });
    let mut seed = 0;
    loop {
        match receive.recv_timeout(SILENCE) {
            Ok(line) => match line.split_once(' ') {
                Some(("seed", n)) => seed = n.parse().expect("a number"),
                Some(("finding", what)) => findings.push(what.to_owned()),
                Some(("done", how)) => {
                    println!("{how}");
                    return Ended::Done;
                }
                _ => {}
            },
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Ended::At(seed);
            }
        }
    }
}

#[test]
fn damaged_tables_give_an_error_or_the_same_rows() {
    let only = std::env::var("RIMON_CORRUPTION_TABLE").ok();
    let chosen = TABLES.iter().filter(|t| only.as_ref().is_none_or(|o| o == *t));
    let waiting = Mutex::new(chosen);
    let findings = Mutex::new(Vec::new());
    let take = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(table) = take() {
                    let found = damage(table);
                    findings.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
                }
            });
        }
    });
    let findings = findings.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}
