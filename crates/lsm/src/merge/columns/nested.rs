//! `nested_update`: arrays of rows, each identified by a key of its own.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, StructArray};
use arrow::row::{Row, Rows};
use rimon_spec::{Error, Result};

use super::collection::{Collections, Combine, Elements, comparable};
use super::java_order::HashCodes;
use super::{FieldMerge, NullKeys, wrong_type};
use crate::merge::steps::Steps;

/// Options of the function.
pub(super) struct NestedSpec<'a> {
    pub(super) key: &'a [String],
    pub(super) null_keys: NullKeys,
    pub(super) sequence: &'a [String],
    pub(super) limit: usize,
}

pub(super) fn update(
    field: &FieldMerge,
    values: &ArrayRef,
    steps: &Steps,
    spec: &NestedSpec<'_>,
) -> Result<ArrayRef> {
    let lists = Collections::lists(field, values)?;
    let Collections::List(array) = &lists else { return Err(Error::internal("no lists")) };
    let rows = array.values().as_struct_opt().ok_or_else(|| wrong_type(field, values))?;
    if spec.key.is_empty() {
        let no_nulls = Nested { rows, limit: spec.limit };
        let whole = if steps.retracts() {
            Some(comparable(field, &[array.values().clone()])?)
        } else {
            None
        };
        return lists.combine(steps, &Appended { nested: no_nulls, whole });
    }
    lists.combine(steps, &Keyed::new(field, rows, spec)?)
}

struct Nested<'a> {
    rows: &'a StructArray,
    limit: usize,
}

impl Nested<'_> {
    fn is_null(&self, place: u32) -> bool {
        self.rows.is_null(place as usize)
    }
}

/// Without a key: rows are put behind each other.
struct Appended<'a> {
    nested: Nested<'a>,
    whole: Option<Rows>,
}

impl Combine for Appended<'_> {
    fn add(&self, so_far: Option<Elements>, value: Option<Elements>) -> Result<Option<Elements>> {
        let Some(value) = value else { return Ok(so_far) };
        let limit = self.nested.limit;
        let mut list = match so_far {
            Some(list) if list.len() < limit => list,
            full => return Ok(full.or(Some(value))),
        };
        let room = limit - list.len();
        list.retain(|place| !self.nested.is_null(*place));
        list.extend(value.into_iter().filter(|place| !self.nested.is_null(*place)).take(room));
        Ok(Some(list))
    }

    fn retract(
        &self,
        so_far: Option<Elements>,
        value: Option<Elements>,
    ) -> Result<Option<Elements>> {
        let (Some(list), Some(value), Some(rows)) = (&so_far, value, &self.whole) else {
            return Ok(so_far);
        };
        let real = |place: &u32| !self.nested.is_null(*place);
        let gone = value.into_iter().filter(real).map(|place| row(rows, place));
        let gone = gone.collect::<Result<Vec<_>>>()?;
        let mut kept = Vec::with_capacity(list.len());
        for place in list.iter().copied().filter(real) {
            if !gone.contains(&row(rows, place)?) {
                kept.push(place);
            }
        }
        Ok(Some(kept))
    }
}

fn row(rows: &Rows, place: u32) -> Result<Row<'_>> {
    let place = place as usize;
    if place < rows.num_rows() {
        Ok(rows.row(place))
    } else {
        Err(Error::internal("an element is not in its column"))
    }
}

/// With a key: one row for each, in the order of Java's hash table.
pub(super) struct Keyed<'a> {
    nested: Nested<'a>,
    keys: Rows,
    /// `None`: keys of nested types, which stay in the order in which they came.
    pub(super) codes: Option<HashCodes>,
    columns: Vec<ArrayRef>,
    null_keys: NullKeys,
    sequence: Option<Rows>,
    /// As up to Java 1.4, which had neither options of null keys nor of sequences: the first array is taken as it is,
    /// and the limit counts rows, not keys.
    pub(super) first_as_it_is: bool,
    name: &'a str,
}

impl<'a> Keyed<'a> {
    pub(super) fn new(
        field: &'a FieldMerge,
        rows: &'a StructArray,
        spec: &NestedSpec<'_>,
    ) -> Result<Self> {
        let columns = |names: &[String]| {
            let columns = names.iter().map(|name| {
                rows.column_by_name(name).cloned().ok_or_else(|| {
                    Error::invalid(format!("the nested rows have no column '{name}'"))
                        .with("field", &field.name)
                })
            });
            columns.collect::<Result<Vec<ArrayRef>>>()
        };
        let keys = columns(spec.key)?;
        let sequence = match spec.sequence {
            [] => None,
            names => Some(comparable(field, &columns(names)?)?),
        };
        Ok(Self {
            nested: Nested { rows, limit: spec.limit },
            keys: comparable(field, &keys)?,
            codes: HashCodes::of_rows(&keys)?,
            columns: keys,
            null_keys: spec.null_keys,
            first_as_it_is: spec.null_keys == NullKeys::Merge && sequence.is_none(),
            sequence,
            name: &field.name,
        })
    }
}

impl Keyed<'_> {
    /// The key of a row that counts.
    pub(super) fn key(&self, place: u32) -> Result<Option<Row<'_>>> {
        if self.nested.is_null(place) {
            return Ok(None);
        }
        let has_null = self.columns.iter().any(|column| column.is_null(place as usize));
        match self.null_keys {
            NullKeys::Ignore if has_null => Ok(None),
            NullKeys::Error if has_null => {
                Err(Error::invalid("a nested key holds a null").with("field", self.name))
            }
            _ => row(&self.keys, place).map(Some),
        }
    }

    fn put<'r>(
        &'r self,
        list: &mut Elements,
        places: &mut HashMap<Row<'r>, usize>,
        value: Elements,
        limit: usize,
    ) -> Result<()> {
        for place in value {
            let Some(key) = self.key(place)? else { continue };
            match places.get(&key).copied() {
                Some(index) => {
                    let Some(slot) = list.get_mut(index) else { continue };
                    let newer = match &self.sequence {
                        Some(rows) => row(rows, place)? >= row(rows, *slot)?,
                        None => true,
                    };
                    if newer {
                        *slot = place;
                    }
                }
                None if list.len() < limit => {
                    places.insert(key, list.len());
                    list.push(place);
                }
                None => {}
            }
        }
        Ok(())
    }
}

impl Combine for Keyed<'_> {
    fn add(&self, so_far: Option<Elements>, value: Option<Elements>) -> Result<Option<Elements>> {
        let Some(mut value) = value else { return Ok(so_far) };
        let mut limit = self.nested.limit;
        if self.first_as_it_is {
            match &so_far {
                None => return Ok(Some(value)),
                Some(list) if list.len() >= limit => return Ok(so_far),
                Some(list) => {
                    value.retain(|place| !self.nested.is_null(*place));
                    value.truncate(limit - list.len());
                    limit = usize::MAX;
                }
            }
        }
        let (mut list, mut places) = (Vec::new(), HashMap::new());
        self.put(&mut list, &mut places, so_far.unwrap_or_default(), usize::MAX)?;
        self.put(&mut list, &mut places, value, limit)?;
        if let Some(codes) = &self.codes {
            let inserted = list.clone();
            codes.sort(&mut list, &inserted);
        }
        Ok(Some(list))
    }

    fn retract(
        &self,
        so_far: Option<Elements>,
        value: Option<Elements>,
    ) -> Result<Option<Elements>> {
        let (Some(list), Some(value)) = (&so_far, value) else { return Ok(so_far) };
        let (mut kept, mut places) = (Vec::new(), HashMap::new());
        // Here the last of one key stays, whatever its sequence.
        for place in list {
            let Some(key) = self.key(*place)? else { continue };
            match places.get(&key).and_then(|index: &usize| kept.get_mut(*index)) {
                Some(slot) => *slot = *place,
                None => {
                    places.insert(key, kept.len());
                    kept.push(*place);
                }
            }
        }
        let mut gone = Vec::new();
        for place in value {
            let Some(key) = self.key(place)? else { continue };
            gone.extend(places.remove(&key));
        }
        let mut index = 0;
        let inserted = kept.clone();
        kept.retain(|_| {
            index += 1;
            !gone.contains(&(index - 1))
        });
        if let Some(codes) = &self.codes {
            codes.sort(&mut kept, &inserted);
        }
        Ok(Some(kept))
    }
}
