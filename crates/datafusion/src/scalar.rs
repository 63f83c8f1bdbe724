//! Single values between DataFusion and the format.

use datafusion::scalar::ScalarValue;
use rimon_spec::{Decimal, Timestamp, TypeKind, Value};

/// A literal as a value of a column's type; `None` when it is not of that type, exactly, or is null.
pub(crate) fn to_value(scalar: &ScalarValue, kind: &TypeKind) -> Option<Value> {
    use ScalarValue as S;
    Some(match (scalar, kind) {
        (S::Dictionary(_, inner), _) => return to_value(inner, kind),
        (S::Boolean(Some(v)), TypeKind::Boolean) => Value::Boolean(*v),
        (S::Int8(Some(v)), TypeKind::TinyInt) => Value::TinyInt(*v),
        (S::Int16(Some(v)), TypeKind::SmallInt) => Value::SmallInt(*v),
        (S::Int32(Some(v)), TypeKind::Int) => Value::Int(*v),
        (S::Int64(Some(v)), TypeKind::BigInt) => Value::BigInt(*v),
        (S::Float32(Some(v)), TypeKind::Float) => Value::Float(*v),
        (S::Float64(Some(v)), TypeKind::Double) => Value::Double(*v),
        (S::Date32(Some(v)), TypeKind::Date) => Value::Date(*v),
        (S::Time32Millisecond(Some(v)), TypeKind::Time { .. }) => Value::Time(*v),
        (S::Decimal128(Some(v), _, scale), TypeKind::Decimal { precision, scale: s })
            if i16::from(*scale) == i16::from(*s) =>
        {
            Value::Decimal(Decimal { unscaled: *v, precision: *precision, scale: *s })
        }
        (S::Utf8(Some(v)) | S::LargeUtf8(Some(v)) | S::Utf8View(Some(v)), kind)
            if is_text(kind) =>
        {
            Value::String(v.clone())
        }
        (
            S::Binary(Some(v)) | S::LargeBinary(Some(v)) | S::BinaryView(Some(v)),
            TypeKind::Binary { .. } | TypeKind::VarBinary { .. },
        ) => Value::Bytes(v.clone()),
        (scalar, TypeKind::Timestamp { .. }) => Value::Timestamp(timestamp(scalar, false)?),
        (scalar, TypeKind::LocalZonedTimestamp { .. }) => {
            Value::Timestamp(timestamp(scalar, true)?)
        }
        _ => return None,
    })
}

fn is_text(kind: &TypeKind) -> bool {
    matches!(kind, TypeKind::Char { .. } | TypeKind::VarChar { .. })
}

/// A time zone only changes how an instant is shown, so any zone is good for a zoned column.
fn timestamp(scalar: &ScalarValue, zoned: bool) -> Option<Timestamp> {
    use ScalarValue as S;
    let (value, per_milli, zone) = match scalar {
        S::TimestampSecond(Some(v), zone) => (v.checked_mul(1_000)?, 1, zone),
        S::TimestampMillisecond(Some(v), zone) => (*v, 1, zone),
        S::TimestampMicrosecond(Some(v), zone) => (*v, 1_000, zone),
        S::TimestampNanosecond(Some(v), zone) => (*v, 1_000_000, zone),
        _ => return None,
    };
    if zone.is_some() != zoned {
        return None;
    }
    let nanos = value.rem_euclid(per_milli) * (1_000_000 / per_milli);
    Some(Timestamp {
        millis: value.div_euclid(per_milli),
        nano_of_milli: i32::try_from(nanos).ok()?,
    })
}
