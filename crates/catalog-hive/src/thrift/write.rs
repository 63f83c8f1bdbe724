//! Values to bytes.

use super::{Struct, Type, Value};

/// Appends `value`, without its type.
pub(super) fn value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Bool(v) => out.push(u8::from(*v)),
        Value::Byte(v) => out.extend(v.to_be_bytes()),
        Value::Double(v) => out.extend(v.to_be_bytes()),
        Value::I16(v) => out.extend(v.to_be_bytes()),
        Value::I32(v) => out.extend(v.to_be_bytes()),
        Value::I64(v) => out.extend(v.to_be_bytes()),
        Value::Text(bytes) => text(out, bytes),
        Value::Struct(fields) => structure(out, fields),
        Value::Map(key, item, entries) => {
            out.extend([key.code(), item.code()]);
            length(out, entries.len());
            for (k, v) in entries {
                self::value(out, k);
                self::value(out, v);
            }
        }
        Value::Set(of, items) | Value::List(of, items) => list(out, *of, items),
    }
}

fn list(out: &mut Vec<u8>, of: Type, items: &[Value]) {
    out.push(of.code());
    length(out, items.len());
    for item in items {
        value(out, item);
    }
}

/// Appends the fields and the stop.
pub(super) fn structure(out: &mut Vec<u8>, fields: &Struct) {
    for (id, field) in fields.fields() {
        out.push(field.kind().code());
        out.extend(id.to_be_bytes());
        value(out, field);
    }
    out.push(0);
}

/// Appends a string.
pub(super) fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    length(out, bytes.len());
    out.extend(bytes);
}

/// Lengths are of 31 bits; what we send is far below.
fn length(out: &mut Vec<u8>, length: usize) {
    out.extend(i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes());
}
