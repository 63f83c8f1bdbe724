//! Rows in the JSON form of the expected files.

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, RecordBatch};
use rimon_format::arrow_value::value_at;
use rimon_spec::{DataField, DataType, TypeKind, Value};
use serde_json::{Map, Value as Json, json};

/// The rows of `batch`, sorted by bytes.
pub(crate) fn rows(batch: &RecordBatch, fields: &[DataField]) -> Vec<String> {
    let mut rows: Vec<String> = (0..batch.num_rows())
        .map(|row| {
            let mut object = Map::new();
            object.insert("_kind".into(), json!("+I"));
            for (field, column) in fields.iter().zip(batch.columns()) {
                object.insert(field.name.clone(), cell(column, row, &field.data_type));
            }
            Json::Object(object).to_string()
        })
        .collect();
    rows.sort();
    rows
}

fn cell(array: &ArrayRef, row: usize, data_type: &DataType) -> Json {
    if array.is_null(row) {
        return Json::Null;
    }
    match &data_type.kind {
        TypeKind::Array(element) => {
            let list = array.as_list::<i32>().value(row);
            (0..list.len()).map(|i| cell(&list, i, element)).collect()
        }
        TypeKind::Map { key, value } => map(array, row, key, value),
        TypeKind::Multiset(key) => map(array, row, key, &DataType::not_null(TypeKind::Int)),
        TypeKind::Row(fields) => {
            let rows = array.as_struct();
            let pairs = fields.iter().zip(rows.columns());
            pairs.map(|(f, c)| (f.name.clone(), cell(c, row, &f.data_type))).collect()
        }
        _ => scalar(value_at(array, row, data_type).unwrap(), data_type),
    }
}

fn map(array: &ArrayRef, row: usize, key: &DataType, value: &DataType) -> Json {
    let entries = array.as_map().value(row);
    let (keys, values) = (entries.column(0), entries.column(1));
    let mut pairs: Vec<Json> =
        (0..entries.len()).map(|i| json!([cell(keys, i, key), cell(values, i, value)])).collect();
    pairs.sort_by_key(|pair| pair.to_string());
    Json::Array(pairs)
}

fn scalar(value: Value, data_type: &DataType) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(v) => json!(v),
        Value::TinyInt(v) => json!(v),
        Value::SmallInt(v) => json!(v),
        Value::Int(v) => json!(v),
        Value::BigInt(v) => json!(v),
        Value::Float(v) => json!(floating(v.is_nan(), format!("{v:e}"))),
        Value::Double(v) => json!(floating(v.is_nan(), format!("{v:e}"))),
        Value::Decimal(d) => {
            let digits = format!("{:0>width$}", d.unscaled.abs(), width = d.scale as usize + 1);
            let (whole, fraction) = digits.split_at(digits.len() - d.scale as usize);
            let sign = if d.unscaled < 0 { "-" } else { "" };
            let point = if d.scale == 0 { "" } else { "." };
            json!(format!("{sign}{whole}{point}{fraction}"))
        }
        Value::Date(days) => json!(date(i64::from(days))),
        Value::Time(ms) => json!(clock(i64::from(ms), 3, 0)),
        Value::Timestamp(t) => {
            let (precision, zone) = match data_type.kind {
                TypeKind::LocalZonedTimestamp { precision } => (precision, "Z"),
                _ => (data_type.time_precision().unwrap(), ""),
            };
            let (day, ms) = (t.millis.div_euclid(86_400_000), t.millis.rem_euclid(86_400_000));
            json!(format!("{}T{}{zone}", date(day), clock(ms, precision, t.nano_of_milli)))
        }
        Value::String(s) => json!(s),
        Value::Bytes(b) => json!(b.iter().map(|b| format!("{b:02x}")).collect::<String>()),
    }
}

fn floating(nan: bool, text: String) -> String {
    if nan { "NaN".to_owned() } else { text }
}

fn clock(ms: i64, precision: u8, nano_of_milli: i32) -> String {
    let (h, m, s) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    let fraction = format!("{:03}{nano_of_milli:06}", ms % 1_000);
    let used = fraction.trim_end_matches('0').len();
    let digits = if used > precision as usize { 9 } else { precision as usize };
    let point = if digits == 0 { "" } else { "." };
    format!("{h:02}:{m:02}:{s:02}{point}{}", &fraction[..digits])
}

/// Civil date of a day since 1970 (Howard Hinnant's algorithm).
fn date(days: i64) -> String {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (d, m) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let y = yoe + era * 400 + i64::from(m <= 2);
    format!("{y:04}-{m:02}-{d:02}")
}
