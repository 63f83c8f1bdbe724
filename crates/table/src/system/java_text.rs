//! Values as Java's `toString` and flat JSON show them in system tables.

use rimon_spec::{DataField, Decimal, Timestamp, Value};
use serde_json::{Map, Value as Json};

/// What `String.valueOf` gives for the object Java holds for a value.
pub(super) fn java_string(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Boolean(v) => v.to_string(),
        Value::TinyInt(v) => v.to_string(),
        Value::SmallInt(v) => v.to_string(),
        Value::Int(v) | Value::Date(v) | Value::Time(v) => v.to_string(),
        Value::BigInt(v) => v.to_string(),
        Value::Float(_) | Value::Double(_) => floating(value),
        Value::Decimal(v) => decimal(v),
        Value::Timestamp(v) => timestamp(v),
        Value::String(v) => v.clone(),
        // Java shows the array's identity, which means nothing; the bytes do.
        Value::Bytes(v) => v.iter().map(|b| format!("{b:02x}")).collect(),
    }
}

/// `Double.toString` and `Float.toString`.
fn floating(value: &Value) -> String {
    let data_type = match value {
        Value::Float(_) => rimon_spec::TypeKind::Float,
        _ => rimon_spec::TypeKind::Double,
    };
    value.to_sql_string(&rimon_spec::DataType::new(data_type))
}

/// `BigDecimal.toPlainString`.
fn decimal(value: &Decimal) -> String {
    let digits = value.unscaled.unsigned_abs().to_string();
    let sign = if value.unscaled < 0 { "-" } else { "" };
    let scale = usize::from(value.scale);
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

/// `LocalDateTime.toString`: seconds left out when zero, fractions in groups of three digits.
fn timestamp(value: &Timestamp) -> String {
    let Some(time) = chrono::DateTime::from_timestamp_millis(value.millis) else {
        return value.millis.to_string();
    };
    let time = time.naive_utc();
    let nanos = value.millis.rem_euclid(1000) * 1_000_000 + i64::from(value.nano_of_milli);
    let seconds = value.millis.div_euclid(1000).rem_euclid(60);
    let mut text = time.format("%Y-%m-%dT%H:%M").to_string();
    if seconds != 0 || nanos != 0 {
        text.push_str(&format!(":{seconds:02}"));
    }
    if nanos != 0 {
        let digits = format!("{nanos:09}");
        let shown = match nanos {
            n if n % 1_000_000 == 0 => digits.get(..3),
            n if n % 1000 == 0 => digits.get(..6),
            _ => Some(digits.as_str()),
        };
        text.push('.');
        text.push_str(shown.unwrap_or(&digits));
    }
    text
}

/// The fields of a schema as flat JSON.
pub(super) fn fields_json(fields: &[DataField]) -> String {
    Json::Array(fields.iter().map(field_json).collect()).to_string()
}

fn field_json(field: &DataField) -> Json {
    let mut object = Map::new();
    object.insert("id".into(), Json::from(field.id));
    object.insert("name".into(), Json::from(field.name.as_str()));
    object.insert("type".into(), field.data_type.to_json());
    if let Some(description) = &field.description {
        object.insert("description".into(), Json::from(description.as_str()));
    }
    if let Some(default) = &field.default_value {
        object.insert("defaultValue".into(), Json::from(default.as_str()));
    }
    Json::Object(object)
}

/// `["a","b"]`
pub(super) fn names_json(names: &[String]) -> String {
    Json::from(names).to_string()
}

/// `{"k":"v"}` in the order of the schema file.
pub(super) fn options_json<'a>(
    options: impl IntoIterator<Item = (&'a String, &'a String)>,
) -> String {
    let object: Map<_, _> =
        options.into_iter().map(|(k, v)| (k.clone(), Json::from(v.as_str()))).collect();
    Json::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_drop_what_java_drops() {
        let at = |millis, nano_of_milli| timestamp(&Timestamp { millis, nano_of_milli });
        assert_eq!(at(0, 0), "1970-01-01T00:00");
        assert_eq!(at(-1, 0), "1969-12-31T23:59:59.999");
        assert_eq!(at(5000, 1000), "1970-01-01T00:00:05.000001");
        assert_eq!(at(60_000, 1), "1970-01-01T00:01:00.000000001");
    }

    #[test]
    fn decimals_keep_their_scale() {
        let of = |unscaled, scale| decimal(&Decimal { unscaled, precision: 10, scale });
        assert_eq!(of(-5, 2), "-0.05");
        assert_eq!(of(1500, 3), "1.500");
        assert_eq!(of(7, 0), "7");
    }
}
