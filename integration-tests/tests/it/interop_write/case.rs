//! One table in two warehouses: ours, and its twin that Java writes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int32Type;
use futures::TryStreamExt;
use indexmap::IndexMap;
use rimon_catalog::{Catalog, Identifier};
use rimon_format::arrow_schema::to_arrow_schema;
use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::row::Rows;
use rimon_spec::{DataField, NewColumn, NewTable};
use rimon_table::Travel;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::tables::{self, open, runtime};

/// How a table is made.
#[derive(Debug, Clone, Default)]
pub(super) struct Spec {
    /// `name TYPE; name TYPE`.
    pub(super) columns: &'static str,
    /// Columns of the primary key, by commas.
    pub(super) key: &'static str,
    /// Partition columns, by commas.
    pub(super) partitions: &'static str,
    /// `option=value; option=value`.
    pub(super) options: &'static str,
}

fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect()
}

impl Spec {
    fn column_list(&self) -> Vec<(String, String)> {
        let columns = self.columns.split(';').map(str::trim);
        columns
            .map(|c| c.split_once(' ').expect("`name TYPE`"))
            .map(|(name, data_type)| (name.to_owned(), data_type.to_owned()))
            .collect()
    }

    fn option_map(&self) -> IndexMap<String, String> {
        let options = self.options.split(';').map(str::trim).filter(|o| !o.is_empty());
        let pairs = options.map(|o| o.split_once('=').expect("`option=value`"));
        pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    fn for_java(&self) -> Value {
        let columns = self.column_list();
        let columns: Vec<Value> =
            columns.iter().map(|(n, t)| json!({"name": n, "type": t})).collect();
        json!({"spec": {
            "columns": columns,
            "primary_keys": names(self.key),
            "partition_keys": names(self.partitions),
            "options": self.option_map(),
        }})
    }

    pub(super) fn for_us(&self) -> NewTable {
        let columns = self.column_list().into_iter().map(|(name, data_type)| NewColumn {
            data_type: data_type.parse().unwrap_or_else(|e| panic!("{data_type}: {e}")),
            name,
            description: None,
            default_value: None,
        });
        NewTable {
            columns: columns.collect(),
            primary_keys: names(self.key),
            partition_keys: names(self.partitions),
            options: self.option_map(),
            comment: None,
        }
    }
}

/// The table `db.t` of a warehouse of its own.
#[derive(Debug)]
pub(super) struct Case {
    folder: TempDir,
    runtime: Runtime,
}

/// Name of the table in every warehouse.
pub(super) const TABLE: &str = "db.t";

impl Case {
    /// A table that we create.
    pub(super) fn ours(spec: &Spec) -> Self {
        let case = Self { folder: TempDir::new().expect("a folder"), runtime: runtime() };
        case.runtime.block_on(async {
            let catalog = case.catalog().await;
            catalog.create_database("db", &IndexMap::new(), false).await.expect("a database");
            let name: Identifier = TABLE.parse().expect("a name");
            catalog.create_table(&name, spec.for_us(), false).await.expect("a table");
        });
        case
    }

    /// A table that Java creates.
    pub(super) fn javas(oracle: &mut Oracle, spec: &Spec) -> Self {
        let case = Self { folder: TempDir::new().expect("a folder"), runtime: runtime() };
        oracle.run(&case.warehouse(), TABLE, "create", spec.for_java());
        case
    }

    /// Our catalog of its warehouse.
    pub(super) async fn catalog(&self) -> Arc<dyn Catalog> {
        let warehouse = self.warehouse().display().to_string();
        rimon_catalog::connect([("warehouse", warehouse)]).await.expect("a catalog")
    }

    pub(super) fn warehouse(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub(super) fn directory(&self) -> PathBuf {
        self.folder.path().join("db.db/t")
    }

    /// The table's columns now.
    pub(super) fn fields(&self) -> Vec<DataField> {
        let directory = self.directory();
        self.runtime
            .block_on(async { open(&directory).await.expect("a table").schema().fields.clone() })
    }

    /// We write rows, in one commit.
    pub(super) fn write(&self, rows: &[Value]) {
        let directory = self.directory();
        self.runtime.block_on(async {
            let table = open(&directory).await.expect("a table");
            let schema = to_arrow_schema(&table.schema().fields).expect("Arrow types");
            let rows = Rows::from_json(rows, &schema);
            tables::write(&table, &rows).await.unwrap_or_else(|e| panic!("we write: {e:?}"));
        });
    }

    /// Java writes rows, in one commit.
    pub(super) fn java_writes(&self, oracle: &mut Oracle, rows: &[Value]) {
        oracle.run(&self.warehouse(), TABLE, "write", json!({"rows": rows}));
    }

    /// What we read, sorted.
    pub(super) fn read(&self) -> Vec<String> {
        let directory = self.directory();
        let rows = self.runtime.block_on(tables::read(&directory, Travel::Latest));
        rows.unwrap_or_else(|e| panic!("we read: {e:?}"))
    }

    /// The bucket of the row with each `id`.
    pub(super) fn buckets_of_ids(&self) -> std::collections::BTreeMap<i32, i32> {
        let directory = self.directory();
        self.runtime.block_on(async {
            let table = open(&directory).await.expect("a table");
            let plan = table.scan().select(["id"]).plan().await.expect("a plan");
            let mut found = std::collections::BTreeMap::new();
            for split in plan.splits {
                let bucket = split.bucket;
                let batches = plan.read.stream(vec![split]).await.expect("a stream");
                for batch in batches.try_collect::<Vec<_>>().await.expect("rows") {
                    let ids = batch.column(0).as_primitive::<Int32Type>();
                    found.extend(ids.values().iter().map(|id| (*id, bucket)));
                }
            }
            found
        })
    }

    /// What Java reads, sorted.
    pub(super) fn java_reads(&self, oracle: &mut Oracle) -> Vec<String> {
        oracle.read(&self.warehouse(), TABLE, json!({}))
    }

    /// The live files as Java sees them, without what differs in every run, sorted.
    pub(super) fn files(&self, oracle: &mut Oracle) -> Vec<String> {
        let files = oracle.run(&self.warehouse(), TABLE, "files", json!({}));
        let mut lines: Vec<String> = Vec::new();
        for file in files.as_array().expect("files") {
            let mut file = file.clone();
            let fields = file.as_object_mut().expect("an object");
            for key in ["file", "size"] {
                assert!(fields.shift_remove(key).is_some(), "{key}");
            }
            lines.push(file.to_string());
        }
        lines.sort();
        lines
    }

    /// The snapshots as Java sees them, without names, times and sizes.
    pub(super) fn snapshots(&self, oracle: &mut Oracle) -> Vec<Value> {
        let snapshots = oracle.run(&self.warehouse(), TABLE, "snapshots", json!({}));
        let mut out = snapshots.as_array().expect("snapshots").clone();
        for snapshot in &mut out {
            let fields = snapshot.as_object_mut().expect("an object");
            for (key, value) in fields.iter_mut() {
                let random = ["commitUser", "timeMillis", "uuid"].contains(&key.as_str())
                    || key == "indexManifest"
                    || key.ends_with("ManifestList")
                    || key.ends_with("ManifestListSize");
                if random && !value.is_null() {
                    *value = json!("*");
                }
            }
        }
        out
    }
}

/// A row of the harness as the value that is written; with a kind if it is not `+I`.
pub(super) fn row(mut fields: Map<String, Value>, kind: &str) -> Value {
    if kind != "+I" {
        fields.insert("_kind".into(), json!(kind));
    }
    Value::Object(fields)
}

/// The schema file of a table, without the time.
pub(super) fn schema(directory: &Path, id: i64) -> Value {
    let bytes = std::fs::read(directory.join(format!("schema/schema-{id}"))).expect("a schema");
    let mut schema: Value = serde_json::from_slice(&bytes).expect("JSON");
    schema["timeMillis"] = json!("*");
    schema
}
