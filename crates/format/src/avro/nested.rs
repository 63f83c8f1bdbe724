//! Lists, maps and rows being read.

use super::column::{Column, offset};
use super::cursor::Cursor;
use super::schema::{Field, Schema};
use crate::arrow_schema::to_arrow_type;
use arrow::array::{Array, ArrayRef, ListArray, MapArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType as ArrowType, FieldRef, Fields};
use arrow::error::ArrowError;
use rimon_spec::{DataField, DataType, Error, Result, TypeKind};
use std::sync::Arc;

/// A column with columns inside.
#[derive(Debug)]
pub(super) enum Nested {
    List { offsets: Vec<i32>, rows: usize, least: usize, item: Column, child: FieldRef },
    Map { offsets: Vec<i32>, entries: usize, least: usize, pair: Pair, child: FieldRef },
    Row { length: usize, record: Record, fields: Fields },
}

/// How the entries of a map are stored.
#[derive(Debug)]
pub(super) enum Pair {
    /// An Avro map: text and value.
    Plain { key: Box<Column>, value: Box<Column> },
    /// An array of records with a key and a value, for keys that are no text.
    Record(Record),
}

/// The fields of a record in the file's order.
#[derive(Debug)]
pub(super) struct Record {
    steps: Vec<Step>,
    columns: Vec<Column>,
    /// Columns without a field in the record.
    missing: Vec<usize>,
}

#[derive(Debug)]
enum Step {
    Read(usize),
    Skip(Schema),
}

impl Record {
    /// For columns `wanted` (name and type) of a record; those it lacks are null.
    ///
    /// # Errors
    /// `Unsupported` naming the field that cannot be read.
    pub(super) fn new(fields: &[Field], wanted: &[(&str, &DataType)]) -> Result<Self> {
        let mut columns = Vec::with_capacity(wanted.len());
        let mut missing = Vec::new();
        let mut targets: Vec<Option<usize>> = vec![None; fields.len()];
        for (index, (name, data_type)) in wanted.iter().enumerate() {
            let found = fields.iter().position(|f| f.name == *name);
            let slot = found.and_then(|i| Some((fields.get(i)?, targets.get_mut(i)?)));
            columns.push(match slot {
                Some((field, target @ None)) => {
                    *target = Some(index);
                    Column::new(&field.schema, data_type).map_err(|e| e.with("field", name))?
                }
                Some(_) => return Err(Error::internal("a field is wanted twice")),
                None => {
                    missing.push(index);
                    Column::missing(data_type)?
                }
            });
        }
        let step = |(field, target): (&Field, Option<usize>)| match target {
            Some(index) => Step::Read(index),
            None => Step::Skip(field.schema.clone()),
        };
        Ok(Self { steps: fields.iter().zip(targets).map(step).collect(), columns, missing })
    }

    #[inline]
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        for step in &self.steps {
            match step {
                Step::Read(index) => {
                    if let Some(column) = self.columns.get_mut(*index) {
                        column.read(cursor)?;
                    }
                }
                Step::Skip(schema) => cursor.skip(schema)?,
            }
        }
        for index in &self.missing {
            if let Some(column) = self.columns.get_mut(*index) {
                column.push_null();
            }
        }
        Ok(())
    }

    fn push_null(&mut self) {
        self.columns.iter_mut().for_each(Column::push_null);
    }

    /// The columns, in the order wanted.
    pub(super) fn finish(&mut self) -> Result<Vec<ArrayRef>> {
        self.columns.iter_mut().map(Column::finish).collect()
    }
}

impl Nested {
    /// `None` when the file's type is not of this kind.
    pub(super) fn new(schema: &Schema, data_type: &DataType) -> Result<Option<Self>> {
        Ok(Some(match (&data_type.kind, schema, to_arrow_type(data_type)?) {
            (TypeKind::Array(element), Schema::Array(stored), ArrowType::List(child)) => {
                Self::List {
                    offsets: vec![0],
                    rows: 0,
                    least: stored.least_size(),
                    item: Column::new(stored, element)?,
                    child,
                }
            }
            (TypeKind::Map { key, value }, stored, ArrowType::Map(child, _)) => {
                return map(stored, key, value, child);
            }
            (TypeKind::Multiset(key), stored, ArrowType::Map(child, _)) => {
                return map(stored, key, &DataType::not_null(TypeKind::Int), child);
            }
            (TypeKind::Row(wanted), Schema::Record(stored), ArrowType::Struct(fields)) => {
                let wanted: Vec<(&str, &DataType)> = wanted.iter().map(named).collect();
                Self::Row { length: 0, record: Record::new(stored, &wanted)?, fields }
            }
            _ => return Ok(None),
        }))
    }

    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        match self {
            Self::List { offsets, rows, least, item, .. } => {
                *rows += items(cursor, *least, |cursor| item.read(cursor))?;
                offsets.push(offset(*rows)?);
            }
            Self::Map { offsets, entries, least, pair, .. } => {
                *entries += items(cursor, *least, |cursor| pair.read(cursor))?;
                offsets.push(offset(*entries)?);
            }
            Self::Row { length, record, .. } => {
                record.read(cursor)?;
                *length += 1;
            }
        }
        Ok(())
    }

    pub(super) fn push_default(&mut self) {
        match self {
            Self::List { offsets, .. } | Self::Map { offsets, .. } => {
                offsets.push(offsets.last().copied().unwrap_or(0));
            }
            Self::Row { length, record, .. } => {
                record.push_null();
                *length += 1;
            }
        }
    }

    pub(super) fn finish(
        &mut self,
        nulls: Option<NullBuffer>,
    ) -> Result<Result<ArrayRef, ArrowError>> {
        Ok(match self {
            Self::List { offsets, rows, item, child, .. } => {
                *rows = 0;
                let made =
                    ListArray::try_new(Arc::clone(child), taken(offsets), item.finish()?, nulls);
                made.map(|a| Arc::new(a) as ArrayRef)
            }
            Self::Map { offsets, entries, pair, child, .. } => {
                *entries = 0;
                let columns = pair.finish()?;
                let ArrowType::Struct(fields) = child.data_type() else {
                    return Err(Error::internal("the entries of a map are not a struct"));
                };
                if columns.first().is_some_and(|keys| keys.null_count() > 0) {
                    return Err(Error::unsupported("a null key in a map"));
                }
                StructArray::try_new(fields.clone(), columns, None)
                    .and_then(|pairs| {
                        let (child, offsets) = (Arc::clone(child), taken(offsets));
                        MapArray::try_new(child, offsets, pairs, nulls, false)
                    })
                    .map(|a| Arc::new(a) as ArrayRef)
            }
            Self::Row { length, record, fields } => {
                let (columns, length) = (record.finish()?, std::mem::take(length));
                let made = StructArray::try_new_with_length(fields.clone(), columns, nulls, length);
                made.map(|a| Arc::new(a) as ArrayRef)
            }
        })
    }
}

fn named(field: &DataField) -> (&str, &DataType) {
    (field.name.as_str(), &field.data_type)
}

fn map(
    stored: &Schema,
    key: &DataType,
    value: &DataType,
    child: FieldRef,
) -> Result<Option<Nested>> {
    let (pair, least) = match stored {
        Schema::Map(values) => {
            let pair = Pair::Plain {
                key: Box::new(Column::new(&Schema::String, key)?),
                value: Box::new(Column::new(values, value)?),
            };
            (pair, values.least_size().saturating_add(1))
        }
        Schema::Array(item) => match item.as_ref() {
            Schema::Record(fields) => {
                let record = Record::new(fields, &[("key", key), ("value", value)])?;
                (Pair::Record(record), item.least_size())
            }
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(Nested::Map { offsets: vec![0], entries: 0, least, pair, child }))
}

impl Pair {
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        match self {
            Self::Plain { key, value } => {
                key.read(cursor)?;
                value.read(cursor)
            }
            Self::Record(record) => record.read(cursor),
        }
    }

    fn finish(&mut self) -> Result<Vec<ArrayRef>> {
        match self {
            Self::Plain { key, value } => Ok(vec![key.finish()?, value.finish()?]),
            Self::Record(record) => record.finish(),
        }
    }
}

/// Reads the blocks of an array or map; the number of items.
fn items(
    cursor: &mut Cursor<'_>,
    least: usize,
    mut read: impl FnMut(&mut Cursor<'_>) -> Result<()>,
) -> Result<usize> {
    let mut total = 0;
    loop {
        let count = cursor.items(least)?;
        if count == 0 {
            return Ok(total);
        }
        for _ in 0..count {
            read(cursor)?;
        }
        total += count;
    }
}

fn taken(offsets: &mut Vec<i32>) -> OffsetBuffer<i32> {
    OffsetBuffer::new(std::mem::replace(offsets, vec![0]).into())
}
