//! Bloom filters of column chunks: row groups that cannot hold a value asked for.

use super::footer::Footer;
use super::io::ParquetInput;
use crate::{FileRef, ReadColumn, Source, rows};
use futures::FutureExt;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::arrow::async_reader::ParquetRecordBatchStreamBuilder;
use parquet::basic::{LogicalType, Type as Physical};
use parquet::bloom_filter::Sbbf;
use rimon_spec::{Predicate, TypeKind, Value};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A larger filter is not read: it would cost more than it saves.
const MAX_FILTER: i32 = 32 << 20;

/// A column that must equal one of some values.
struct Question {
    leaf: usize,
    values: Vec<Value>,
}

/// `chosen` without the row groups that hold none of the values that `predicate` asks for. A filter that cannot be
/// read costs pruning only.
pub(super) async fn without_absent(
    footer: &Footer,
    file: &FileRef,
    columns: &[ReadColumn],
    predicate: &Predicate,
    chosen: Vec<Range<u64>>,
) -> Vec<Range<u64>> {
    let metadata = footer.reader_metadata();
    let ask = |name: &str| question(footer, metadata, columns, predicate, name);
    let questions: Vec<Question> = predicate.columns().into_iter().filter_map(ask).collect();
    if questions.is_empty() {
        return chosen;
    }
    let input = ParquetInput::with_metadata(file.clone(), metadata.metadata().clone());
    let mut filters = ParquetRecordBatchStreamBuilder::new_with_metadata(input, metadata.clone());
    let mut left = Vec::new();
    for (index, group) in footer.row_groups().into_iter().enumerate() {
        let here = rows::intersect(std::slice::from_ref(&group), &chosen);
        if here.is_empty() {
            continue;
        }
        let mut absent = false;
        for question in &questions {
            if absent || !has_filter(metadata, index, question.leaf) {
                continue;
            }
            let load = filters.get_row_group_column_bloom_filter(index, question.leaf);
            let loaded = AssertUnwindSafe(load).catch_unwind().await;
            if let Ok(Ok(Some(filter))) = loaded {
                let none = || question.values.iter().all(|value| !may_hold(&filter, value));
                absent = catch_unwind(AssertUnwindSafe(none)).unwrap_or(false);
            }
        }
        if !absent {
            here.into_iter().for_each(|range| rows::push(&mut left, range));
        }
    }
    left
}

fn has_filter(metadata: &ArrowReaderMetadata, group: usize, leaf: usize) -> bool {
    let chunk = metadata.metadata().row_groups().get(group).and_then(|g| g.columns().get(leaf));
    chunk.is_some_and(|chunk| {
        chunk.bloom_filter_offset().is_some()
            && chunk.bloom_filter_length().is_none_or(|length| (1..MAX_FILTER).contains(&length))
    })
}

/// What is asked of the column `name`; `None` when its filters, if it has any, cannot answer: the values hashed are
/// those of the file, which must be stored as they are in the table.
fn question(
    footer: &Footer,
    metadata: &ArrowReaderMetadata,
    columns: &[ReadColumn],
    predicate: &Predicate,
    name: &str,
) -> Option<Question> {
    let column = columns.iter().find(|c| c.output.name == name)?;
    let Source::File { name: stored, data_type } = &column.source else { return None };
    let root = footer.root(stored)?;
    let schema = metadata.parquet_schema();
    let leaf = (0..schema.num_columns()).find(|l| schema.get_column_root_idx(*l) == root)?;
    let descriptor = schema.columns().get(leaf)?;
    let number = !matches!(
        descriptor.logical_type_ref(),
        Some(
            LogicalType::Decimal { .. } | LogicalType::Timestamp { .. } | LogicalType::Time { .. }
        )
    );
    let plain = match (&data_type.kind, descriptor.physical_type()) {
        (
            TypeKind::TinyInt | TypeKind::SmallInt | TypeKind::Int | TypeKind::Date,
            Physical::INT32,
        )
        | (TypeKind::BigInt, Physical::INT64) => number,
        (
            TypeKind::Char { .. }
            | TypeKind::VarChar { .. }
            | TypeKind::Binary { .. }
            | TypeKind::VarBinary { .. },
            Physical::BYTE_ARRAY,
        ) => true,
        _ => false,
    };
    let same = data_type.kind == column.output.data_type.kind;
    if !plain || !same || !schema.get_column_root(leaf).is_primitive() {
        return None;
    }
    let groups = 0..metadata.metadata().num_row_groups();
    let values = predicate.equal_literals(name)?;
    groups.into_iter().any(|group| has_filter(metadata, group, leaf)).then_some(())?;
    Some(Question { leaf, values })
}

fn may_hold(filter: &Sbbf, value: &Value) -> bool {
    match value {
        Value::TinyInt(v) => filter.check(&i32::from(*v)),
        Value::SmallInt(v) => filter.check(&i32::from(*v)),
        Value::Int(v) | Value::Date(v) => filter.check(v),
        Value::BigInt(v) => filter.check(v),
        Value::String(v) => filter.check(v.as_str()),
        Value::Bytes(v) => filter.check(v.as_slice()),
        _ => true,
    }
}
