//! Ids of nested fields: `ReassignFieldId.java`.

use super::{DataField, DataType, TypeKind};

/// Gives every ROW field inside `data_type` a new id from `highest`; a child's ids are drawn before its own.
pub(crate) fn reassign_ids(data_type: &DataType, highest: &mut i32) -> DataType {
    let kind = match &data_type.kind {
        TypeKind::Array(element) => TypeKind::Array(Box::new(reassign_ids(element, highest))),
        TypeKind::Multiset(element) => TypeKind::Multiset(Box::new(reassign_ids(element, highest))),
        TypeKind::Map { key, value } => {
            let key = Box::new(reassign_ids(key, highest));
            TypeKind::Map { key, value: Box::new(reassign_ids(value, highest)) }
        }
        TypeKind::Vector { element, length } => {
            TypeKind::Vector { element: Box::new(reassign_ids(element, highest)), length: *length }
        }
        TypeKind::Row(fields) => TypeKind::Row(
            fields
                .iter()
                .map(|field| {
                    let data_type = reassign_ids(&field.data_type, highest);
                    *highest += 1;
                    DataField { id: *highest, data_type, ..field.clone() }
                })
                .collect(),
        ),
        other => other.clone(),
    };
    DataType { nullable: data_type.nullable, kind }
}

/// The greatest id of `fields` and of the fields inside them; -1 when there is none.
pub(crate) fn highest_id(fields: &[DataField]) -> i32 {
    fields.iter().map(|f| f.id.max(highest_in(&f.data_type))).max().unwrap_or(-1)
}

fn highest_in(data_type: &DataType) -> i32 {
    match &data_type.kind {
        TypeKind::Array(e) | TypeKind::Multiset(e) | TypeKind::Vector { element: e, .. } => {
            highest_in(e)
        }
        TypeKind::Map { key, value } => highest_in(key).max(highest_in(value)),
        TypeKind::Row(fields) => highest_id(fields),
        _ => -1,
    }
}
