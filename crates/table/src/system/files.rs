//! `$files`: `FilesTable.java`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int32Array, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use rimon_spec::{
    BinaryRow, DataField, DataFileMeta, FileSource, ManifestEntry, Predicate, Result, TableSchema,
    Value, path,
};

use super::java_text::java_string;
use super::partition_text::PartitionText;
use super::{failed, millis, nullable, required};
use crate::plan::live_files;
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    let list = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
    Arc::new(Schema::new(vec![
        nullable("partition", DataType::Utf8),
        required("bucket", DataType::Int32),
        required("file_path", DataType::Utf8),
        required("file_format", DataType::Utf8),
        required("schema_id", DataType::Int64),
        required("level", DataType::Int32),
        required("record_count", DataType::Int64),
        required("file_size_in_bytes", DataType::Int64),
        nullable("min_key", DataType::Utf8),
        nullable("max_key", DataType::Utf8),
        required("null_value_counts", DataType::Utf8),
        required("min_value_stats", DataType::Utf8),
        required("max_value_stats", DataType::Utf8),
        nullable("min_sequence_number", DataType::Int64),
        nullable("max_sequence_number", DataType::Int64),
        nullable("creation_time", millis()),
        nullable("deleteRowCount", DataType::Int64),
        nullable("file_source", DataType::Utf8),
        nullable("first_row_id", DataType::Int64),
        nullable("write_cols", list),
    ]))
}

/// Texts of one row.
struct Texts {
    partition: String,
    path: String,
    min_key: Option<String>,
    max_key: Option<String>,
    nulls: String,
    min: String,
    max: String,
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    let entries = match table.current_snapshot().await? {
        Some(snapshot) => live_files(table, &snapshot, &Predicate::True).await?.entries,
        None => Vec::new(),
    };
    let mut schemas: HashMap<i64, Arc<TableSchema>> = HashMap::new();
    let mut texts = Vec::with_capacity(entries.len());
    for entry in &entries {
        let id = entry.file.schema_id;
        if let std::collections::hash_map::Entry::Vacant(slot) = schemas.entry(id) {
            slot.insert(table.schemas().get(id).await?);
        }
        let file_schema = schemas.get(&id).unwrap_or(table.schema());
        texts.push(Texts::of(table, file_schema, entry)?);
    }
    RecordBatch::try_new(schema(), columns(&entries, &texts)).map_err(failed)
}

fn columns(entries: &[ManifestEntry], texts: &[Texts]) -> Vec<ArrayRef> {
    let files = || entries.iter().map(|e| &e.file);
    let text = |f: &dyn Fn(&Texts) -> Option<String>| -> ArrayRef {
        Arc::new(texts.iter().map(f).collect::<StringArray>())
    };
    let long = |f: &dyn Fn(&DataFileMeta) -> Option<i64>| -> ArrayRef {
        Arc::new(files().map(f).collect::<Int64Array>())
    };
    let format = |f: &DataFileMeta| path::format_of(&f.file_name).unwrap_or("").to_owned();
    let mut write_cols = ListBuilder::new(StringBuilder::new());
    for file in files() {
        write_cols.append_option(file.write_cols.as_ref().map(|c| c.iter().map(Some)));
    }
    vec![
        text(&|t| Some(t.partition.clone())),
        Arc::new(Int32Array::from_iter_values(entries.iter().map(|e| e.bucket))),
        text(&|t| Some(t.path.clone())),
        Arc::new(StringArray::from_iter_values(files().map(format))),
        long(&|f| Some(f.schema_id)),
        Arc::new(Int32Array::from_iter_values(files().map(|f| f.level))),
        long(&|f| Some(f.row_count)),
        long(&|f| Some(f.file_size)),
        text(&|t| t.min_key.clone()),
        text(&|t| t.max_key.clone()),
        text(&|t| Some(t.nulls.clone())),
        text(&|t| Some(t.min.clone())),
        text(&|t| Some(t.max.clone())),
        long(&|f| Some(f.min_sequence_number)),
        long(&|f| Some(f.max_sequence_number)),
        Arc::new(files().map(|f| f.creation_time).collect::<TimestampMillisecondArray>()),
        long(&|f| f.delete_row_count),
        Arc::new(files().map(|f| f.file_source.map(source)).collect::<StringArray>()),
        long(&|f| f.first_row_id),
        Arc::new(write_cols.finish()),
    ]
}

fn source(source: FileSource) -> &'static str {
    match source {
        FileSource::Append => "APPEND",
        FileSource::Compact => "COMPACT",
    }
}

impl Texts {
    fn of(table: &Table, file_schema: &TableSchema, entry: &ManifestEntry) -> Result<Self> {
        let schema = table.schema();
        let fields = schema.partition_fields();
        let types: Vec<_> = fields.iter().map(|f| f.data_type.clone()).collect();
        let partition = entry.partition.decode(&types)?;
        let directory = path::bucket_path(
            table.options(),
            &path::partition_path(&fields, &partition, table.options())?,
            entry.bucket,
        );
        let file = &entry.file;
        let path = match &file.external_path {
            Some(path) => path.clone(),
            None => format!(
                "{}/{directory}/{}",
                table.storage().url().trim_end_matches('/'),
                file.file_name
            ),
        };
        let bounds = Bounds::of(schema, file_schema, file);
        Ok(Self {
            partition: PartitionText::of(schema).row(&entry.partition)?,
            path,
            min_key: key(schema, &file.min_key)?,
            max_key: key(schema, &file.max_key)?,
            nulls: java_map(&bounds.nulls),
            min: java_map(&bounds.min),
            max: java_map(&bounds.max),
        })
    }
}

/// `[v1, v2]`, or nothing for append tables.
fn key(schema: &TableSchema, row: &BinaryRow) -> Result<Option<String>> {
    if row.arity() == 0 {
        return Ok(None);
    }
    let types: Vec<_> = schema.key_fields().into_iter().map(|f| f.data_type.clone()).collect();
    let values = row.decode(&types)?;
    let texts: Vec<_> = values.iter().map(java_string).collect();
    Ok(Some(format!("[{}]", texts.join(", "))))
}

/// Statistics by column name of the current schema, as text.
#[derive(Default)]
struct Bounds {
    nulls: BTreeMap<String, String>,
    min: BTreeMap<String, String>,
    max: BTreeMap<String, String>,
}

impl Bounds {
    fn of(schema: &TableSchema, file_schema: &TableSchema, file: &DataFileMeta) -> Self {
        let columns: Vec<&DataField> = match &file.value_stats_cols {
            Some(names) => names.iter().filter_map(|n| file_schema.field(n)).collect(),
            None => file_schema.fields.iter().collect(),
        };
        let types: Vec<_> = columns.iter().map(|f| f.data_type.clone()).collect();
        let decode = |row: &BinaryRow| -> Vec<Value> {
            if row.arity() == types.len() {
                row.decode(&types).unwrap_or_default()
            } else {
                Vec::new()
            }
        };
        let (min, max) =
            (decode(&file.value_stats.min_values), decode(&file.value_stats.max_values));
        let mut bounds = Self::default();
        for field in &schema.fields {
            let added_later = file_schema.field_by_id(field.id).is_none();
            let index = columns.iter().position(|c| c.id == field.id);
            let text = |values: &[Value]| {
                java_string(index.and_then(|i| values.get(i)).unwrap_or(&Value::Null))
            };
            let counts = file.value_stats.null_counts.as_ref();
            let nulls = match index {
                _ if added_later => Some(file.row_count),
                Some(i) => counts.and_then(|n| n.get(i).copied().flatten()),
                None => None,
            };
            let nulls = nulls.map_or_else(|| "null".to_owned(), |n| n.to_string());
            bounds.nulls.insert(field.name.clone(), nulls);
            bounds.min.insert(field.name.clone(), text(&min));
            bounds.max.insert(field.name.clone(), text(&max));
        }
        bounds
    }
}

/// `{a=1, b=2}`, as `TreeMap.toString`.
fn java_map(map: &BTreeMap<String, String>) -> String {
    let pairs: Vec<_> = map.iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("{{{}}}", pairs.join(", "))
}
