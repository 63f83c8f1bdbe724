//! `nested_partial_update`: arrays of rows, identified by a key; of each column the last value that is not null stays.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::row::Row;
use rimon_spec::{Error, Result};

use super::nested::{Keyed, NestedSpec};
use super::{FieldMerge, NullKeys, wrong_type};
use crate::merge::steps::{Step, Steps};

/// Mirrors `FieldNestedPartialUpdateAgg.java`.
pub(super) fn update(
    field: &FieldMerge,
    values: &ArrayRef,
    steps: &Steps,
    key: &[String],
    null_keys: NullKeys,
) -> Result<ArrayRef> {
    let lists = values.as_list_opt::<i32>().ok_or_else(|| wrong_type(field, values))?;
    let rows = lists.values().as_struct_opt().ok_or_else(|| wrong_type(field, values))?;
    let spec = NestedSpec { key, null_keys, sequence: &[], limit: usize::MAX };
    let keyed = Keyed::new(field, rows, &spec)?;
    let nested = Nested { lists, rows, keyed };
    let mut merged = Vec::with_capacity(steps.len());
    for group in steps.groups() {
        let mut so_far = None;
        for op in group {
            let value = nested.at(op.row);
            so_far = match op.step {
                Step::Set => value,
                Step::AddOlder => nested.add(value, so_far)?,
                _ => nested.add(so_far, value)?,
            };
        }
        merged.push(so_far);
    }
    nested
        .build(merged)
        .map_err(|e| Error::internal("merged elements cannot be put together").with_source(e))
}

/// A row of an array: where it, and where each of its values comes from.
#[derive(Debug, Clone)]
struct Element {
    /// The row that brought the key.
    place: u32,
    /// The place of each column's value.
    cells: Vec<u32>,
}

struct Nested<'a> {
    lists: &'a ListArray,
    rows: &'a StructArray,
    keyed: Keyed<'a>,
}

impl Nested<'_> {
    fn at(&self, row: u32) -> Option<Vec<Element>> {
        let row = row as usize;
        let columns = self.rows.num_columns();
        let range = match self.lists.offsets().get(row..row + 2) {
            Some([start, end]) => start.cast_unsigned()..end.cast_unsigned(),
            _ => 0..0,
        };
        let element = |place| Element { place, cells: vec![place; columns] };
        self.lists.is_valid(row).then(|| range.map(element).collect())
    }

    fn add(
        &self,
        so_far: Option<Vec<Element>>,
        value: Option<Vec<Element>>,
    ) -> Result<Option<Vec<Element>>> {
        let Some(value) = value else { return Ok(so_far) };
        if so_far.is_none() && self.keyed.first_as_it_is {
            return Ok(Some(value));
        }
        let mut elements: Vec<Element> = Vec::new();
        let mut places: HashMap<Row<'_>, usize> = HashMap::new();
        let mut calls = Vec::new();
        for element in so_far.into_iter().flatten().chain(value) {
            let Some(key) = self.keyed.key(element.place)? else { continue };
            let slot = places.get(&key).and_then(|index| elements.get_mut(*index));
            calls.push((element.place, slot.is_none()));
            match slot {
                Some(slot) => self.overwrite(slot, &element),
                None => {
                    places.insert(key, elements.len());
                    elements.push(element);
                }
            }
        }
        Ok(Some(self.in_java_order(elements, &calls)))
    }

    /// What is not null takes the place of what is there.
    fn overwrite(&self, so_far: &mut Element, new: &Element) {
        let columns = self.rows.columns().iter();
        for ((cell, new), column) in so_far.cells.iter_mut().zip(&new.cells).zip(columns) {
            if column.is_valid(*new as usize) {
                *cell = *new;
            }
        }
    }

    fn in_java_order(&self, elements: Vec<Element>, calls: &[(u32, bool)]) -> Vec<Element> {
        let Some(codes) = &self.keyed.codes else { return elements };
        let mut order: Vec<u32> = elements.iter().map(|element| element.place).collect();
        codes.sort_computed(&mut order, calls);
        let mut by_place: HashMap<u32, Element> =
            elements.into_iter().map(|element| (element.place, element)).collect();
        order.iter().filter_map(|place| by_place.remove(place)).collect()
    }

    fn build(
        &self,
        merged: Vec<Option<Vec<Element>>>,
    ) -> std::result::Result<ArrayRef, ArrowError> {
        let DataType::List(item) = self.lists.data_type() else {
            return Err(ArrowError::SchemaError("no list".into()));
        };
        let lengths = merged.iter().map(|list| list.as_ref().map_or(0, Vec::len));
        let offsets = OffsetBuffer::from_lengths(lengths);
        let valid: NullBuffer = merged.iter().map(Option::is_some).collect();
        let elements: Vec<Element> = merged.into_iter().flatten().flatten().collect();
        let columns = self.rows.columns().iter().enumerate().map(|(index, column)| {
            let cells = elements.iter().map(|element| element.cells.get(index).copied());
            take(column, &cells.collect::<UInt32Array>(), None)
        });
        let columns = columns.collect::<std::result::Result<Vec<ArrayRef>, _>>()?;
        let present: NullBuffer =
            elements.iter().map(|element| self.rows.is_valid(element.place as usize)).collect();
        let present = Some(present).filter(|nulls| nulls.null_count() > 0);
        let rows = StructArray::try_new_with_length(
            self.rows.fields().clone(),
            columns,
            present,
            elements.len(),
        )?;
        let valid = Some(valid).filter(|nulls| nulls.null_count() > 0);
        Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, Arc::new(rows), valid)?))
    }
}
