//! `merge_map_with_keytime`: of the values of one key the one with the latest time stays.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, StructArray};
use arrow::datatypes::DataType;
use arrow::row::{Row, Rows};
use rimon_spec::{Error, Result};

use super::collection::{Collections, Combine, Elements, comparable};
use super::{FieldMerge, wrong_type};
use crate::merge::steps::Steps;

/// Mirrors `FieldMergeMapWithKeyTimeAgg.java`. `time`: the column that orders values; `None`: the last.
pub(super) fn merge_map(
    field: &FieldMerge,
    values: &ArrayRef,
    steps: &Steps,
    time: Option<&str>,
) -> Result<ArrayRef> {
    let maps = Collections::maps(field, values)?;
    let Collections::Map(array) = &maps else { return Err(Error::internal("no maps")) };
    let rows = array.values().as_struct_opt().ok_or_else(|| wrong_type(field, values))?;
    let times = match time {
        Some(name) => rows.column_by_name(name),
        None => rows.columns().last(),
    };
    let times = times.ok_or_else(|| {
        Error::invalid("the values of the map have no such 'ts-field'").with("field", &field.name)
    })?;
    if !matches!(times.data_type(), DataType::Utf8 | DataType::Utf8View) {
        return Err(wrong_type(field, values));
    }
    let keys = comparable(field, &[array.keys().clone()])?;
    maps.combine(steps, &KeyTime { keys, rows, times })
}

struct KeyTime<'a> {
    keys: Rows,
    rows: &'a StructArray,
    times: &'a ArrayRef,
}

impl KeyTime<'_> {
    fn key(&self, place: u32) -> Result<Row<'_>> {
        let place = place as usize;
        if place < self.keys.num_rows() {
            Ok(self.keys.row(place))
        } else {
            Err(Error::internal("an element is not in its column"))
        }
    }

    /// The time of a value; `None` when it is null.
    fn time(&self, place: u32) -> Option<&str> {
        let place = place as usize;
        if self.rows.is_null(place) || self.times.is_null(place) {
            return None;
        }
        Some(match self.times.data_type() {
            DataType::Utf8View => self.times.as_string_view().value(place),
            _ => self.times.as_string::<i32>().value(place),
        })
    }
}

/// Java compares strings by UTF-16 units.
fn is_later(new: &str, old: &str) -> bool {
    new.encode_utf16().gt(old.encode_utf16())
}

impl Combine for KeyTime<'_> {
    fn add(&self, so_far: Option<Elements>, value: Option<Elements>) -> Result<Option<Elements>> {
        let (Some(list), Some(value)) = (so_far.clone(), value.clone()) else {
            return Ok(so_far.or(value));
        };
        let mut list: Vec<Option<u32>> = list.into_iter().map(Some).collect();
        let mut places = HashMap::new();
        for (index, place) in list.iter().enumerate() {
            if let Some(place) = place {
                places.insert(self.key(*place)?, index);
            }
        }
        for place in value {
            let key = self.key(place)?;
            if self.rows.is_null(place as usize) {
                // A key without a value is taken out.
                if let Some(slot) = places.remove(&key).and_then(|index| list.get_mut(index)) {
                    *slot = None;
                }
                continue;
            }
            let Some(new) = self.time(place) else { continue };
            match places.get(&key).and_then(|index| list.get_mut(*index)) {
                Some(slot) => {
                    let old = slot.and_then(|place| self.time(place));
                    if old.is_none_or(|old| is_later(new, old)) {
                        *slot = Some(place);
                    }
                }
                None => {
                    places.insert(key, list.len());
                    list.push(Some(place));
                }
            }
        }
        Ok(Some(list.into_iter().flatten().collect()))
    }

    fn retract(&self, _: Option<Elements>, _: Option<Elements>) -> Result<Option<Elements>> {
        Err(Error::internal("a map with times takes nothing back"))
    }
}
