//! A table that Java writes.

use std::path::{Path, PathBuf};

use rimon_integration_tests::oracle::Oracle;
use rimon_table::Table;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tables::{open, runtime};

pub(super) const TABLE: &str = "db.t";

/// A table that Java writes.
pub(super) struct Javas {
    folder: TempDir,
}

impl Javas {
    pub(super) fn new(oracle: &mut Oracle, options: Value) -> Self {
        Self::with_key(oracle, json!(["id"]), options)
    }

    pub(super) fn with_key(oracle: &mut Oracle, key: Value, options: Value) -> Self {
        let case = Self { folder: TempDir::new().expect("a folder") };
        let columns = json!([
            {"name": "id", "type": "INT NOT NULL"},
            {"name": "v", "type": "STRING"},
            {"name": "a", "type": "ARRAY<INT>"}
        ]);
        let spec = json!({"columns": columns, "primary_keys": key, "partition_keys": [], "options": options});
        oracle.run(case.warehouse(), TABLE, "create", json!({"spec": spec}));
        case
    }

    pub(super) fn warehouse(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn directory(&self) -> PathBuf {
        self.folder.path().join("db.db/t")
    }

    pub(super) fn table(&self) -> Table {
        runtime().block_on(open(&self.directory())).expect("a table")
    }

    pub(super) async fn table_of(&self) -> rimon_spec::Result<Table> {
        open(&self.directory()).await
    }

    pub(super) fn write(
        &self,
        oracle: &mut Oracle,
        rows: &[(&str, i64, &str)],
        compact: Option<&str>,
    ) {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(kind, id, v)| json!({"_kind": kind, "id": id, "v": v, "a": [id, null]}))
            .collect();
        let mut arguments = json!({"rows": rows});
        if let Some(mode) = compact {
            arguments["compact"] = json!(mode);
        }
        oracle.run(self.warehouse(), TABLE, "write", arguments);
    }

    pub(super) fn java(&self, oracle: &mut Oracle, command: &str, arguments: Value) -> Value {
        oracle.run(self.warehouse(), TABLE, command, arguments)
    }

    /// Five commits: new keys, updates, deletes, equal rows, with compactions in between.
    pub(super) fn fill(&self, oracle: &mut Oracle, compact: Option<&str>) {
        self.write(oracle, &[("+I", 1, "a"), ("+I", 2, "a"), ("+I", 3, "a")], None);
        self.java(oracle, "create-tag", json!({"name": "2024-12-01"}));
        self.write(oracle, &[("+I", 2, "b"), ("-D", 3, "a"), ("+I", 4, "b")], compact);
        self.write(oracle, &[("+I", 1, "a"), ("-U", 4, "b"), ("+U", 4, "c")], None);
        self.java(oracle, "compact", json!({"mode": "full"}));
        self.java(oracle, "create-tag", json!({"name": "2024-12-03"}));
        self.write(oracle, &[("-D", 1, "a"), ("+I", 5, "d"), ("+I", 8, "e")], compact);
        self.java(oracle, "create-tag", json!({"name": "2024-12-04"}));
        self.write(oracle, &[("+I", 5, "d"), ("+I", 6, "f")], None);
    }

    pub(super) fn latest(&self) -> i64 {
        runtime().block_on(self.table().snapshots().latest_id()).expect("ids").expect("a snapshot")
    }
}
