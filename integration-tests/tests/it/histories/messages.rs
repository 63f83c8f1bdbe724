//! Commit messages in Java's form: writers and committers in different processes, each of them Java or us.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rimon_format::arrow_schema::to_arrow_schema;
use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use rimon_integration_tests::row::Rows;
use rimon_spec::{DataField, Error, ErrorKind};
use rimon_table::Travel;
use rimon_table::commit::CommitOutcome;
use rimon_table::write::{CommitMessage, TableWriter};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::model::{Engine, Model};
use super::play::{DIRECTORY, TABLE};
use super::read::seeds;
use crate::tables::{difference, open, read, runtime};

/// Messages as they go from process to process.
pub(super) type Bytes = Vec<String>;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = |i: usize| u8::from_str_radix(&text[i..i + 2], 16).expect("hex");
    (0..text.len()).step_by(2).map(digits).collect()
}

pub(super) fn to_bytes(messages: &[CommitMessage]) -> Bytes {
    messages.iter().map(|m| hex(&m.to_bytes().expect("bytes"))).collect()
}

pub(super) fn from_bytes(version: i32, bytes: &Bytes) -> Result<Vec<CommitMessage>, Error> {
    bytes.iter().map(|b| CommitMessage::from_bytes(version, &unhex(b))).collect()
}

/// A table in a warehouse of its own.
struct Case {
    folder: TempDir,
    runtime: Runtime,
    fields: Vec<DataField>,
}

impl Case {
    fn new(
        oracle: &mut Oracle,
        columns: &str,
        keys: &[&str],
        parts: &[&str],
        options: Value,
    ) -> Self {
        let columns: Vec<Value> = columns
            .split(';')
            .map(|c| c.trim().split_once(' ').expect("`name TYPE`"))
            .map(|(name, data_type)| json!({"name": name, "type": data_type}))
            .collect();
        let spec = json!({"columns": columns, "primary_keys": keys, "partition_keys": parts,
            "options": options});
        let folder = TempDir::new().expect("a folder");
        oracle.run(folder.path(), TABLE, "create", json!({"spec": spec}));
        let runtime = runtime();
        let table = runtime.block_on(open(&folder.path().join(DIRECTORY))).expect("a table");
        Self { fields: table.schema().fields.clone(), folder, runtime }
    }

    fn directory(&self) -> PathBuf {
        self.folder.path().join(DIRECTORY)
    }

    fn rows(&self, random: &mut Random) -> Vec<Value> {
        let row = |random: &mut Random| {
            let mut row = random.row(&self.fields);
            row.insert("id".into(), json!(random.below(40)));
            Value::Object(row)
        };
        (0..1 + random.below(30)).map(|_| row(random)).collect()
    }

    fn writer(&self) -> TableWriter {
        let directory = self.directory();
        let made = async { open(&directory).await?.writer("job").build() };
        self.runtime.block_on(made).expect("a writer")
    }

    /// What our writer hands over at a checkpoint.
    fn prepare(&self, writer: &mut TableWriter, id: i64, rows: &[Value]) -> Bytes {
        let schema = to_arrow_schema(&self.fields).expect("Arrow types");
        let batch = Rows::from_json(rows, &schema).batch;
        let messages = self.runtime.block_on(async {
            writer.write(batch).await?;
            writer.prepare_commit(id).await
        });
        to_bytes(&messages.expect("messages"))
    }

    fn java_prepares(&self, oracle: &mut Oracle, id: i64, rows: &[Value]) -> (i32, Bytes) {
        let arguments =
            json!({"rows": rows, "prepare": true, "commit_user": "job", "commit_id": id});
        bytes(&oracle.run(self.folder.path(), TABLE, "write", arguments))
    }

    /// What Java writes again after it has read these.
    fn echo(&self, oracle: &mut Oracle, messages: &Bytes) -> Bytes {
        let arguments = json!({"version": CommitMessage::VERSION, "messages": messages});
        bytes(&oracle.run(self.folder.path(), TABLE, "echo-messages", arguments)).1
    }

    /// A restarted job of ours commits all it has; how many commits it made.
    fn we_recover(&self, commits: &BTreeMap<i64, Bytes>) -> Result<usize, Error> {
        let directory = self.directory();
        self.runtime.block_on(async {
            let committer = open(&directory).await?.committer("job");
            let commits = commits
                .iter()
                .map(|(id, bytes)| Ok((*id, from_bytes(CommitMessage::VERSION, bytes)?)));
            let commits: Vec<_> = commits.collect::<Result<_, Error>>()?;
            let outcomes = committer.filter_and_commit(commits).await?;
            let made = |o: &CommitOutcome| matches!(o, CommitOutcome::Committed(_));
            Ok(outcomes.iter().filter(|(_, o)| made(o)).count())
        })
    }

    /// The same by Java.
    fn java_recovers(&self, oracle: &mut Oracle, commits: &BTreeMap<i64, Bytes>) -> usize {
        let commits: Vec<Value> =
            commits.iter().map(|(id, m)| json!({"id": id, "messages": m})).collect();
        let arguments = json!({"version": CommitMessage::VERSION, "commits": commits,
            "commit_user": "job", "recover": true});
        let reply = oracle.run(self.folder.path(), TABLE, "commit-messages", arguments);
        reply["committed"].as_u64().expect("a number") as usize
    }

    fn check(&self, oracle: &mut Oracle, model: &Model, what: &str) {
        let columns: Vec<String> = self.fields.iter().map(|f| f.name.clone()).collect();
        let expected = model.lines(&columns);
        let ours = self.runtime.block_on(read(&self.directory(), Travel::Latest)).expect("rows");
        let javas = oracle.read(self.folder.path(), TABLE, json!({}));
        assert_eq!(difference(&ours, &expected), None, "{what}: we read");
        assert_eq!(difference(&javas, &expected), None, "{what}: Java reads");
    }
}

pub(super) fn bytes(reply: &Value) -> (i32, Bytes) {
    let messages = reply["messages"].as_array().expect("messages");
    let messages = messages.iter().map(|m| m.as_str().expect("hex").to_owned()).collect();
    (reply["version"].as_i64().expect("a version") as i32, messages)
}

const COLUMNS: &str = "id INT NOT NULL; p STRING NOT NULL; a STRING; b DECIMAL(30, 4); c TIMESTAMP(6); \
    d BYTES; e DOUBLE; f ARRAY<INT>";

/// Java reads what we write and writes the very same bytes.
#[test]
fn our_messages_are_those_of_java() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::seeded(1);
    let tables: [(&[&str], &[&str], Value); 5] = [
        (&[], &[], json!({})),
        (&[], &["p"], json!({"file.format": "avro", "metadata.stats-dense-store": "false"})),
        (&["id", "p"], &["p"], json!({"bucket": "2"})),
        (&["id"], &[], json!({"bucket": "1", "metadata.stats-mode": "none"})),
        // with a compaction
        (&["id", "p"], &["p"], json!({"bucket": "2", "merge-engine": "first-row"})),
    ];
    for (keys, parts, options) in tables {
        let case = Case::new(&mut oracle, COLUMNS, keys, parts, options.clone());
        let mut writer = case.writer();
        let rows = case.rows(&mut random);
        let messages = case.prepare(&mut writer, 1, &rows);
        assert!(!messages.is_empty());
        assert_eq!(case.echo(&mut oracle, &messages), messages, "{options}");
    }
}

/// We read what Java writes and write the very same bytes: rows, changelogs, index files and what compaction does.
#[test]
fn javas_messages_are_read_and_written_again() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::seeded(2);
    let tables: [(&[&str], Value); 8] = [
        (&[], json!({})),
        (&[], json!({"bucket": "2", "bucket-key": "id", "file-index.bloom-filter.columns": "a"})),
        (&["id", "p"], json!({"bucket": "2", "metadata.stats-mode": "counts"})),
        (&["id", "p"], json!({"bucket": "1", "changelog-producer": "input"})),
        (&["id", "p"], json!({"bucket": "1", "changelog-producer": "lookup"})),
        (&["id", "p"], json!({"bucket": "1", "deletion-vectors.enabled": "true"})),
        (
            &["id", "p"],
            json!({"bucket": "1", "file-index.bitmap.columns": "a",
            "file-index.in-manifest-threshold": "1 b", "data-file.path-directory": "data"}),
        ),
        (&["id", "p"], json!({"bucket": "-1", "dynamic-bucket.target-row-num": "5"})),
    ];
    for (keys, options) in tables {
        let case = Case::new(&mut oracle, COLUMNS, keys, &["p"], options.clone());
        for id in 1..=4 {
            let rows = case.rows(&mut random);
            let (version, messages) = case.java_prepares(&mut oracle, id, &rows);
            assert_eq!(version, CommitMessage::VERSION);
            let read = from_bytes(version, &messages).expect("messages");
            assert!(read.iter().any(|m| !m.is_empty()), "{options}");
            assert_eq!(to_bytes(&read), messages, "{options}, commit {id}");
            case.java_recovers(&mut oracle, &BTreeMap::from([(id, messages)]));
        }
    }
}

/// Checkpoints of a job whose writers and committers are Java or we by turns, and which crashes: before a commit, after
/// it, and while it commits several. Every row is in the table once.
#[test]
fn a_job_that_is_restarted_commits_each_checkpoint_once() {
    let Some(mut oracle) = Oracle::shared() else { return };
    for seed in seeds() {
        let mut random = Random::seeded(seed);
        let (engine, keys, options): (_, &[&str], _) = match random.below(2) {
            0 => (Engine::Deduplicate, &["id", "p"], json!({"bucket": "2"})),
            _ => (Engine::Append, &[], json!({})),
        };
        let case = Case::new(&mut oracle, COLUMNS, keys, &["p"], options);
        let keys: Vec<String> = keys.iter().map(|k| (*k).to_owned()).collect();
        let mut model = Model::new(engine);
        let (mut all, mut committed) = (BTreeMap::new(), 0);
        let mut next = 1;
        let mut lives = Vec::new();
        for life in 0..4 {
            // one life of the job: some checkpoints, of which only the first are committed before it crashes
            let ours = random.one_in(2);
            let checkpoints = if ours { 1 + random.below(3) } else { 1 };
            let mut writer = case.writer();
            for _ in 0..checkpoints {
                let rows = case.rows(&mut random);
                let messages = match ours {
                    true => case.prepare(&mut writer, next, &rows),
                    false => case.java_prepares(&mut oracle, next, &rows).1,
                };
                rows.iter().for_each(|row| model.write(&keys, row));
                all.insert(next, messages);
                next += 1;
            }
            let before = committed + random.below(checkpoints + 1);
            let first: BTreeMap<i64, Bytes> =
                all.iter().take(before).map(|(id, m)| (*id, m.clone())).collect();
            lives.push(format!("{checkpoints} by us: {ours}, {before} of {} in time", all.len()));
            let what = format!("seed {seed}, life {life}: {}", lives.join("; "));
            for commits in [&first, &all, &all] {
                let expected = commits.len().saturating_sub(committed);
                let made = match random.one_in(2) {
                    true => case.we_recover(commits).unwrap_or_else(|e| panic!("{what}: {e:?}")),
                    false => case.java_recovers(&mut oracle, commits),
                };
                assert_eq!(made, expected, "{what}");
                committed += made;
            }
            case.check(&mut oracle, &model, &what);
        }
    }
}

/// A checkpoint whose files are gone cannot be committed, and says so.
#[test]
fn files_that_are_gone_are_named() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let case = Case::new(&mut oracle, COLUMNS, &["id", "p"], &["p"], json!({"bucket": "1"}));
    let mut random = Random::seeded(3);
    let messages = case.prepare(&mut case.writer(), 1, &case.rows(&mut random));
    let message = &from_bytes(CommitMessage::VERSION, &messages).expect("messages")[0];
    let name = message.new_files[0].file_name.clone();
    let mut folders = vec![case.directory()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with(&name) {
                std::fs::remove_file(&path).expect("it goes away");
            }
        }
    }
    let error = case.we_recover(&BTreeMap::from([(1, messages)])).expect_err("it is gone");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(&name), "{error}");
}
