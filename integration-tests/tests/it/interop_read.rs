//! Tables that Java wrote, of five releases: every row as Java reads it, or a refusal that names the feature.

use std::collections::BTreeMap;

use rimon_integration_tests::fixture::{Fixture, Read, Unpacked};
use rimon_spec::{Error, ErrorKind};
use rimon_table::Travel;

use crate::tables::{difference, read, runtime};

/// Reads that later work brings, by the argument that asks for them. Their rows wait in the archives.
const LATER: [(&str, &str); 4] = [
    ("branch", "asked by interop_system"),
    ("incremental", "incremental reads"),
    ("raw_kinds", "row kinds of a read"),
    ("filter", "asked by interop_filter"),
];

/// A line of `fixtures/unsupported.txt`: what has to be refused, and a word of the refusal.
struct Unsupported {
    feature: String,
    seen: bool,
}

/// The list is in this file. With `RIMON_SHRINK=1` the reads that work now are taken out of it.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/unsupported.txt");

#[test]
fn every_fixture_reads_as_in_java_or_is_refused() {
    let only = std::env::var("RIMON_FIXTURES").ok();
    let mut listed = unsupported();
    let shrink = std::env::var_os("RIMON_SHRINK").is_some();
    let (mut wrong, mut works) = (Vec::new(), Vec::new());
    let (mut equal, mut refused) = (0, 0);
    for fixture in Fixture::all() {
        if only.as_ref().is_some_and(|part| !fixture.name.contains(part)) {
            continue;
        }
        let unpacked = fixture.unpack();
        for read in unpacked.reads() {
            let Some(travel) = travel(&read) else { continue };
            let outcome = outcome(&unpacked, &read, travel);
            let key = [format!("{} {}", fixture.name, read.name), fixture.name.clone()];
            let entry = key.iter().find(|k| listed.contains_key(*k)).cloned();
            if let (Outcome::Equal, Some(name), true) = (&outcome, &entry, shrink) {
                works.push(name.clone());
                listed.remove(name);
            }
            let entry = entry.and_then(|k| listed.get_mut(&k));
            match judge(outcome, entry) {
                Ok(true) => equal += 1,
                Ok(false) => refused += 1,
                Err(why) => wrong.push(format!("{}, {}: {why}", fixture.name, read.name)),
            }
        }
    }
    shrink_list(&works);
    if only.is_none() {
        let stale = listed.iter().filter(|(_, u)| !u.seen);
        wrong.extend(
            stale.map(|(name, _)| format!("{name} is listed, but no such read is refused")),
        );
    }
    eprintln!("{equal} reads equal to Java's, {refused} refused as listed, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{} reads are wrong:\n  {}", wrong.len(), wrong.join("\n  "));
}

/// What came of a read: nothing when it is equal to Java's.
enum Outcome {
    Equal,
    Refused(Error),
    Differs(String),
    Panicked(String),
}

fn outcome(unpacked: &Unpacked, read_: &Read, travel: Travel) -> Outcome {
    let directory = unpacked.table();
    let runtime = runtime();
    let task = runtime.spawn(async move { read(&directory, travel).await });
    match runtime.block_on(task) {
        Ok(Ok(rows)) => difference(&rows, &read_.expected).map_or(Outcome::Equal, Outcome::Differs),
        Ok(Err(error)) => Outcome::Refused(error),
        Err(panic) => Outcome::Panicked(panic.to_string()),
    }
}

/// Whether the read was equal (`true`) or refused as it should be (`false`); else what is wrong with it.
fn judge(outcome: Outcome, listed: Option<&mut Unsupported>) -> Result<bool, String> {
    match (outcome, listed) {
        (Outcome::Equal, None) => Ok(true),
        (Outcome::Equal, Some(_)) => {
            Err("reads as in Java now: take it out of fixtures/unsupported.txt".into())
        }
        (Outcome::Refused(error), Some(entry)) => {
            entry.seen = true;
            let text = error.to_string().to_lowercase();
            if error.kind() != ErrorKind::Unsupported {
                Err(format!("must be refused as Unsupported, but is {error:?}"))
            } else if !text.contains(&entry.feature) {
                Err(format!("the refusal does not name '{}': {error:?}", entry.feature))
            } else {
                Ok(false)
            }
        }
        (Outcome::Refused(error), None) => Err(format!("{error:?}")),
        (Outcome::Differs(how), _) => Err(how),
        (Outcome::Panicked(how), _) => Err(format!("PANIC {how}")),
    }
}

fn travel(read: &Read) -> Option<Travel> {
    let arguments = &read.arguments;
    if arguments["cmd"] != "read" || LATER.iter().any(|(key, _)| arguments.get(key).is_some()) {
        return None;
    }
    if arguments["table"] != "db.t" {
        return None;
    }
    if let Some(id) = arguments.get("snapshot") {
        return Some(Travel::Snapshot(id.as_i64().expect("an id")));
    }
    if let Some(watermark) = arguments.get("watermark") {
        return Some(Travel::Watermark(watermark.as_i64().expect("milliseconds")));
    }
    match arguments.get("tag") {
        Some(tag) => Some(Travel::Tag(tag.as_str().expect("a name").into())),
        None => Some(Travel::Latest),
    }
}

/// Takes the lines of these names out of the list.
fn shrink_list(works: &[String]) {
    if works.is_empty() {
        return;
    }
    let list = std::fs::read_to_string(LIST).expect("the list");
    let gone = |line: &str| line.split_once(':').is_some_and(|(n, _)| works.iter().any(|w| w == n));
    let mut left: Vec<&str> = list.lines().filter(|l| !gone(l)).collect();
    left.dedup_by(|a, b| a.is_empty() && b.is_empty());
    std::fs::write(LIST, left.join("\n").trim_end().to_owned() + "\n")
        .expect("the list is written");
}

fn unsupported() -> BTreeMap<String, Unsupported> {
    let list = std::fs::read_to_string(LIST).expect("the list");
    let lines = list.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines
        .map(|line| {
            let (name, feature) = line.split_once(':').expect("`name: feature`");
            let feature = feature.trim().to_lowercase();
            (name.trim().to_owned(), Unsupported { feature, seen: false })
        })
        .collect()
}
