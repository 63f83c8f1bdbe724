//! Arrow batches as the oracle's row lines.

use std::fmt::Write as _;

use arrow::array::{Array, AsArray, RecordBatch, StructArray};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, Time32MillisecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType,
};
use rimon_spec::{DataField, DataType, TypeKind};

use super::{calendar, float, variant};

/// The rows of a batch, each with the kind `+I`. Columns must be those of `fields`, in their order, each in the one
/// Arrow type that its Paimon type has.
///
/// # Panics
/// When a column is missing, has another name, or another Arrow type.
pub fn lines(batch: &RecordBatch, fields: &[DataField]) -> Vec<String> {
    lines_of_kinds(batch, fields, |_| "+I")
}

/// The same with a kind for each row.
///
/// # Panics
/// As [`lines`].
pub fn lines_of_kinds(
    batch: &RecordBatch,
    fields: &[DataField],
    kind: impl Fn(usize) -> &'static str,
) -> Vec<String> {
    let columns = StructArray::from(batch.clone());
    (0..batch.num_rows())
        .map(|row| {
            let mut out = format!("{{\"_kind\":\"{}\"", kind(row));
            members(&mut out, &columns, row, fields, true);
            out
        })
        .collect()
}

fn members(out: &mut String, columns: &StructArray, row: usize, fields: &[DataField], open: bool) {
    let names: Vec<_> = columns.fields().iter().map(|f| f.name().as_str()).collect();
    let wanted: Vec<_> = fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, wanted, "columns of the batch and of the schema");
    let mut comma = open;
    for (field, column) in fields.iter().zip(columns.columns()) {
        if comma {
            out.push(',');
        }
        comma = true;
        text(out, &field.name);
        out.push(':');
        value(out, column.as_ref(), row, &field.data_type);
    }
    out.push('}');
}

fn text(out: &mut String, s: &str) {
    out.push_str(&serde_json::to_string(s).expect("a string"));
}

fn put(out: &mut String, args: std::fmt::Arguments<'_>) {
    out.write_fmt(args).expect("writing to memory");
}

fn value(out: &mut String, a: &dyn Array, row: usize, data_type: &DataType) {
    if a.is_null(row) {
        out.push_str("null");
        return;
    }
    match (&data_type.kind, a.data_type()) {
        (TypeKind::Boolean, ArrowType::Boolean) => {
            put(out, format_args!("{}", a.as_boolean().value(row)));
        }
        (TypeKind::TinyInt, ArrowType::Int8) => {
            put(out, format_args!("{}", a.as_primitive::<Int8Type>().value(row)));
        }
        (TypeKind::SmallInt, ArrowType::Int16) => {
            put(out, format_args!("{}", a.as_primitive::<Int16Type>().value(row)));
        }
        (TypeKind::Int, ArrowType::Int32) => {
            put(out, format_args!("{}", a.as_primitive::<Int32Type>().value(row)));
        }
        (TypeKind::BigInt, ArrowType::Int64) => {
            put(out, format_args!("{}", a.as_primitive::<Int64Type>().value(row)));
        }
        (TypeKind::Float, ArrowType::Float32) => {
            put(
                out,
                format_args!("\"{}\"", float::text(&a.as_primitive::<Float32Type>().value(row))),
            );
        }
        (TypeKind::Double, ArrowType::Float64) => {
            put(
                out,
                format_args!("\"{}\"", float::text(&a.as_primitive::<Float64Type>().value(row))),
            );
        }
        (TypeKind::Decimal { precision, scale }, ArrowType::Decimal128(p, s)) => {
            assert_eq!((*precision, i32::from(*scale)), (*p, i32::from(*s)), "decimal type");
            decimal(out, a.as_primitive::<Decimal128Type>().value(row), usize::from(*scale));
        }
        (TypeKind::Char { .. } | TypeKind::VarChar { .. }, ArrowType::Utf8) => {
            text(out, a.as_string::<i32>().value(row));
        }
        (
            TypeKind::Binary { .. } | TypeKind::VarBinary { .. } | TypeKind::Blob,
            ArrowType::Binary,
        ) => hex(out, a.as_binary::<i32>().value(row)),
        (TypeKind::Date, ArrowType::Date32) => {
            let days = a.as_primitive::<Date32Type>().value(row);
            put(out, format_args!("\"{}\"", calendar::date_text(i64::from(days))));
        }
        (TypeKind::Time { .. }, ArrowType::Time32(TimeUnit::Millisecond)) => {
            let ms = i64::from(a.as_primitive::<Time32MillisecondType>().value(row));
            let clock = calendar::time_text(ms / 1000, ms % 1000 * 1_000_000, 3);
            put(out, format_args!("\"{clock}\""));
        }
        (TypeKind::Timestamp { precision }, ArrowType::Timestamp(_, None)) => {
            put(out, format_args!("\"{}\"", timestamp(a, row, *precision)));
        }
        (TypeKind::LocalZonedTimestamp { precision }, ArrowType::Timestamp(_, Some(tz))) => {
            assert_eq!(tz.as_ref(), "UTC", "time zone of the column");
            put(out, format_args!("\"{}Z\"", timestamp(a, row, *precision)));
        }
        _ => nested(out, a, row, data_type),
    }
}

fn nested(out: &mut String, a: &dyn Array, row: usize, data_type: &DataType) {
    match (&data_type.kind, a.data_type()) {
        (TypeKind::Array(element), ArrowType::List(_)) => {
            let items = a.as_list::<i32>().value(row);
            out.push('[');
            for i in 0..items.len() {
                if i > 0 {
                    out.push(',');
                }
                value(out, items.as_ref(), i, element);
            }
            out.push(']');
        }
        (TypeKind::Map { key, value }, ArrowType::Map(..)) => map(out, a, row, key, value),
        (TypeKind::Multiset(element), ArrowType::Map(..)) => {
            map(out, a, row, element, &DataType::not_null(TypeKind::Int));
        }
        (TypeKind::Variant, ArrowType::Struct(_)) => {
            let cell = |i: usize| a.as_struct().column(i).as_binary::<i32>().value(row);
            let (value, metadata) = (cell(0), cell(1));
            out.push_str("{\"json\":");
            text(out, &variant::json(value, metadata));
            out.push_str(",\"metadata\":");
            hex(out, metadata);
            out.push_str(",\"value\":");
            hex(out, value);
            out.push('}');
        }
        (TypeKind::Row(fields), ArrowType::Struct(_)) => {
            out.push('{');
            members(out, a.as_struct(), row, fields, false);
        }
        (kind, arrow) => panic!("a column of type {kind:?} has the Arrow type {arrow}"),
    }
}

fn map(out: &mut String, a: &dyn Array, row: usize, key: &DataType, item: &DataType) {
    let entries = a.as_map().value(row);
    let mut pairs: Vec<String> = (0..entries.len())
        .map(|i| {
            let mut pair = String::from("[");
            value(&mut pair, entries.column(0).as_ref(), i, key);
            pair.push(',');
            value(&mut pair, entries.column(1).as_ref(), i, item);
            pair.push(']');
            pair
        })
        .collect();
    pairs.sort();
    put(out, format_args!("[{}]", pairs.join(",")));
}

fn decimal(out: &mut String, unscaled: i128, scale: usize) {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let point = if scale == 0 { "" } else { "." };
    put(out, format_args!("\"{sign}{whole}{point}{fraction}\""));
}

fn hex(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for b in bytes {
        put(out, format_args!("{b:02x}"));
    }
    out.push('"');
}

fn timestamp(a: &dyn Array, row: usize, precision: u8) -> String {
    let (ticks, per_second) = match (precision, a.data_type()) {
        (0..=3, ArrowType::Timestamp(TimeUnit::Millisecond, _)) => {
            (a.as_primitive::<TimestampMillisecondType>().value(row), 1_000)
        }
        (4..=6, ArrowType::Timestamp(TimeUnit::Microsecond, _)) => {
            (a.as_primitive::<TimestampMicrosecondType>().value(row), 1_000_000)
        }
        (7..=9, ArrowType::Timestamp(TimeUnit::Nanosecond, _)) => {
            (a.as_primitive::<TimestampNanosecondType>().value(row), 1_000_000_000)
        }
        (_, other) => panic!("a timestamp of precision {precision} has the Arrow type {other}"),
    };
    let seconds = ticks.div_euclid(per_second);
    let nanos = ticks.rem_euclid(per_second) * (1_000_000_000 / per_second);
    let declared = 10_i64.pow(u32::from(9 - precision));
    let digits = if nanos % declared == 0 { usize::from(precision) } else { 9 };
    let date = calendar::date_text(seconds.div_euclid(86_400));
    format!("{date}T{}", calendar::time_text(seconds.rem_euclid(86_400), nanos, digits))
}
