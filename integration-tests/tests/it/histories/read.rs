//! Seeds of histories in which Java writes and both read.

use std::ops::Range;
use std::path::PathBuf;

use rimon_integration_tests::oracle::Oracle;

use super::judge::Tally;
use super::play::{Outcome, Shapes, play};
use super::shape::Shape;
use crate::tables::runtime;

/// Seeds of the gate.
const SEEDS: u64 = 10;
/// Moves in a history.
const MOVES: usize = 12;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| text != "random")?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Whether this is more than the gate.
pub(super) fn long_run() -> bool {
    number("RIMON_SEEDS").is_some_and(|seeds| seeds > SEEDS)
}

/// `RIMON_SEED=17` is that seed, `RIMON_SEEDS=200` so many from `RIMON_FIRST_SEED` (0) on.
pub(super) fn seeds() -> Range<u64> {
    let first = number("RIMON_FIRST_SEED").unwrap_or(0);
    match number("RIMON_SEED") {
        Some(seed) => seed..seed + 1,
        None => first..first + number("RIMON_SEEDS").unwrap_or(SEEDS),
    }
}

fn folder(seed: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("histories");
    let folder = root.join(format!("seed-{seed}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn report(seed: u64, folder: &std::path::Path, outcome: &Outcome, wrong: &str) -> String {
    let history = outcome.history.join("\n    ");
    let log = folder.join("history.txt");
    std::fs::write(&log, format!("{history}\n{wrong}\n")).expect("the history is kept");
    format!("RIMON_SEED={seed}, in {}:\n    {history}\n  {wrong}", folder.display())
}

#[test]
fn histories_of_java_are_read_as_in_java() {
    read_histories("", Shape::any, seeds());
}

/// A third of the seeds: these histories are slower.
#[test]
fn histories_of_rarer_tables_are_read_as_in_java() {
    let seeds = seeds();
    let count = (seeds.end - seeds.start).div_ceil(3);
    read_histories("rare-", Shape::wide, seeds.start..seeds.start + count);
}

fn read_histories(name: &str, shapes: Shapes, seeds: Range<u64>) {
    let Some(mut oracle) = Oracle::shared() else { return };
    let runtime = runtime();
    let mut tally = Tally::default();
    let mut wrong = Vec::new();
    for seed in seeds {
        let folder = folder(&format!("{name}{seed}"));
        let mut outcome = play(&mut oracle, &runtime, &folder, shapes, seed, MOVES);
        if std::env::var_os("RIMON_VERBOSE").is_some() {
            eprintln!("seed {seed}: {:?}\n    {}", outcome.tally, outcome.history.join("\n    "));
        }
        match outcome.wrong.take() {
            Some(how) => wrong.push(report(seed, &folder, &outcome, &how)),
            None => std::fs::remove_dir_all(&folder).expect("the folder goes away"),
        }
        tally.add(outcome.tally);
    }
    eprintln!("{} versions equal to Java's, {} projections and filters", tally.equal, tally.parts);
    for (message, count) in &tally.refused {
        eprintln!("  refused by us, {count} times: {message}");
    }
    for (message, count) in &tally.java_refused {
        eprintln!("  not read by Java, {count} times: {message}");
    }
    assert!(wrong.is_empty(), "{} histories fail:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tally.equal > 0, "nothing was compared");
}
