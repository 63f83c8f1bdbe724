//! Columns from objects (`JsonFileReader.java`).

use super::cell;
use crate::arrow_schema::to_arrow_type;
use crate::arrow_value::array_of;
use arrow::array::{ArrayRef, ListArray, MapArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::DataType as ArrowType;
use arrow::error::ArrowError;
use rimon_spec::{DataField, DataType, Error, Result, TypeKind, Value};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;

/// Whether values of a type can be read.
///
/// # Errors
/// `Unsupported` naming the type.
pub(super) fn check(data_type: &DataType) -> Result<()> {
    match &data_type.kind {
        TypeKind::Array(element) => check(element),
        TypeKind::Map { key, value } => cell::check(key).and_then(|()| check(value)),
        TypeKind::Row(fields) => fields.iter().try_for_each(|f| check(&f.data_type)),
        _ => cell::check(data_type),
    }
}

/// A column from the node of each row.
///
/// # Errors
/// `Invalid` for a node that is no such value.
pub(super) fn column(nodes: &[Option<&Json>], data_type: &DataType) -> Result<ArrayRef> {
    let nodes: Vec<Option<&Json>> = nodes.iter().map(|n| n.filter(|n| !n.is_null())).collect();
    let nulls = NullBuffer::from_iter(nodes.iter().map(Option::is_some));
    let arrow = to_arrow_type(data_type)?;
    match (&data_type.kind, arrow) {
        (TypeKind::Array(element), ArrowType::List(child)) => {
            let lists = nodes.iter().map(|n| n.map_or(Ok(&[][..]), items));
            let lists: Vec<&[Json]> = lists.collect::<Result<_>>()?;
            let flat: Vec<Option<&Json>> = lists.iter().flat_map(|l| l.iter().map(Some)).collect();
            let offsets = offsets(lists.iter().map(|l| l.len()))?;
            let values = column(&flat, element)?;
            let made = ListArray::try_new(child, offsets, values, Some(nulls));
            Ok(Arc::new(made.map_err(broken)?))
        }
        (TypeKind::Map { key, value }, ArrowType::Map(child, _)) => {
            let ArrowType::Struct(fields) = child.data_type().clone() else {
                return Err(Error::internal("the entries of a map are not a struct"));
            };
            let maps = nodes.iter().map(|n| n.map_or_else(|| Ok(Vec::new()), |n| pairs(n, key)));
            let maps: Vec<Vec<(Value, &Json)>> = maps.collect::<Result<_>>()?;
            let offsets = offsets(maps.iter().map(Vec::len))?;
            let (keys, values): (Vec<Value>, Vec<&Json>) = maps.into_iter().flatten().unzip();
            let values: Vec<Option<&Json>> = values.into_iter().map(Some).collect();
            let columns = vec![array_of(&keys, key)?, column(&values, value)?];
            let entries = StructArray::try_new(fields, columns, None).map_err(broken)?;
            let made = MapArray::try_new(child, offsets, entries, Some(nulls), false);
            Ok(Arc::new(made.map_err(broken)?))
        }
        (TypeKind::Row(fields), ArrowType::Struct(arrow)) => {
            let objects = nodes.iter().map(|n| n.map(object).transpose());
            let objects: Vec<_> = objects.collect::<Result<_>>()?;
            let part = |field: &DataField| {
                let inner: Vec<Option<&Json>> =
                    objects.iter().map(|o| o.and_then(|o| o.get(&field.name))).collect();
                column(&inner, &field.data_type).map_err(|e| e.with("field", &field.name))
            };
            let columns = fields.iter().map(part).collect::<Result<_>>()?;
            let made = StructArray::try_new_with_length(arrow, columns, Some(nulls), nodes.len());
            Ok(Arc::new(made.map_err(broken)?))
        }
        _ => {
            let value = |node: &Option<&Json>| match node {
                Some(node) => cell::value(&text(node, data_type)?, data_type),
                None => Ok(Value::Null),
            };
            array_of(&nodes.iter().map(value).collect::<Result<Vec<_>>>()?, data_type)
        }
    }
}

/// The object in a line.
pub(super) fn object(node: &Json) -> Result<&serde_json::Map<String, Json>> {
    node.as_object().ok_or_else(|| Error::corrupt("an object was expected in JSON"))
}

fn items(node: &Json) -> Result<&[Json]> {
    node.as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| Error::corrupt("an array was expected in JSON"))
}

/// Entries by their keys; of texts that are the same key the last one's value counts.
fn pairs<'a>(node: &'a Json, key: &DataType) -> Result<Vec<(Value, &'a Json)>> {
    let mut pairs: Vec<(Value, &Json)> = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (text, node) in object(node)? {
        let value = cell::value(text, key)?;
        // A DECIMAL that does not fit is null, and Java leaves the entry out.
        if value.is_null() {
            continue;
        }
        let place = *seen.entry(format!("{value:?}")).or_insert(pairs.len());
        match pairs.get_mut(place) {
            Some(pair) => pair.1 = node,
            None => pairs.push((value, node)),
        }
    }
    Ok(pairs)
}

/// `JsonNode.asText`.
fn text(node: &Json, data_type: &DataType) -> Result<String> {
    Ok(match node {
        Json::String(text) => text.clone(),
        Json::Bool(flag) => flag.to_string(),
        Json::Number(number) if number.is_f64() => {
            let double = number.as_f64().unwrap_or_default();
            // Java keeps all digits of an integer; here they are lost.
            if double.fract() == 0.0 && double.abs() >= 1.8e19 && !data_type.is_floating() {
                return Err(Error::unsupported("a number in JSON of more than 64 bits"));
            }
            Value::Double(double).to_sql_string(&DataType::new(TypeKind::Double))
        }
        Json::Number(number) => number.to_string(),
        Json::Null | Json::Array(_) | Json::Object(_) => String::new(),
    })
}

fn offsets(lengths: impl Iterator<Item = usize>) -> Result<OffsetBuffer<i32>> {
    let mut ends = vec![0_i32];
    let mut end = 0_i32;
    for length in lengths {
        let sum = i32::try_from(length).ok().and_then(|l| end.checked_add(l));
        end = sum.ok_or_else(|| Error::exhausted("more than 2^31 items of a column in a batch"))?;
        ends.push(end);
    }
    Ok(OffsetBuffer::new(ends.into()))
}

fn broken(e: ArrowError) -> Error {
    Error::invalid("JSON with a null where there must be none").with_source(e)
}
