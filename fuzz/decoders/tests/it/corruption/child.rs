//! The process that damages one table again and again.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use rimon_fuzz_decoders::damage::{Random, damaged};
use rimon_fuzz_decoders::{Clock, MEMORY, TIME, memory, take_panic, watch_panics};
use rimon_integration_tests::fixture::Fixture;
use rimon_integration_tests::row::lines;
use rimon_spec::ErrorKind;
use rimon_table::{Table, Travel};
use tokio::runtime::{Builder, Runtime};

use super::shield::{Shield, shield};

/// The environment variable with the name of the table.
pub(super) const TABLE: &str = "RIMON_CORRUPTION_CHILD_TABLE";
/// And with the seeds, as `0..25`.
pub(super) const SEEDS: &str = "RIMON_CORRUPTION_CHILD_SEEDS";

/// A table, its files as they should be, and its rows.
struct Victim {
    directory: PathBuf,
    files: Vec<(PathBuf, Vec<u8>)>,
    versions: Vec<(Travel, Vec<String>)>,
}

/// What became of the mutations.
#[derive(Default)]
struct Tally {
    errors: usize,
    same: usize,
    other: usize,
}

#[test]
#[ignore = "started by the test beside it"]
fn one_table() {
    let (Ok(name), Ok(seeds)) = (std::env::var(TABLE), std::env::var(SEEDS)) else { return };
    let (from, to) = seeds.split_once("..").expect("a range");
    let seeds: Range<u64> = from.parse().expect("a number")..to.parse().expect("a number");
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let unpacked = Fixture::named(&name).unpack();
    let mut victim = Victim::new(&unpacked.table(), &runtime);
    watch_panics();
    let mut tally = Tally::default();
    for seed in seeds {
        // The harness may have written a part of the line.
        println!("\nseed {seed}");
        if let Err(what) = victim.damage(&name, seed, &runtime, &mut tally) {
            println!("finding {name} {seed}: {what}");
        }
    }
    let Tally { errors, same, other } = tally;
    println!("done {name}: {errors} errors, {same} times the same rows, {other} times others");
}

/// All rows of a version as sorted lines.
async fn read(directory: &Path, travel: Travel) -> rimon_spec::Result<Vec<String>> {
    let table = Table::open(&directory.display().to_string()).await?.at(&travel).await?;
    let fields = table.schema().fields.clone();
    let batches: Vec<_> = table.scan().stream().await?.try_collect().await?;
    let mut rows: Vec<String> = batches.iter().flat_map(|b| lines(b, &fields)).collect();
    rows.sort();
    Ok(rows)
}

impl Victim {
    fn new(directory: &Path, runtime: &Runtime) -> Self {
        let mut files = Vec::new();
        collect(directory, directory, &mut files);
        files.sort();
        let mut travels = vec![Travel::Latest];
        for entry in fs::read_dir(directory.join("snapshot")).expect("snapshots") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            let id = name.strip_prefix("snapshot-").and_then(|id| id.parse().ok());
            travels.extend(id.map(Travel::Snapshot));
        }
        let rows = |travel: Travel| {
            let rows = runtime.block_on(read(directory, travel.clone())).expect("it is whole");
            (travel, rows)
        };
        let versions = travels.into_iter().map(rows).collect();
        Self { directory: directory.to_owned(), files, versions }
    }

    /// Damages one file, reads, and puts it back; what was wrong.
    fn damage(
        &mut self,
        name: &str,
        seed: u64,
        runtime: &Runtime,
        tally: &mut Tally,
    ) -> Result<(), String> {
        // A new name each time: footers are cached by name and size, since data files never change.
        let moved = self.directory.with_file_name(format!("t{seed}"));
        fs::rename(&self.directory, &moved).expect("the table moves");
        self.directory = moved;
        // Other damage to each table.
        let of_table = name.bytes().fold(0_u64, |sum, b| sum.wrapping_mul(31) + u64::from(b));
        let mut random = Random::new(of_table ^ seed << 32);
        let (file, whole) = &self.files[random.below(self.files.len())];
        let (bytes, how) = match random.below(16) {
            0 => self.other_file(file, &mut random),
            _ => (damaged(whole, random.bits()), shield as Classify),
        };
        let latest = random.below(2) == 0;
        let at = if latest { 0 } else { random.below(self.versions.len()) };
        let (travel, rows) = &self.versions[at];
        fs::write(self.directory.join(file), &bytes).expect("damaged");
        let outcome = self.outcome(travel, runtime);
        fs::write(self.directory.join(file), whole).expect("put back");
        let shield = how(file, whole, &bytes);
        let what = format!("{} ({shield:?}) at {travel:?}", file.display());
        match outcome.map_err(|e| format!("{what}: {e}"))? {
            None => tally.errors += 1,
            Some(read) if read == *rows => tally.same += 1,
            Some(_) if shield == Shield::Checked => {
                return Err(format!("{what}: other rows, {}", difference(whole, &bytes)));
            }
            Some(_) => tally.other += 1,
        }
        Ok(())
    }

    /// Another file of the same folder in this one's place.
    fn other_file(&self, file: &Path, random: &mut Random) -> (Vec<u8>, Classify) {
        let beside: Vec<_> =
            self.files.iter().filter(|(other, _)| other.parent() == file.parent()).collect();
        let (_, bytes) = beside[random.below(beside.len())];
        (bytes.clone(), |_, _, _| Shield::None("another file of the table in this one's place"))
    }

    /// The rows, or `None` for an error.
    fn outcome(&self, travel: &Travel, runtime: &Runtime) -> Result<Option<Vec<String>>, String> {
        drop(take_panic());
        let before = memory::begin();
        let clock = Clock::start();
        let directory = self.directory.clone();
        let travel = travel.clone();
        let task = runtime.spawn(async move { read(&directory, travel).await });
        let outcome = runtime.block_on(task).map_err(|e| format!("panic: {e}"))?;
        let (took, held) = (clock.elapsed(), memory::peak().saturating_sub(before));
        if let Some(panic) = take_panic() {
            return Err(format!("panic: {panic}"));
        }
        if took > TIME {
            return Err(format!("took {took:?}"));
        }
        if held > MEMORY {
            return Err(format!("took {held} bytes of memory"));
        }
        match outcome {
            Ok(rows) => Ok(Some(rows)),
            Err(error) if error.kind() == ErrorKind::Internal => Err(format!("{error:?}")),
            Err(_) => Ok(None),
        }
    }
}

type Classify = fn(&Path, &[u8], &[u8]) -> Shield;

/// Files below a folder by their path in it, with their bytes.
fn collect(root: &Path, folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let bytes = fs::read(&path).expect("a file");
            files.push((path.strip_prefix(root).expect("below it").to_owned(), bytes));
        }
    }
}

fn difference(whole: &[u8], bytes: &[u8]) -> String {
    let first = whole.iter().zip(bytes).position(|(a, b)| a != b);
    let count = whole.iter().zip(bytes).filter(|(a, b)| a != b).count();
    format!("{} bytes became {}, {count} differ from {first:?}", whole.len(), bytes.len())
}
