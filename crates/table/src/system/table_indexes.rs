//! `$table_indexes`: `TableIndexesTable.java`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int32Array, Int32Builder, Int64Array, Int64Builder, ListBuilder, RecordBatch,
    StringArray, StringBuilder, StructBuilder,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use rimon_spec::{DeletionVectorRange, GlobalIndexMeta, IndexManifestEntry, Result, TableSchema};

use super::partition_text::PartitionText;
use super::{failed, nullable, required};
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        nullable("partition", DataType::Utf8),
        required("bucket", DataType::Int32),
        required("index_type", DataType::Utf8),
        required("file_name", DataType::Utf8),
        required("file_size", DataType::Int64),
        required("row_count", DataType::Int64),
        nullable("dv_ranges", DataType::List(range_item())),
        nullable("row_range_start", DataType::Int64),
        nullable("row_range_end", DataType::Int64),
        nullable("index_field_id", DataType::Int32),
        nullable("index_field_name", DataType::Utf8),
    ]))
}

/// Data file, offset, length, number of deleted rows: `DeletionVectorMeta.SCHEMA`.
fn range_fields() -> Fields {
    Fields::from(vec![
        required("f0", DataType::Utf8),
        required("f1", DataType::Int32),
        required("f2", DataType::Int32),
        nullable("_CARDINALITY", DataType::Int64),
    ])
}

fn range_item() -> Arc<Field> {
    Arc::new(nullable("item", DataType::Struct(range_fields())))
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    let all = match table.current_snapshot().await? {
        Some(snapshot) => table.manifests().index_entries(&snapshot).await?,
        None => Vec::new(),
    };
    let text = PartitionText::of(table.schema());
    let partitions: Vec<String> =
        all.iter().map(|e| text.row(&e.partition)).collect::<Result<_>>()?;
    let long = |f: &dyn Fn(&IndexManifestEntry) -> Option<i64>| -> ArrayRef {
        Arc::new(all.iter().map(f).collect::<Int64Array>())
    };
    let int = |f: &dyn Fn(&IndexManifestEntry) -> Option<i32>| -> ArrayRef {
        Arc::new(all.iter().map(f).collect::<Int32Array>())
    };
    let global = |e: &IndexManifestEntry| e.global_index.clone();
    let names = all.iter().map(|e| names(table.schema(), e.global_index.as_ref()?));
    let columns = vec![
        Arc::new(StringArray::from(partitions)) as ArrayRef,
        int(&|e| Some(e.bucket)),
        Arc::new(StringArray::from_iter_values(all.iter().map(|e| &e.index_type))),
        Arc::new(StringArray::from_iter_values(all.iter().map(|e| &e.file_name))),
        long(&|e| Some(e.file_size)),
        long(&|e| Some(e.row_count)),
        ranges(&all),
        long(&|e| global(e).map(|g| g.row_range_start)),
        long(&|e| global(e).map(|g| g.row_range_end)),
        int(&|e| global(e).map(|g| g.index_field_id)),
        Arc::new(names.collect::<StringArray>()),
    ];
    RecordBatch::try_new(schema(), columns).map_err(failed)
}

/// The indexed columns; nothing when one of them was dropped since.
fn names(schema: &TableSchema, index: &GlobalIndexMeta) -> Option<String> {
    let extra = index.extra_field_ids.iter().flatten();
    let ids = std::iter::once(&index.index_field_id).chain(extra);
    let names: Option<Vec<&str>> =
        ids.map(|id| schema.field_by_id(*id).map(|f| f.name.as_str())).collect();
    Some(names?.join(","))
}

fn ranges(entries: &[IndexManifestEntry]) -> ArrayRef {
    let columns: Vec<Box<dyn arrow::array::ArrayBuilder>> = vec![
        Box::new(StringBuilder::new()),
        Box::new(Int32Builder::new()),
        Box::new(Int32Builder::new()),
        Box::new(Int64Builder::new()),
    ];
    let values = StructBuilder::new(range_fields(), columns);
    let mut lists = ListBuilder::new(values).with_field(range_item());
    for entry in entries {
        for range in entry.deletion_vectors.iter().flatten() {
            append(lists.values(), range);
        }
        lists.append(entry.deletion_vectors.is_some());
    }
    Arc::new(lists.finish())
}

fn append(row: &mut StructBuilder, range: &DeletionVectorRange) {
    if let Some(names) = row.field_builder::<StringBuilder>(0) {
        names.append_value(&range.data_file);
    }
    if let Some(offsets) = row.field_builder::<Int32Builder>(1) {
        offsets.append_value(range.offset);
    }
    if let Some(lengths) = row.field_builder::<Int32Builder>(2) {
        lengths.append_value(range.length);
    }
    if let Some(counts) = row.field_builder::<Int64Builder>(3) {
        counts.append_option(range.cardinality);
    }
    row.append(true);
}
