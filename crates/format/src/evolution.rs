//! From the fields a file was written with to the fields wanted now (`SchemaEvolutionUtil`, `FormatReaderMapping`).

use crate::cast::Cast;
use crate::{ReadColumn, Source};
use rimon_spec::{DataField, Result, SpecialField, Value};

/// The columns that give `wanted` from a file written with `file_fields` (fields of its schema, or `_WRITE_COLS` of
/// them; for a key-value file the table's fields suffice: `_KEY_` columns are read from their value twins and
/// `_SEQUENCE_NUMBER` and `_VALUE_KIND` are known). `constants` are partition values by field id: they win over
/// what the file holds, as in Java.
///
/// # Errors
/// `Unsupported` naming the column when its old type cannot be converted to the new one.
pub fn read_columns(
    file_fields: &[DataField],
    wanted: &[DataField],
    constants: &[(i32, Value)],
) -> Result<Vec<ReadColumn>> {
    wanted.iter().map(|field| read_column(file_fields, field, constants)).collect()
}

fn read_column(
    file_fields: &[DataField],
    field: &DataField,
    constants: &[(i32, Value)],
) -> Result<ReadColumn> {
    let id = value_id(field);
    if let Some((_, value)) = constants.iter().find(|(constant, _)| *constant == id) {
        return Ok(ReadColumn { output: field.clone(), source: Source::Constant(value.clone()) });
    }
    let system = [SpecialField::sequence_number(), SpecialField::value_kind()];
    let Some(found) = file_fields.iter().chain(&system).find(|f| f.id == id) else {
        return Ok(ReadColumn { output: field.clone(), source: Source::Null });
    };
    Cast::new(&found.data_type, &field.data_type).map_err(|e| e.with("column", &field.name))?;
    let source = Source::File { name: found.name.clone(), data_type: found.data_type.clone() };
    Ok(ReadColumn { output: field.clone(), source })
}

/// `_KEY_x` is read from `x`: files of thin mode have no other, and Java does so for all.
fn value_id(field: &DataField) -> i32 {
    if field.name.starts_with(SpecialField::KEY_PREFIX) && field.id >= SpecialField::KEY_ID_OFFSET {
        field.id - SpecialField::KEY_ID_OFFSET
    } else {
        field.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rimon_spec::{DataType, TypeKind};

    fn int(id: i32, name: &str) -> DataField {
        DataField::new(id, name, DataType::new(TypeKind::Int))
    }

    #[test]
    fn columns_are_matched_by_id_not_by_name() -> Result<()> {
        let file = [int(0, "a"), int(1, "b")];
        // "b" was renamed to "c" and a new "b" was added.
        let columns = read_columns(&file, &[int(1, "c"), int(2, "b")], &[])?;
        let expected = Source::File { name: "b".into(), data_type: DataType::new(TypeKind::Int) };
        assert_eq!(
            columns.iter().map(|c| &c.source).collect::<Vec<_>>(),
            [&expected, &Source::Null]
        );
        Ok(())
    }

    #[test]
    fn partition_values_win_over_the_file() -> Result<()> {
        let columns = read_columns(&[int(3, "p")], &[int(3, "p")], &[(3, Value::Int(7))])?;
        assert_eq!(columns.first().map(|c| &c.source), Some(&Source::Constant(Value::Int(7))));
        Ok(())
    }

    #[test]
    fn keys_come_from_their_value_columns() -> Result<()> {
        let key = SpecialField::key(&int(4, "k"));
        let columns = read_columns(&[int(4, "k")], &[key, SpecialField::sequence_number()], &[])?;
        let names: Vec<_> = columns
            .iter()
            .map(|c| match &c.source {
                Source::File { name, .. } => name.as_str(),
                _ => "none",
            })
            .collect();
        assert_eq!(names, ["k", "_SEQUENCE_NUMBER"]);
        Ok(())
    }

    #[test]
    fn a_cast_that_is_not_done_names_the_column() {
        let old = DataField::new(0, "when", DataType::new(TypeKind::Date));
        let error = read_columns(&[old], &[int(0, "since")], &[]).unwrap_err();
        assert!(error.to_string().contains("since"), "{error}");
    }
}
