//! One table, Java and we write in turn, Java compacts between: every merge engine, bucket mode and format.

use std::collections::BTreeMap;

use rimon_format::arrow_schema::to_arrow_schema;
use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use rimon_integration_tests::row::Rows;
use rimon_spec::{DataField, ErrorKind};
use rimon_table::Travel;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::model::{ENGINES, Engine, Model};
use super::play::{DIRECTORY, TABLE};
use super::read::{long_run, seeds};
use super::shape::VALUES;
use crate::tables::{difference, open, read, runtime, write};

const KEYS: [&str; 8] = [
    "INT",
    "BIGINT",
    "STRING",
    "DATE",
    "DECIMAL(30, 5)",
    "TIMESTAMP(6)",
    "VARBINARY(12)",
    "SMALLINT",
];

/// One table of the grid.
#[derive(Debug, Clone, Copy)]
struct Cell {
    engine: Engine,
    bucket: &'static str,
    partitioned: bool,
    format: &'static str,
}

/// Every table there is.
fn grid() -> Vec<Cell> {
    let mut cells = Vec::new();
    for engine in ENGINES {
        let buckets: &[&str] =
            if engine == Engine::Append { &["-1", "3"] } else { &["1", "3", "-1", "-2"] };
        for bucket in buckets {
            for partitioned in [false, true] {
                for format in ["parquet", "avro", "orc"] {
                    cells.push(Cell { engine, bucket, partitioned, format });
                }
            }
        }
    }
    cells
}

/// A table that is being written.
struct Game<'a> {
    cell: Cell,
    oracle: &'a mut Oracle,
    runtime: &'a Runtime,
    folder: TempDir,
    fields: Vec<DataField>,
    keys: Vec<String>,
    pools: BTreeMap<String, Vec<Value>>,
    model: Model,
}

/// What came of a table.
enum End {
    Equal,
    /// We refuse to read or write it, by this message.
    Refused(String),
}

impl<'a> Game<'a> {
    fn new(cell: Cell, oracle: &'a mut Oracle, runtime: &'a Runtime, random: &mut Random) -> Self {
        let key = match random.pick(&KEYS) {
            // Java 1.4 cannot look binary keys up: its writer fails when it compacts the third commit.
            "VARBINARY(12)" if cell.engine == Engine::FirstRow => "BIGINT",
            key => key,
        };
        let mut columns = vec![
            json!({"name": "k", "type": format!("{key} NOT NULL")}),
            json!({"name": "s", "type": "BIGINT NOT NULL"}),
            json!({"name": "n", "type": "BIGINT"}),
            json!({"name": "m", "type": "INT"}),
        ];
        for i in 0..1 + random.below(5) {
            columns.push(json!({"name": format!("c{i}"), "type": random.pick(&VALUES)}));
        }
        let mut keys = vec!["k".to_owned()];
        let mut partitions: &[&str] = &[];
        if cell.partitioned {
            columns.push(json!({"name": "p", "type": "STRING NOT NULL"}));
            keys.push("p".into());
            partitions = &["p"];
        }
        random.shuffle(&mut columns);
        let mut options = json!({"bucket": cell.bucket, "file.format": cell.format});
        options["num-sorted-run.compaction-trigger"] = json!("3");
        for (key, value) in cell.engine.options() {
            options[*key] = json!(value);
        }
        if cell.engine == Engine::Append {
            keys.clear();
            if cell.bucket != "-1" {
                options["bucket-key"] = json!("k");
            }
        }
        let folder = TempDir::new().expect("a folder");
        let spec = json!({"columns": columns, "primary_keys": keys, "partition_keys": partitions,
            "options": options});
        oracle.run(folder.path(), TABLE, "create", json!({"spec": spec}));
        let directory = folder.path().join(DIRECTORY);
        let table = runtime.block_on(open(&directory)).expect("a table");
        let fields = table.schema().fields.clone();
        let mut pools = BTreeMap::new();
        for (name, size) in [("k", 20), ("p", 2)] {
            if let Some(field) = fields.iter().find(|f| f.name == name) {
                let pool = (0..size).map(|_| random.value(&field.data_type)).collect();
                pools.insert(name.to_owned(), pool);
            }
        }
        let model = Model::new(cell.engine);
        Self { cell, oracle, runtime, folder, fields, keys, pools, model }
    }

    fn rows(&self, random: &mut Random) -> Vec<Value> {
        let row = |random: &mut Random| {
            let mut row = random.row(&self.fields);
            for (name, pool) in &self.pools {
                row.insert(name.clone(), pool[random.below(pool.len())].clone());
            }
            row.insert("s".into(), json!(random.below(10)));
            // Sums that overflow are errors.
            row.insert("n".into(), json!(random.below(1000)));
            let kinds = self.cell.engine.kinds();
            let kind = kinds[random.below(kinds.len())];
            if kind != "+I" {
                row.insert("_kind".into(), json!(kind));
            }
            Value::Object(row)
        };
        (0..1 + random.below(30)).map(|_| row(random)).collect()
    }

    /// `Err` with the message when we refuse by name.
    fn we_write(&self, rows: &[Value]) -> Result<(), String> {
        let directory = self.folder.path().join(DIRECTORY);
        let schema = to_arrow_schema(&self.fields).expect("Arrow types");
        let rows = Rows::from_json(rows, &schema);
        let written = self.runtime.block_on(async {
            let table = open(&directory).await?;
            write(&table, &rows).await
        });
        match written {
            Ok(_) => Ok(()),
            Err(e) if e.kind() == ErrorKind::Unsupported => Err(e.message().to_owned()),
            Err(e) => panic!("{:?}: we write: {e:?}", self.cell),
        }
    }

    /// Whether everything written can be seen: the postponed bucket cannot.
    fn all_visible(&self, compacted: bool) -> bool {
        compacted || self.cell.bucket != "-2"
    }

    /// `Err` with the message when we refuse to read the table by name.
    fn compare(&mut self, history: &[String], compacted: bool) -> Result<(), String> {
        let directory = self.folder.path().join(DIRECTORY);
        let javas = self.oracle.read(self.folder.path(), TABLE, json!({}));
        let ours = self.runtime.block_on(read(&directory, Travel::Latest));
        let ours = match ours {
            Ok(rows) => rows,
            Err(e) if e.kind() == ErrorKind::Unsupported => return Err(e.message().to_owned()),
            Err(e) => panic!("{:?}: we read: {e:?}", self.cell),
        };
        let columns: Vec<String> = self.fields.iter().map(|f| f.name.clone()).collect();
        let expected = match self.all_visible(compacted) {
            true => {
                let open = javas.iter().filter(|line| self.model.open(&self.keys, line));
                let mut lines = self.model.lines(&columns);
                lines.extend(open.cloned());
                lines.sort();
                lines
            }
            false => javas.clone(),
        };
        for (who, got) in [("Java reads", javas), ("we read", ours)] {
            if let Some(how) = difference(&got, &expected) {
                panic!("{:?}: {who} {how}\n    {}", self.cell, history.join("\n    "));
            }
        }
        Ok(())
    }

    fn play(mut self, random: &mut Random, rounds: usize) -> End {
        let mut history = Vec::new();
        for round in 1..=rounds {
            let rows = self.rows(random);
            if random.one_in(2) {
                history.push(format!("we write {}", rows.len()));
                if let Err(message) = self.we_write(&rows) {
                    return End::Refused(message);
                }
            } else {
                history.push(format!("Java writes {}", rows.len()));
                self.oracle.run(self.folder.path(), TABLE, "write", json!({"rows": rows}));
            }
            rows.iter().for_each(|row| self.model.write(&self.keys, row));
            let compacted = round % 3 == 0;
            if compacted {
                let mode = if self.all_visible(false) {
                    ["full", "minor"][random.below(2)]
                } else {
                    "full"
                };
                history.push(format!("Java compacts, {mode}"));
                let arguments = json!({"mode": mode, "buckets": 2});
                self.oracle.run(self.folder.path(), TABLE, "compact", arguments);
            }
            if let Err(message) = self.compare(&history, compacted) {
                return End::Refused(message);
            }
        }
        End::Equal
    }
}

/// Some tables of the grid in the gate, all of them in the long run.
#[test]
fn tables_pass_between_us_and_java() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let runtime = runtime();
    let (mut equal, mut refused) = (0, BTreeMap::<String, usize>::new());
    let grid = grid();
    let long = long_run();
    let cells: Vec<(u64, Cell)> = match long {
        true => grid.into_iter().enumerate().map(|(i, c)| (i as u64, c)).collect(),
        false => seeds().map(|seed| (seed, grid[Random::seeded(seed).below(grid.len())])).collect(),
    };
    for (seed, cell) in cells {
        let mut random = Random::seeded(seed);
        let rounds = if long { 20 } else { 6 };
        eprintln!("seed {seed}: {cell:?}");
        match Game::new(cell, &mut oracle, &runtime, &mut random).play(&mut random, rounds) {
            End::Equal => equal += 1,
            End::Refused(message) => *refused.entry(message).or_default() += 1,
        }
    }
    eprintln!("{equal} tables equal to the model after each round");
    for (message, count) in refused {
        eprintln!("  refused by us, {count} tables: {message}");
    }
    assert!(equal > 0, "no table was written by both");
}
