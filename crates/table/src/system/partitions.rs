//! `$partitions`: `PartitionsTable.java`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray, new_null_array,
};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use rimon_spec::{BinaryRow, IndexManifestEntry, Result};

use super::partition_text::PartitionText;
use super::totals::{Total, totals};
use super::{DELETION_VECTORS, failed, millis, nullable, required};
use crate::table::Table;

pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        nullable("partition", DataType::Utf8),
        required("record_count", DataType::Int64),
        required("file_size_in_bytes", DataType::Int64),
        required("file_count", DataType::Int64),
        nullable("last_update_time", millis()),
        nullable("created_at", millis()),
        nullable("created_by", DataType::Utf8),
        nullable("updated_by", DataType::Utf8),
        nullable("options", DataType::Utf8),
        required("total_buckets", DataType::Int32),
        required("done", DataType::Boolean),
        nullable("deleted_record_count", DataType::Int64),
    ]))
}

struct Row {
    partition: String,
    total: Total,
    deleted: Option<i64>,
}

pub(super) async fn rows(table: &Table) -> Result<RecordBatch> {
    let deleted = match table.current_snapshot().await? {
        Some(snapshot) if table.options().deletion_vectors_enabled => {
            deleted(&table.manifests().index_entries(&snapshot).await?)
        }
        _ => HashMap::new(),
    };
    let text = PartitionText::of(table.schema());
    let default_name = &table.options().partition_default_name;
    let groups = totals(table, |entry| entry.partition.clone()).await?;
    let rows = groups.into_iter().map(|(partition, total)| {
        Ok(Row {
            deleted: deleted.get(&partition).copied().unwrap_or(Some(0)),
            partition: text.spec(&partition, default_name)?,
            total,
        })
    });
    let mut rows: Vec<Row> = rows.collect::<Result<_>>()?;
    rows.sort_by(|a, b| a.partition.cmp(&b.partition));
    RecordBatch::try_new(schema(), columns(&rows)).map_err(failed)
}

/// Catalogs that keep partitions know more about them; a directory knows nothing but its files.
fn columns(rows: &[Row]) -> Vec<ArrayRef> {
    let long = |f: &dyn Fn(&Row) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.iter().map(f).collect::<Int64Array>())
    };
    let unknown = |data_type: &DataType| new_null_array(data_type, rows.len());
    let times: TimestampMillisecondArray = rows.iter().map(|r| r.total.last_created).collect();
    vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|r| &r.partition))),
        long(&|r| Some(r.total.records)),
        long(&|r| Some(r.total.bytes)),
        long(&|r| Some(r.total.files)),
        Arc::new(times),
        unknown(&millis()),
        unknown(&DataType::Utf8),
        unknown(&DataType::Utf8),
        unknown(&DataType::Utf8),
        Arc::new(Int32Array::from_iter_values(rows.iter().map(|r| r.total.total_buckets))),
        Arc::new(BooleanArray::from(vec![false; rows.len()])),
        long(&|r| r.deleted),
    ]
}

/// Rows that deletion vectors mark, by partition; nothing where one of them has no count.
fn deleted(entries: &[IndexManifestEntry]) -> HashMap<BinaryRow, Option<i64>> {
    let mut counts = HashMap::new();
    for entry in entries.iter().filter(|e| e.index_type == DELETION_VECTORS) {
        let ranges = entry.deletion_vectors.iter().flatten();
        let sum: Option<i64> = ranges.map(|range| range.cardinality).sum();
        let count = counts.entry(entry.partition.clone()).or_insert(Some(0_i64));
        *count = count.zip(sum).and_then(|(a, b)| a.checked_add(b));
    }
    counts
}

#[cfg(test)]
mod tests {
    use rimon_spec::{DeletionVectorRange, FileKind};

    use super::*;

    fn entry(index_type: &str, counts: &[Option<i64>]) -> IndexManifestEntry {
        let range = |cardinality: &Option<i64>| DeletionVectorRange {
            data_file: "f".into(),
            offset: 1,
            length: 2,
            cardinality: *cardinality,
        };
        IndexManifestEntry {
            kind: FileKind::Add,
            partition: BinaryRow::empty(),
            bucket: 0,
            index_type: index_type.into(),
            file_name: "i".into(),
            file_size: 3,
            row_count: 1,
            deletion_vectors: Some(counts.iter().map(range).collect()),
            external_path: None,
            global_index: None,
        }
    }

    #[test]
    fn deleted_rows_are_unknown_where_one_vector_has_no_count() {
        let of =
            |entries: &[IndexManifestEntry]| deleted(entries).get(&BinaryRow::empty()).copied();
        let some = entry(DELETION_VECTORS, &[Some(2), Some(3)]);
        assert_eq!(of(&[some.clone(), some.clone()]), Some(Some(10)));
        assert_eq!(of(&[some, entry(DELETION_VECTORS, &[Some(1), None])]), Some(None));
        assert_eq!(of(&[entry("HASH", &[Some(1)])]), None);
    }
}
