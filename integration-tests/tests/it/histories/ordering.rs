//! `sequence.snapshot-ordering`, which no release of Java has yet: writers, committers and compactions of ours and of newer
//! sources of Java, in any order. `RIMON_NEWER_JAVA` names the folder of that oracle; without it nothing is played. What it
//! wrote is among the fixtures, for everybody.

use std::path::{Path, PathBuf};

use rimon_format::arrow_schema::to_arrow_schema;
use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use rimon_integration_tests::row::Rows;
use rimon_table::Travel;
use rimon_table::commit::CommitOutcome;
use rimon_table::write::CommitMessage;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::messages::{Bytes, bytes, from_bytes, to_bytes};
use super::model::{Engine, Model};
use super::play::{DIRECTORY, TABLE};
use super::read::seeds;
use crate::tables::{difference, kind, open, read, runtime};

const COLUMNS: [(&str, &str); 4] = [("id", "INT"), ("n", "BIGINT"), ("m", "INT"), ("v", "STRING")];

/// What a writer handed over, not yet committed.
struct Waiting {
    user: String,
    version: i32,
    messages: Bytes,
    rows: Vec<Value>,
}

struct Play {
    folder: TempDir,
    runtime: Runtime,
    oracle: Oracle,
}

impl Play {
    fn new(oracle: Oracle, engine: Engine, format: &str) -> Self {
        let mut play =
            Self { folder: TempDir::new().expect("a folder"), runtime: runtime(), oracle };
        let mut options = json!({"bucket": "2", "write-only": "true", "file.format": format,
            "sequence.snapshot-ordering": "true", "num-sorted-run.compaction-trigger": "3"});
        for (key, value) in engine.options() {
            options[*key] = json!(value);
        }
        let columns = COLUMNS.map(|(name, data_type)| json!({"name": name, "type": data_type}));
        let spec = json!({"columns": columns, "primary_keys": ["id"], "options": options});
        play.java("create", json!({"spec": spec}));
        play
    }

    fn java(&mut self, command: &str, arguments: Value) -> Value {
        self.oracle.run(self.folder.path(), TABLE, command, arguments)
    }

    fn directory(&self) -> PathBuf {
        self.folder.path().join(DIRECTORY)
    }

    fn prepare(&mut self, random: &mut Random, user: String, engine: Engine) -> Waiting {
        let kinds = engine.kinds();
        let most = [3, 9, 40][random.below(3)];
        let rows = (0..1 + random.below(most)).map(|_| {
            let mut number = |below| (!random.one_in(4)).then(|| random.below(below));
            let (n, m, v) = (number(99), number(99), number(999).map(|v| v.to_string()));
            let (id, kind) = (random.below(9), kinds[random.below(kinds.len())]);
            json!({"_kind": kind, "id": id, "n": n, "m": m, "v": v})
        });
        let rows: Vec<Value> = rows.collect();
        if random.one_in(2) {
            let arguments =
                json!({"rows": rows, "prepare": true, "commit_user": user, "commit_id": 1});
            let (version, messages) = bytes(&self.java("write", arguments));
            return Waiting { user, version, messages, rows };
        }
        let directory = self.directory();
        let prepared = prepare(&directory, &user, &rows);
        let messages = to_bytes(&self.runtime.block_on(prepared));
        Waiting { user, version: CommitMessage::VERSION, messages, rows }
    }

    fn commit(&mut self, random: &mut Random, waiting: &Waiting) {
        let Waiting { user, version, messages, .. } = waiting;
        if random.one_in(2) {
            let commits = [json!({"id": 1, "messages": messages})];
            let arguments = json!({"version": version, "commits": commits, "commit_user": user});
            self.java("commit-messages", arguments);
            return;
        }
        let directory = self.directory();
        self.runtime.block_on(async {
            let committer = open(&directory).await.expect("a table").committer(user.as_str());
            let messages = from_bytes(*version, messages).expect("messages");
            let outcome = committer.commit(1, messages).await;
            let outcome = outcome.unwrap_or_else(|e| panic!("{e:?}"));
            assert!(matches!(outcome, CommitOutcome::Committed(_)), "{outcome:?}");
        });
    }

    fn check(&mut self, model: &Model, what: &str) {
        let expected = model.lines(&COLUMNS.map(|(name, _)| name.to_owned()));
        let ours = self.runtime.block_on(read(&self.directory(), Travel::Latest)).expect("rows");
        let javas = self.oracle.read(self.folder.path(), TABLE, json!({}));
        assert_eq!(difference(&ours, &expected), None, "{what}: we read");
        assert_eq!(difference(&javas, &expected), None, "{what}: Java reads");
    }
}

async fn prepare(directory: &Path, user: &str, rows: &[Value]) -> Vec<CommitMessage> {
    let table = open(directory).await.expect("a table");
    let schema = to_arrow_schema(&table.schema().fields).expect("Arrow types");
    let rows = Rows::from_json(rows, &schema);
    let kinds = rows.kinds.iter().map(|text| kind(text) as i8);
    let kinds = arrow::array::Int8Array::from_iter_values(kinds);
    let mut writer = table.writer(user).build().expect("a writer");
    writer.write_with_kinds(rows.batch, kinds).await.expect("rows");
    writer.prepare_commit(1).await.expect("messages")
}

#[test]
fn the_later_commit_wins_whoever_writes_and_commits() {
    for seed in seeds() {
        for engine in [Engine::Deduplicate, Engine::PartialUpdate, Engine::Aggregation] {
            let Some(oracle) = Oracle::newer() else { return };
            let mut random = Random::seeded(seed);
            let mut play = Play::new(oracle, engine, ["parquet", "avro"][random.below(2)]);
            let mut model = Model::new(engine);
            let (mut waiting, mut steps) = (Vec::new(), Vec::new());
            for step in 0..30 {
                let what = random.below(10);
                if what < 5 || waiting.is_empty() {
                    let user = format!("user {step}");
                    waiting.push(play.prepare(&mut random, user.clone(), engine));
                    steps.push(format!("{user} prepares"));
                } else if what < 9 {
                    let one: Waiting = waiting.swap_remove(random.below(waiting.len()));
                    play.commit(&mut random, &one);
                    one.rows.iter().for_each(|row| model.write(&["id".to_owned()], row));
                    steps.push(format!("{} is committed", one.user));
                } else {
                    let mode = if random.one_in(2) { "full" } else { "minor" };
                    play.java("compact", json!({"mode": mode, "options": {"write-only": "false"}}));
                    steps.push(format!("compaction, {mode}"));
                }
                play.check(&model, &format!("seed {seed}, {engine:?}: {}", steps.join("; ")));
            }
        }
    }
}
