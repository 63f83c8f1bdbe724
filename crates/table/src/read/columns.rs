//! Which columns of a file give the columns wanted.

use super::sequence::Sequence;
use rimon_format::{ReadColumn, Source};
use rimon_spec::{DataField, RowKind, SpecialField, TableSchema, Value};

/// How each field of `wanted` comes from a file written with `file_schema`: partition columns are constants whatever
/// the file holds (format.md §9), others are matched by field id, and columns the file does not have are null.
pub(super) fn file_columns(
    table_schema: &TableSchema,
    file_schema: &TableSchema,
    partition: &[Value],
    sequence: Sequence,
    wanted: &[DataField],
) -> Vec<ReadColumn> {
    wanted
        .iter()
        .map(|field| {
            if let Some(column) = own_column(table_schema, sequence, field) {
                return column;
            }
            let key = table_schema
                .partition_keys
                .iter()
                .position(|k| table_schema.field(k).is_some_and(|f| f.id == field.id));
            let source = match key.and_then(|i| partition.get(i)) {
                Some(value) => Source::Constant(value.clone()),
                None => match file_schema.field_by_id(field.id) {
                    Some(in_file) => Source::File {
                        name: in_file.name.clone(),
                        data_type: in_file.data_type.clone(),
                    },
                    None => Source::Null,
                },
            };
            ReadColumn { output: field.clone(), source }
        })
        .collect()
}

/// A column that the table does not have: files have it under its name, if at all.
fn own_column(
    table_schema: &TableSchema,
    sequence: Sequence,
    field: &DataField,
) -> Option<ReadColumn> {
    let keyed = !table_schema.primary_keys.is_empty();
    match field.name.as_str() {
        // without a primary key all rows are new, and files have no kinds
        SpecialField::VALUE_KIND if keyed => Some(kind_column()),
        SpecialField::VALUE_KIND => {
            let source = Source::Constant(Value::TinyInt(RowKind::Insert as i8));
            Some(ReadColumn { output: field.clone(), source })
        }
        SpecialField::SEQUENCE_NUMBER => Some(sequence.column(field.clone())),
        SpecialField::ROW_ID => Some(special(field.clone())),
        _ => None,
    }
}

/// `_VALUE_KIND` of a key-value file.
pub(super) fn kind_column() -> ReadColumn {
    special(SpecialField::value_kind())
}

/// A column that files have under its own name.
pub(super) fn special(field: DataField) -> ReadColumn {
    let source = Source::File { name: field.name.clone(), data_type: field.data_type.clone() };
    ReadColumn { output: field, source }
}
