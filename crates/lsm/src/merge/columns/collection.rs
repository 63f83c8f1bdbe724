//! Columns of arrays and maps: a value is a list of elements, named by their place in the child
//! column, so that no element is copied before the result is known.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, MapArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};
use rimon_spec::{Error, Result};

use super::{FieldMerge, wrong_type};
use crate::merge::steps::{Step, Steps};

/// Places of elements.
pub(super) type Elements = Vec<u32>;

/// What a function does to lists of elements; `None` is null.
pub(super) trait Combine {
    /// The list so far and a newer one.
    fn add(&self, so_far: Option<Elements>, value: Option<Elements>) -> Result<Option<Elements>>;

    /// The same where the value is older.
    fn add_older(
        &self,
        so_far: Option<Elements>,
        value: Option<Elements>,
    ) -> Result<Option<Elements>> {
        self.add(value, so_far)
    }

    /// Takes a value back.
    fn retract(
        &self,
        so_far: Option<Elements>,
        value: Option<Elements>,
    ) -> Result<Option<Elements>>;
}

/// A column of arrays or maps.
pub(super) enum Collections<'a> {
    List(&'a ListArray),
    Map(&'a MapArray),
}

impl<'a> Collections<'a> {
    pub(super) fn lists(field: &FieldMerge, values: &'a ArrayRef) -> Result<Self> {
        match values.data_type() {
            DataType::List(_) => Ok(Self::List(values.as_list())),
            _ => Err(wrong_type(field, values)),
        }
    }

    pub(super) fn maps(field: &FieldMerge, values: &'a ArrayRef) -> Result<Self> {
        values.as_map_opt().map(Self::Map).ok_or_else(|| wrong_type(field, values))
    }

    /// The elements of a value, `None` when it is null.
    fn at(&self, row: u32) -> Option<Elements> {
        let row = row as usize;
        let (valid, offsets) = match self {
            Self::List(lists) => (lists.is_valid(row), lists.offsets()),
            Self::Map(maps) => (maps.is_valid(row), maps.offsets()),
        };
        let range: Range<u32> = match offsets.get(row..row + 2) {
            Some([start, end]) => start.cast_unsigned()..end.cast_unsigned(),
            _ => 0..0,
        };
        valid.then(|| range.collect())
    }

    /// The values of all groups.
    pub(super) fn combine(&self, steps: &Steps, function: &impl Combine) -> Result<ArrayRef> {
        let mut elements: Elements = Vec::new();
        let mut lengths = Vec::with_capacity(steps.len());
        let mut valid = Vec::with_capacity(steps.len());
        for group in steps.groups() {
            let mut so_far = None;
            for op in group {
                let value = self.at(op.row);
                so_far = match op.step {
                    Step::Set => value,
                    Step::Add => function.add(so_far, value)?,
                    Step::AddOlder => function.add_older(so_far, value)?,
                    Step::Retract | Step::RetractOlder => function.retract(so_far, value)?,
                };
            }
            valid.push(so_far.is_some());
            let list = so_far.unwrap_or_default();
            lengths.push(list.len());
            elements.extend(list);
        }
        if i32::try_from(elements.len()).is_err() {
            return Err(Error::unsupported("more than 2^31 elements of merged arrays at a time"));
        }
        let offsets = OffsetBuffer::from_lengths(lengths);
        let nulls = Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0);
        let places = UInt32Array::from(elements);
        self.build(&places, offsets, nulls)
            .map_err(|e| Error::internal("merged elements cannot be put together").with_source(e))
    }

    fn build(
        &self,
        places: &UInt32Array,
        offsets: OffsetBuffer<i32>,
        nulls: Option<NullBuffer>,
    ) -> std::result::Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::List(lists) => {
                let DataType::List(field) = lists.data_type() else {
                    return Err(ArrowError::SchemaError("no list".into()));
                };
                let child = take(lists.values(), places, None)?;
                Arc::new(ListArray::try_new(Arc::clone(field), offsets, child, nulls)?)
            }
            Self::Map(maps) => {
                let DataType::Map(field, sorted) = maps.data_type() else {
                    return Err(ArrowError::SchemaError("no map".into()));
                };
                let entries = take(maps.entries(), places, None)?.as_struct().clone();
                Arc::new(MapArray::try_new(Arc::clone(field), offsets, entries, nulls, *sorted)?)
            }
        })
    }
}

/// Columns as rows that are equal, and ordered, as their values are; nulls first.
pub(super) fn comparable(field: &FieldMerge, columns: &[ArrayRef]) -> Result<Rows> {
    let fail = |error| {
        let what = field.function.name();
        Error::unsupported(format!("aggregate function '{what}' on values of this type"))
            .with("field", &field.name)
            .with_source(error)
    };
    let types = columns.iter().map(|column| SortField::new(column.data_type().clone()));
    let converter = RowConverter::new(types.collect()).map_err(fail)?;
    converter.convert_columns(columns).map_err(fail)
}
