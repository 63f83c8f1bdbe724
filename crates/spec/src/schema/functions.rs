//! Which aggregate functions take columns of which types: the factories in `mergetree/compact/aggregate/factory` of Java.

use super::TableSchema;
use crate::options::{FieldMergeOptions, MergeEngine};
use crate::{DataField, DataType, Error, Result, TableOptions, TypeKind};

impl TableSchema {
    /// That each column can be given to its aggregate function. Java makes a table where one cannot and refuses every
    /// writer, or, for `max` and `min`, fails where two rows of a key meet.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] naming the first such column, its function and its type.
    pub fn check_functions(&self) -> Result<()> {
        let options = self.options()?;
        let merging =
            matches!(options.merge_engine, MergeEngine::Aggregation | MergeEngine::PartialUpdate);
        if !merging || !self.has_primary_key() {
            return Ok(());
        }
        let of_field = FieldMergeOptions::default();
        self.fields.iter().filter(|field| !self.orders_rows(field, &options)).try_for_each(
            |field| {
                let Some(function) = options.merging.function(&field.name) else { return Ok(()) };
                let of_field = options.merging.fields.get(&field.name).unwrap_or(&of_field);
                check_function(function, field, of_field)
            },
        )
    }

    /// Whether a column is merged by what it is, whatever function is named.
    fn orders_rows(&self, field: &DataField, options: &TableOptions) -> bool {
        let name = &field.name;
        self.primary_keys.contains(name)
            || options.sequence_fields.contains(name)
            || options.merge_engine == MergeEngine::PartialUpdate
                && options.merging.is_ordering(name)
    }
}

fn check_function(function: &str, field: &DataField, options: &FieldMergeOptions) -> Result<()> {
    let Some(wanted) = wanted(function) else { return Ok(()) };
    let name = &field.name;
    if !wanted.takes(&field.data_type) && !matches!(field.data_type.kind, TypeKind::Opaque(_)) {
        return Err(Error::invalid(format!(
            "aggregate function '{function}' of column '{name}' takes {}, not {}",
            wanted.text(),
            field.data_type.kind
        )));
    }
    let time = options.ts_field.as_deref();
    if let (Wanted::MapOfTimedRows, Some(time)) = (wanted, time)
        && value_row(&field.data_type).is_some_and(|row| row.iter().all(|f| f.name != time))
    {
        let message = format!("option 'fields.{name}.ts-field': no column '{time}' in its rows");
        return Err(Error::invalid(message));
    }
    Ok(())
}

/// The types of values that a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Number,
    Comparable,
    Flag,
    Text,
    Array,
    ArrayOfRows,
    Map,
    MapOfTimedRows,
    Bytes,
}

/// `None` for functions that take any.
fn wanted(function: &str) -> Option<Wanted> {
    Some(match function {
        "sum" | "product" => Wanted::Number,
        "max" | "min" => Wanted::Comparable,
        "bool_and" | "bool_or" => Wanted::Flag,
        "listagg" => Wanted::Text,
        "collect" => Wanted::Array,
        "nested_update" | "nested_partial_update" => Wanted::ArrayOfRows,
        "merge_map" => Wanted::Map,
        "merge_map_with_keytime" => Wanted::MapOfTimedRows,
        "rbm32" | "rbm64" | "hll_sketch" | "theta_sketch" => Wanted::Bytes,
        _ => return None,
    })
}

impl Wanted {
    fn takes(self, data_type: &DataType) -> bool {
        let kind = &data_type.kind;
        match self {
            Self::Number => data_type.is_numeric(),
            // InternalRowUtils.compare
            Self::Comparable => {
                data_type.is_numeric()
                    || data_type.is_datetime()
                    || data_type.is_string()
                    || data_type.is_binary()
            }
            Self::Flag => *kind == TypeKind::Boolean,
            Self::Text => *kind == DataType::string().kind,
            Self::Array => matches!(kind, TypeKind::Array(_)),
            Self::ArrayOfRows => {
                matches!(kind, TypeKind::Array(item) if matches!(item.kind, TypeKind::Row(_)))
            }
            Self::Map => matches!(kind, TypeKind::Map { .. }),
            Self::MapOfTimedRows => value_row(data_type).is_some_and(|row| row.len() >= 2),
            Self::Bytes => matches!(kind, TypeKind::VarBinary { .. }),
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Comparable => "a number, a text, bytes or a time",
            Self::Flag => "a BOOLEAN",
            Self::Text => "a STRING",
            Self::Array => "an ARRAY",
            Self::ArrayOfRows => "an ARRAY of rows",
            Self::Map => "a MAP",
            Self::MapOfTimedRows => "a MAP of rows of two columns or more",
            Self::Bytes => "BYTES or VARBINARY",
        }
    }
}

/// The columns of the values of a map of rows.
fn value_row(data_type: &DataType) -> Option<&[DataField]> {
    match &data_type.kind {
        TypeKind::Map { value, .. } => match &value.kind {
            TypeKind::Row(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    }
}
