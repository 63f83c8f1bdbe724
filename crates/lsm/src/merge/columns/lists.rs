//! `collect` and `merge_map`.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use arrow::row::{Row, Rows};
use rimon_spec::{Error, Result};

use super::FieldMerge;
use super::collection::{Collections, Combine, Elements, comparable};
use super::java_order::HashCodes;
use crate::merge::steps::Steps;

pub(super) fn collect(
    field: &FieldMerge,
    values: &ArrayRef,
    steps: &Steps,
    distinct: bool,
) -> Result<ArrayRef> {
    let lists = Collections::lists(field, values)?;
    let Collections::List(array) = &lists else { return Err(Error::internal("no lists")) };
    let child = array.values();
    let compares = distinct || steps.retracts();
    let identity = compares.then(|| comparable(field, std::slice::from_ref(child))).transpose()?;
    // Java compares such elements one by one and leaves those that are there already as they are.
    let keeps = matches!(
        child.data_type(),
        DataType::List(_) | DataType::Map(..) | DataType::Struct(_) | DataType::Binary
    );
    let codes = if distinct { HashCodes::of_values(child)? } else { None };
    lists.combine(steps, &Collect { identity, distinct, keeps, codes })
}

struct Collect {
    identity: Option<Rows>,
    distinct: bool,
    keeps: bool,
    /// Of distinct elements that Java puts into a hash table.
    codes: Option<HashCodes>,
}

/// The element at a place.
fn at(rows: &Rows, place: u32) -> Result<Row<'_>> {
    let place = place as usize;
    if place < rows.num_rows() {
        Ok(rows.row(place))
    } else {
        Err(Error::internal("an element is not in its column"))
    }
}

impl Combine for Collect {
    fn add(&self, so_far: Option<Elements>, value: Option<Elements>) -> Result<Option<Elements>> {
        let rows = match &self.identity {
            Some(rows) if self.distinct => rows,
            _ => {
                return Ok(match (so_far, value) {
                    (Some(mut list), Some(more)) => {
                        list.extend(more);
                        Some(list)
                    }
                    (a, b) => a.or(b),
                });
            }
        };
        if so_far.is_none() && value.is_none() {
            return Ok(None);
        }
        let mut seen = HashSet::new();
        let mut list = Vec::new();
        for place in so_far.into_iter().flatten() {
            if seen.insert(at(rows, place)?) || self.keeps {
                list.push(place);
            }
        }
        for place in value.into_iter().flatten() {
            if seen.insert(at(rows, place)?) {
                list.push(place);
            }
        }
        if let Some(codes) = &self.codes {
            let inserted = list.clone();
            codes.sort(&mut list, &inserted);
        }
        Ok(Some(list))
    }

    fn add_older(
        &self,
        so_far: Option<Elements>,
        value: Option<Elements>,
    ) -> Result<Option<Elements>> {
        self.add(so_far, value)
    }

    fn retract(
        &self,
        so_far: Option<Elements>,
        value: Option<Elements>,
    ) -> Result<Option<Elements>> {
        let (Some(list), Some(value), Some(rows)) = (&so_far, value, &self.identity) else {
            return Ok(so_far);
        };
        let mut counts: HashMap<Row<'_>, usize> = HashMap::new();
        for place in value {
            *counts.entry(at(rows, place)?).or_default() += 1;
        }
        let mut kept = Vec::with_capacity(list.len());
        for place in list {
            match counts.get_mut(&at(rows, *place)?) {
                Some(count) if *count > 0 => *count -= 1,
                _ => kept.push(*place),
            }
        }
        Ok(Some(kept))
    }
}

pub(super) fn merge_map(field: &FieldMerge, values: &ArrayRef, steps: &Steps) -> Result<ArrayRef> {
    let maps = Collections::maps(field, values)?;
    let Collections::Map(array) = &maps else { return Err(Error::internal("no maps")) };
    let keys = comparable(field, &[array.keys().clone()])?;
    maps.combine(steps, &MergeMap { keys })
}

struct MergeMap {
    keys: Rows,
}

impl Combine for MergeMap {
    fn add(&self, so_far: Option<Elements>, value: Option<Elements>) -> Result<Option<Elements>> {
        let (Some(mut list), Some(value)) = (so_far.clone(), value.clone()) else {
            return Ok(so_far.or(value));
        };
        let mut places = HashMap::new();
        for (index, place) in list.iter().enumerate() {
            places.insert(at(&self.keys, *place)?, index);
        }
        for place in value {
            let index = *places.entry(at(&self.keys, place)?).or_insert(list.len());
            match list.get_mut(index) {
                Some(slot) => *slot = place,
                None => list.push(place),
            }
        }
        Ok(Some(list))
    }

    fn retract(
        &self,
        so_far: Option<Elements>,
        value: Option<Elements>,
    ) -> Result<Option<Elements>> {
        let (Some(list), Some(value)) = (&so_far, value) else { return Ok(so_far) };
        let gone = value.into_iter().map(|place| at(&self.keys, place));
        let gone: HashSet<Row<'_>> = gone.collect::<Result<_>>()?;
        let mut kept = Vec::with_capacity(list.len());
        for place in list {
            if !gone.contains(&at(&self.keys, *place)?) {
                kept.push(*place);
            }
        }
        Ok(Some(kept))
    }
}
