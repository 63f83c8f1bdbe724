//! Row lines as Arrow batches.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int8Array, Int16Array, Int32Array, Int64Array, ListArray, MapArray, RecordBatch, StringArray,
    StructArray, Time32MillisecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType as ArrowType, SchemaRef, TimeUnit};
use serde_json::Value;

use super::calendar;

/// Rows to write: columns, and a kind for each row.
#[derive(Debug, Clone)]
pub struct Rows {
    /// The columns of the schema, in its order.
    pub batch: RecordBatch,
    /// `+I`, `-U`, `+U` or `-D` for each row; `+I` where the line names none.
    pub kinds: Vec<String>,
}

impl Rows {
    /// Makes a batch of `schema` from JSON objects; what a row leaves out is null.
    ///
    /// # Panics
    /// When a value does not fit its column.
    pub fn from_json(rows: &[Value], schema: &SchemaRef) -> Self {
        let columns = schema
            .fields()
            .iter()
            .map(|f| {
                let cells: Vec<_> = rows.iter().map(|r| r.get(f.name())).collect();
                array(&cells, f.data_type())
            })
            .collect();
        let kind = |r: &Value| r.get("_kind").and_then(Value::as_str).unwrap_or("+I").to_owned();
        Self {
            batch: RecordBatch::try_new(schema.clone(), columns).expect("a batch"),
            kinds: rows.iter().map(kind).collect(),
        }
    }
}

/// One column from JSON values.
///
/// # Panics
/// When a value does not fit the type, or the type is none that Paimon has.
pub fn array(cells: &[Option<&Value>], data_type: &ArrowType) -> ArrayRef {
    let cells: Vec<Option<&Value>> = cells.iter().map(|c| c.filter(|v| !v.is_null())).collect();
    let ints = || cells.iter().map(|c| c.map(int));
    match data_type {
        ArrowType::Boolean => Arc::new(
            cells
                .iter()
                .map(|c| c.map(|v| v.as_bool().expect("a boolean")))
                .collect::<BooleanArray>(),
        ),
        ArrowType::Int8 => Arc::new(ints().map(|c| c.map(narrow)).collect::<Int8Array>()),
        ArrowType::Int16 => Arc::new(ints().map(|c| c.map(narrow)).collect::<Int16Array>()),
        ArrowType::Int32 => Arc::new(ints().map(|c| c.map(narrow)).collect::<Int32Array>()),
        ArrowType::Int64 => Arc::new(ints().collect::<Int64Array>()),
        ArrowType::Float32 => {
            Arc::new(cells.iter().map(|c| c.map(float32)).collect::<Float32Array>())
        }
        ArrowType::Float64 => {
            Arc::new(cells.iter().map(|c| c.map(float64)).collect::<Float64Array>())
        }
        ArrowType::Decimal128(p, s) => {
            let values = cells.iter().map(|c| c.map(|v| decimal(string(v), *s)));
            let values = values.collect::<Decimal128Array>();
            Arc::new(values.with_precision_and_scale(*p, *s).expect("a decimal type"))
        }
        ArrowType::Utf8 => Arc::new(cells.iter().map(|c| c.map(string)).collect::<StringArray>()),
        ArrowType::Binary => {
            let bytes: Vec<Option<Vec<u8>>> = cells.iter().map(|c| c.map(unhex)).collect();
            Arc::new(bytes.iter().map(|b| b.as_deref()).collect::<BinaryArray>())
        }
        ArrowType::Date32 => {
            let days = cells.iter().map(|c| c.map(|v| narrow(calendar::date_days(string(v)))));
            Arc::new(days.collect::<Date32Array>())
        }
        ArrowType::Time32(TimeUnit::Millisecond) => {
            let ms = |v| narrow(calendar::time_nanos(string(v)) / 1_000_000);
            Arc::new(cells.iter().map(|c| c.map(ms)).collect::<Time32MillisecondArray>())
        }
        ArrowType::Timestamp(unit, tz) => timestamps(&cells, *unit, tz.clone()),
        _ => nested(&cells, data_type),
    }
}

fn timestamps(cells: &[Option<&Value>], unit: TimeUnit, tz: Option<Arc<str>>) -> ArrayRef {
    let ticks = |per_second: i64| {
        let ticks = move |v: &Value| timestamp(string(v), per_second);
        cells.iter().map(|c| c.map(ticks)).collect::<Vec<Option<i64>>>()
    };
    match unit {
        TimeUnit::Millisecond => {
            Arc::new(TimestampMillisecondArray::from(ticks(1_000)).with_timezone_opt(tz))
        }
        TimeUnit::Microsecond => {
            Arc::new(TimestampMicrosecondArray::from(ticks(1_000_000)).with_timezone_opt(tz))
        }
        TimeUnit::Nanosecond => {
            Arc::new(TimestampNanosecondArray::from(ticks(1_000_000_000)).with_timezone_opt(tz))
        }
        TimeUnit::Second => panic!("no Paimon type has timestamps in seconds"),
    }
}

fn nested(cells: &[Option<&Value>], data_type: &ArrowType) -> ArrayRef {
    let nulls = NullBuffer::from_iter(cells.iter().map(Option::is_some));
    let empty = Vec::new();
    let items = |c: &Option<&Value>| match c {
        Some(v) => v.as_array().expect("an array").clone(),
        None => empty.clone(),
    };
    match data_type {
        ArrowType::List(element) => {
            let lists: Vec<Vec<Value>> = cells.iter().map(items).collect();
            let flat: Vec<_> = lists.iter().flatten().map(Some).collect();
            let values = array(&flat, element.data_type());
            let offsets = OffsetBuffer::from_lengths(lists.iter().map(Vec::len));
            Arc::new(ListArray::new(element.clone(), offsets, values, Some(nulls)))
        }
        ArrowType::Map(entries, sorted) => {
            let ArrowType::Struct(pair) = entries.data_type() else {
                panic!("a map without entries");
            };
            let lists: Vec<Vec<Value>> = cells.iter().map(items).collect();
            let column = |i: usize| {
                let flat: Vec<_> = lists.iter().flatten().map(|p| p.get(i)).collect();
                array(&flat, pair[i].data_type())
            };
            let values = StructArray::new(pair.clone(), vec![column(0), column(1)], None);
            let offsets = OffsetBuffer::from_lengths(lists.iter().map(Vec::len));
            Arc::new(MapArray::new(entries.clone(), offsets, values, Some(nulls), *sorted))
        }
        ArrowType::Struct(fields) if fields.is_empty() => {
            Arc::new(StructArray::new_empty_fields(cells.len(), Some(nulls)))
        }
        ArrowType::Struct(fields) => {
            let columns = fields
                .iter()
                .map(|f| {
                    let inner: Vec<_> =
                        cells.iter().map(|c| c.and_then(|v| v.get(f.name()))).collect();
                    array(&inner, f.data_type())
                })
                .collect();
            Arc::new(StructArray::new(fields.clone(), columns, Some(nulls)))
        }
        other => panic!("no Paimon type has the Arrow type {other}"),
    }
}

fn string(v: &Value) -> &str {
    v.as_str().unwrap_or_else(|| panic!("{v} is not a string"))
}

fn int(v: &Value) -> i64 {
    v.as_i64().unwrap_or_else(|| panic!("{v} is not a whole number"))
}

fn narrow<T: TryFrom<i64>>(v: i64) -> T {
    T::try_from(v).unwrap_or_else(|_| panic!("{v} is out of range"))
}

fn float32(v: &Value) -> f32 {
    match v.as_f64() {
        Some(_) => v.to_string().parse().expect("a float"),
        None => string(v).parse().expect("a float"),
    }
}

fn float64(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| string(v).parse().expect("a float"))
}

fn decimal(text: &str, scale: i8) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let width = usize::try_from(scale).expect("a scale");
    assert!(fraction.len() <= width, "{text} has more than {width} digits after the point");
    format!("{whole}{fraction:0<width$}").parse().expect("a decimal")
}

fn unhex(v: &Value) -> Vec<u8> {
    let text = string(v);
    (0..text.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex digits"))
        .collect()
}

fn timestamp(text: &str, per_second: i64) -> i64 {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, clock) = text.split_once('T').expect("a timestamp");
    let nanos = calendar::time_nanos(clock);
    let unit = 1_000_000_000 / per_second;
    assert_eq!(nanos % unit, 0, "{text} has more digits than its column");
    calendar::date_days(date)
        .checked_mul(86_400 * per_second)
        .and_then(|t| t.checked_add(nanos / unit))
        .expect("a timestamp in range")
}
