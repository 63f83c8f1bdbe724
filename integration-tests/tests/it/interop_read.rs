//! Tables that Java wrote, of five releases: every row as Java reads it, or a refusal that names the feature.

use std::collections::BTreeMap;

use rimon_integration_tests::fixture::{Fixture, Read, Unpacked};
use rimon_spec::{Error, ErrorKind};
use rimon_table::Travel;

use crate::tables::{changelog, difference, open, read, rows_with_kinds, runtime};

/// Reads that other tests compare.
const ELSEWHERE: [(&str, &str); 2] =
    [("branch", "asked by interop_system"), ("filter", "asked by interop_filter")];

/// How a table is read.
#[derive(Debug, Clone)]
enum How {
    Version(Travel),
    /// With the kinds of rows, and options.
    Kinds(Vec<(String, String)>),
    /// As a stream from a snapshot on.
    Stream(i64),
}

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
            let Some(how) = how(&read) else { continue };
            let outcome = outcome(&unpacked, &read, how);
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

fn outcome(unpacked: &Unpacked, read_: &Read, how: How) -> Outcome {
    let directory = unpacked.table();
    let runtime = runtime();
    let mut expected = read_.expected.clone();
    if matches!(how, How::Stream(_)) && !one_bucket(unpacked) {
        // the order of buckets is nobody's
        sort_snapshots(&mut expected);
    }
    let sorted = matches!(how, How::Stream(_)) && !one_bucket(unpacked);
    let task = runtime.spawn(async move {
        let mut rows = match how {
            How::Version(travel) => read(&directory, travel).await,
            How::Kinds(options) => {
                rows_with_kinds(&open(&directory).await?.with_options(options)?).await
            }
            How::Stream(from) => changelog(&open(&directory).await?, from).await,
        }?;
        if sorted {
            sort_snapshots(&mut rows);
        }
        Ok(rows)
    });
    match runtime.block_on(task) {
        Ok(Ok(rows)) => difference(&rows, &expected).map_or(Outcome::Equal, Outcome::Differs),
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

fn how(read: &Read) -> Option<How> {
    let arguments = &read.arguments;
    if ELSEWHERE.iter().any(|(key, _)| arguments.get(key).is_some()) || arguments["table"] != "db.t"
    {
        return None;
    }
    if arguments["cmd"] == "changelog" {
        return Some(How::Stream(arguments["from"].as_i64().expect("a snapshot")));
    }
    assert_eq!(arguments["cmd"], "read", "{arguments}");
    if let Some(between) = arguments.get("incremental") {
        let between = between.as_str().expect("two versions").to_owned();
        return Some(How::Kinds(vec![("incremental-between".to_owned(), between)]));
    }
    if arguments.get("raw_kinds").is_some() {
        return Some(How::Kinds(Vec::new()));
    }
    if let Some(id) = arguments.get("snapshot") {
        return Some(How::Version(Travel::Snapshot(id.as_i64().expect("an id"))));
    }
    if let Some(watermark) = arguments.get("watermark") {
        return Some(How::Version(Travel::Watermark(watermark.as_i64().expect("milliseconds"))));
    }
    Some(How::Version(match arguments.get("tag") {
        Some(tag) => Travel::Tag(tag.as_str().expect("a name").into()),
        None => Travel::Latest,
    }))
}

/// Whether the table has one bucket, so that the order of all changes is known.
fn one_bucket(unpacked: &Unpacked) -> bool {
    let spec = std::fs::read_to_string(unpacked.path().join("spec.json")).expect("spec.json");
    let spec: serde_json::Value = serde_json::from_str(&spec).expect("JSON");
    let buckets: std::collections::BTreeSet<&str> = spec["files"]
        .as_object()
        .expect("files")
        .keys()
        .map(|k| k.split_once(" level").map_or(k.as_str(), |(bucket, _)| bucket))
        .collect();
    buckets.len() <= 1
}

/// Sorts lines of a changelog within each snapshot.
fn sort_snapshots(lines: &mut [String]) {
    let id = |line: &str| {
        let text = line.strip_prefix("{\"_snapshot\":").expect("a snapshot");
        text.split(',').next().and_then(|id| id.parse::<i64>().ok()).expect("an id")
    };
    lines.sort_by(|a, b| (id(a), a).cmp(&(id(b), b)));
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
