//! VARIANT: a value and the dictionary of its keys, both binary, as Spark and Parquet define them
//! (`GenericVariantUtil.java`, Parquet's `VariantEncoding.md`).
//!
//! In Arrow a VARIANT is a struct of [`VALUE`] and [`METADATA`], both NOT NULL, whose field bears the extension name of
//! Arrow's canonical type. In Parquet it may be *shredded*: parts of the value in typed columns, and put together here.

mod builder;
mod dictionary;
mod encoded;
mod rebuild;
mod shape;
#[cfg(test)]
mod tests;

pub(crate) use rebuild::assemble;

use arrow::datatypes::{DataType as ArrowType, Field, Fields};
use rimon_spec::Error;

/// The child with the encoded value.
pub(crate) const VALUE: &str = "value";
/// The child with the dictionary of keys.
pub(crate) const METADATA: &str = "metadata";
/// The child with the shredded part, in Parquet files only.
const TYPED_VALUE: &str = "typed_value";

/// Key and name of the extension type in the metadata of Arrow fields.
pub(crate) const EXTENSION: (&str, &str) = ("ARROW:extension:name", "arrow.parquet.variant");

/// The canonical Arrow type.
pub(crate) fn arrow_type() -> ArrowType {
    let binary = |name| Field::new(name, ArrowType::Binary, false);
    ArrowType::Struct(Fields::from(vec![binary(VALUE), binary(METADATA)]))
}

/// Whether an Arrow field says that it is a VARIANT.
pub(crate) fn is_variant(field: &Field) -> bool {
    let marked = field.metadata().get(EXTENSION.0).is_some_and(|name| name == EXTENSION.1);
    marked && matches!(field.data_type(), ArrowType::Struct(_))
}

fn malformed(what: &str) -> Error {
    Error::corrupt(format!("a VARIANT that is not well-formed: {what}"))
}
