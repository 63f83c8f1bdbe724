//! JSON: one array of objects, or one object for each line.

use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use arrow::json::writer::{JsonArray, JsonFormat, LineDelimited, Writer, WriterBuilder};

use super::ResultWriter;
use crate::failure::Result;

/// Columns of the same name get a number, since the keys of an object are unique. Floating-point
/// numbers that JSON has no word for (NaN, infinity) are null; binary values are hexadecimal.
pub(super) struct JsonWriter<W: Write, F: JsonFormat> {
    fields: Fields,
    rows: Writer<W, F>,
    end: &'static [u8],
}

impl<W: Write> JsonWriter<W, JsonArray> {
    pub(super) fn array(schema: &Schema, out: W) -> Self {
        Self { fields: unique(schema), rows: builder().build(out), end: b"\n" }
    }
}

impl<W: Write> JsonWriter<W, LineDelimited> {
    pub(super) fn lines(schema: &Schema, out: W) -> Self {
        Self { fields: unique(schema), rows: builder().build(out), end: b"" }
    }
}

fn builder() -> WriterBuilder {
    WriterBuilder::new().with_explicit_nulls(true)
}

impl<W: Write, F: JsonFormat> ResultWriter for JsonWriter<W, F> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = batch.columns().iter().map(string_keys).collect::<Result<Vec<_>>>()?;
        let fields: Fields = self
            .fields
            .iter()
            .zip(&columns)
            .map(|(field, column)| {
                field
                    .as_ref()
                    .clone()
                    .with_data_type(column.data_type().clone())
                    .with_nullable(true)
            })
            .collect();
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let options =
            arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(schema, columns, &options)?;
        Ok(self.rows.write(&batch)?)
    }

    fn finish(&mut self) -> Result<()> {
        self.rows.finish()?;
        self.rows.get_mut().write_all(self.end)?;
        Ok(())
    }
}

fn unique(schema: &Schema) -> Fields {
    let mut taken: HashSet<String> = HashSet::new();
    let mut fields = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let mut name = field.name().clone();
        let mut number = 1;
        while !taken.insert(name.clone()) {
            name = format!("{}_{number}", field.name());
            number += 1;
        }
        fields.push(field.as_ref().clone().with_name(name));
    }
    fields.into()
}

/// Turns maps whose keys are not strings into lists of `{key, value}`, at any depth: JSON has no
/// other keys.
pub(super) fn string_keys(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::Map(_, _) => {
            let map = array.as_map();
            let entries: ArrayRef = Arc::new(map.entries().clone());
            let entries = string_keys(&entries)?;
            if is_string(map.keys().data_type()) && entries.data_type() == map.entries().data_type()
            {
                return Ok(array.clone());
            }
            let field = Arc::new(Field::new("entries", entries.data_type().clone(), false));
            let list =
                ListArray::try_new(field, map.offsets().clone(), entries, map.nulls().cloned())?;
            Ok(Arc::new(list))
        }
        DataType::List(field) => {
            let list = array.as_list::<i32>();
            let values = string_keys(list.values())?;
            let field = Arc::new(field.as_ref().clone().with_data_type(values.data_type().clone()));
            let list =
                ListArray::try_new(field, list.offsets().clone(), values, list.nulls().cloned())?;
            Ok(Arc::new(list))
        }
        DataType::Struct(fields) if !fields.is_empty() => {
            let parts = array.as_struct();
            let columns = parts.columns().iter().map(string_keys).collect::<Result<Vec<_>>>()?;
            let fields: Fields = fields
                .iter()
                .zip(&columns)
                .map(|(field, column)| {
                    field.as_ref().clone().with_data_type(column.data_type().clone())
                })
                .collect();
            Ok(Arc::new(StructArray::try_new(fields, columns, parts.nulls().cloned())?))
        }
        _ => Ok(array.clone()),
    }
}

fn is_string(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}
