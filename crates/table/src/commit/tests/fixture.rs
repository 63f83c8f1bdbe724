//! Tables and messages for tests.

use std::sync::Arc;

use indexmap::IndexMap;
use rimon_metadata::{Branch, SchemaStore, Storage, TableHandle};
use rimon_spec::manifest::live_entries;
use rimon_spec::{
    BinaryRow, DataField, DataFileMeta, DataType, FileSource, ManifestEntry, NewColumn, NewTable,
    SimpleStats, TableSchema, TypeKind,
};

use crate::table::Table;
use crate::write::CommitMessage;

/// A table to be made in a temporary directory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Make {
    pub(crate) columns: Vec<(&'static str, DataType)>,
    pub(crate) primary_keys: Vec<&'static str>,
    pub(crate) partition_keys: Vec<&'static str>,
    pub(crate) options: Vec<(&'static str, &'static str)>,
}

impl Make {
    /// Columns `id INT` and `name STRING`, no keys.
    pub(crate) fn append() -> Self {
        Self {
            columns: vec![("id", DataType::new(TypeKind::Int)), ("name", DataType::string())],
            ..Self::default()
        }
    }

    pub(crate) fn with(mut self, key: &'static str, value: &'static str) -> Self {
        self.options.push((key, value));
        self
    }

    pub(crate) fn schema(&self) -> TableSchema {
        let names = |n: &[&str]| n.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let columns = self.columns.iter().map(|(n, t)| NewColumn::new(*n, t.clone())).collect();
        let options: IndexMap<String, String> =
            self.options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let table = NewTable {
            columns,
            primary_keys: names(&self.primary_keys),
            partition_keys: names(&self.partition_keys),
            options,
            comment: None,
        };
        schema_of(table)
    }

    /// The handle of the table, made in `dir`.
    pub(crate) async fn handle(&self, dir: &tempfile::TempDir) -> TableHandle {
        let storage = Storage::local(dir.path()).unwrap();
        self.handle_on(storage).await
    }

    /// The handle of the table, made on `storage`.
    pub(crate) async fn handle_on(&self, storage: Storage) -> TableHandle {
        let schema = self.schema();
        let handle =
            TableHandle::new("db.t", storage.clone(), Arc::new(schema.clone()), Branch::Main);
        SchemaStore::new(storage, handle.layout()).create(&schema).await.unwrap();
        handle
    }

    /// Another handle of the table that is in `dir` already.
    pub(crate) async fn handle_again(&self, dir: &tempfile::TempDir) -> TableHandle {
        let storage = Storage::local(dir.path()).unwrap();
        TableHandle::new("db.t", storage, Arc::new(self.schema()), Branch::Main)
    }

    /// The table, made in `dir`.
    pub(crate) async fn table(&self, dir: &tempfile::TempDir) -> Table {
        Table::new(self.handle(dir).await).unwrap()
    }
}

/// The first schema of a table, without the checks of a catalog.
pub(crate) fn schema_of(table: NewTable) -> TableSchema {
    let field = |(id, c): (usize, NewColumn)| {
        let nullable = c.data_type.nullable && !table.primary_keys.contains(&c.name);
        DataField {
            default_value: c.default_value,
            ..DataField::new(id as i32, c.name, c.data_type.with_nullable(nullable))
        }
    };
    let fields: Vec<DataField> = table.columns.into_iter().enumerate().map(field).collect();
    TableSchema {
        version: 3,
        id: 0,
        highest_field_id: fields.len() as i32 - 1,
        fields,
        partition_keys: table.partition_keys,
        primary_keys: table.primary_keys,
        options: table.options,
        comment: None,
        time_millis: 1_700_000_000_000,
    }
}

/// The meta of a file that nobody reads.
pub(crate) fn file(name: &str, rows: i64) -> DataFileMeta {
    let none = SimpleStats {
        min_values: BinaryRow::empty(),
        max_values: BinaryRow::empty(),
        null_counts: Some(Vec::new()),
    };
    DataFileMeta {
        file_name: name.to_owned(),
        file_size: 100,
        row_count: rows,
        min_key: BinaryRow::empty(),
        max_key: BinaryRow::empty(),
        key_stats: none.clone(),
        value_stats: none,
        min_sequence_number: 0,
        max_sequence_number: rows - 1,
        schema_id: 0,
        level: 0,
        extra_files: Vec::new(),
        creation_time: Some(1_700_000_000_000),
        delete_row_count: Some(0),
        embedded_index: None,
        file_source: Some(FileSource::Append),
        value_stats_cols: Some(Vec::new()),
        external_path: None,
        first_row_id: None,
        write_cols: None,
        write_cols_sequences: None,
    }
}

/// New files of an unpartitioned table without buckets.
pub(crate) fn add(names: &[&str]) -> CommitMessage {
    let files = names.iter().map(|n| file(n, 10)).collect();
    CommitMessage::of_new_files(BinaryRow::empty(), 0, -1, files)
}

/// The live entries of the latest snapshot.
pub(crate) async fn live(table: &Table) -> Vec<ManifestEntry> {
    let Some(snapshot) = table.snapshots().latest().await.unwrap() else { return Vec::new() };
    let manifests = table.handle().manifests();
    let metas = manifests.data_manifests(&snapshot).await.unwrap();
    let read = manifests.read_manifests(&metas).await.unwrap();
    live_entries(read.iter().flat_map(|e| e.iter().cloned()).collect())
}

/// The names of the live files, sorted.
pub(crate) async fn live_names(table: &Table) -> Vec<String> {
    let mut names: Vec<String> = live(table).await.into_iter().map(|e| e.file.file_name).collect();
    names.sort();
    names
}

/// The names in a directory of the table, sorted.
pub(crate) fn names_in(dir: &tempfile::TempDir, rel: &str) -> Vec<String> {
    let Ok(read) = std::fs::read_dir(dir.path().join(rel)) else { return Vec::new() };
    let mut names: Vec<String> =
        read.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
