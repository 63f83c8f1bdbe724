//! Casts of an insert: those that keep every value or fail. A fraction of a second may be cut, as SQL's assignment does.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    DataType as ArrowType, Time32MillisecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType,
};
use rimon_spec::{DataField, Error, Result, TypeKind};

/// `column` as an array of type `target`.
///
/// # Errors
/// `Invalid`, naming the column, for types that do not go together and values that do not fit.
pub(crate) fn convert(
    field: &DataField,
    target: &ArrowType,
    column: &ArrayRef,
) -> Result<ArrayRef> {
    let source = column.data_type();
    if source == target {
        return Ok(column.clone());
    }
    if !may_cast(source, target) {
        let wanted = field.data_type.clone().with_nullable(true);
        return Err(Error::invalid(format!("a column of type {source} cannot become {wanted}"))
            .with("column", &field.name));
    }
    let column = floor_to(column, target)?;
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(column.as_ref(), target, &options).map_err(|e| {
        let wanted = field.data_type.clone().with_nullable(true);
        Error::invalid(format!("a value of type {source} does not fit {wanted}"))
            .with("column", &field.name)
            .with_source(e)
    })
}

/// Casts that keep every value or fail; cuts of a second's fraction, which SQL's assignment allows, too.
fn may_cast(source: &ArrowType, target: &ArrowType) -> bool {
    use ArrowType as T;
    match (source, target) {
        (T::Null, _) => true,
        (T::Dictionary(_, values), _) => values.as_ref() == target || may_cast(values, target),
        (T::RunEndEncoded(_, values), _) => may_cast_or_same(values.data_type(), target),
        (s, t) if s.is_integer() => {
            t.is_integer() || matches!(t, T::Decimal128(..)) || t.is_floating() && exact_float(s, t)
        }
        (s, T::Float64) => matches!(s, T::Float32 | T::Float16),
        (s, T::Float32) => matches!(s, T::Float16),
        (
            T::Decimal32(_, from)
            | T::Decimal64(_, from)
            | T::Decimal128(_, from)
            | T::Decimal256(_, from),
            T::Decimal128(_, scale),
        ) => from <= scale,
        (s, T::Utf8 | T::Utf8View) => matches!(s, T::Utf8 | T::LargeUtf8 | T::Utf8View),
        (s, T::Binary) => matches!(s, T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_)),
        (T::Date64, T::Date32) | (T::Time64(_), T::Time32(_)) | (T::Time32(_), T::Time32(_)) => {
            true
        }
        (T::Timestamp(_, from), T::Timestamp(_, to)) => from.is_some() == to.is_some(),
        (T::Date32, T::Timestamp(_, None)) => true,
        (T::List(s) | T::LargeList(s) | T::ListView(s) | T::FixedSizeList(s, _), T::List(t)) => {
            may_cast_or_same(s.data_type(), t.data_type())
        }
        (T::Map(s, _), T::Map(t, _)) => may_cast_or_same(s.data_type(), t.data_type()),
        (T::Struct(s), T::Struct(t)) => {
            s.len() == t.len()
                && s.iter()
                    .zip(t.iter())
                    .all(|(s, t)| may_cast_or_same(s.data_type(), t.data_type()))
        }
        _ => false,
    }
}

fn may_cast_or_same(source: &ArrowType, target: &ArrowType) -> bool {
    source == target || may_cast(source, target)
}

fn exact_float(source: &ArrowType, target: &ArrowType) -> bool {
    let bits = source.primitive_width().unwrap_or(8) * 8;
    let mantissa = if *target == ArrowType::Float64 { 53 } else { 24 };
    bits <= mantissa
}

/// Arrow cuts towards zero where the format, as Java, goes down: cuts times that are finer than `target` first.
fn floor_to(column: &ArrayRef, target: &ArrowType) -> Result<ArrayRef> {
    let (ArrowType::Timestamp(from, _), ArrowType::Timestamp(to, _)) = (column.data_type(), target)
    else {
        return Ok(column.clone());
    };
    match digits(*from).checked_sub(digits(*to)) {
        None | Some(0) => Ok(column.clone()),
        Some(digits) => floor(column, 10i64.pow(digits)),
    }
}

/// Cuts the fraction of a second to the digits that the column's type has.
pub(crate) fn cut_fraction(kind: &TypeKind, column: ArrayRef) -> Result<ArrayRef> {
    let precision = match kind {
        TypeKind::Time { precision }
        | TypeKind::Timestamp { precision }
        | TypeKind::LocalZonedTimestamp { precision } => u32::from(*precision),
        _ => return Ok(column),
    };
    let stored = match column.data_type() {
        ArrowType::Timestamp(unit, _) | ArrowType::Time32(unit) => digits(*unit),
        _ => return Ok(column),
    };
    match stored.checked_sub(precision) {
        None | Some(0) => Ok(column),
        Some(digits) => floor(&column, 10i64.pow(digits)),
    }
}

fn digits(unit: TimeUnit) -> u32 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}

/// Times down to a multiple of `step` of their unit.
fn floor(column: &ArrayRef, step: i64) -> Result<ArrayRef> {
    let down = |v: i64| v.saturating_sub(v.rem_euclid(step));
    Ok(match column.data_type() {
        ArrowType::Time32(TimeUnit::Millisecond) => {
            let down = |v: i32| v.saturating_sub(i64::from(v).rem_euclid(step) as i32);
            Arc::new(
                typed::<Time32MillisecondType>(column)?.unary::<_, Time32MillisecondType>(down),
            )
        }
        ArrowType::Timestamp(TimeUnit::Millisecond, zone) => {
            let times = typed::<TimestampMillisecondType>(column)?;
            let times: PrimitiveArray<TimestampMillisecondType> = times.unary(down);
            Arc::new(times.with_timezone_opt(zone.clone()))
        }
        ArrowType::Timestamp(TimeUnit::Microsecond, zone) => {
            let times = typed::<TimestampMicrosecondType>(column)?;
            let times: PrimitiveArray<TimestampMicrosecondType> = times.unary(down);
            Arc::new(times.with_timezone_opt(zone.clone()))
        }
        ArrowType::Timestamp(TimeUnit::Nanosecond, zone) => {
            let times = typed::<TimestampNanosecondType>(column)?;
            let times: PrimitiveArray<TimestampNanosecondType> = times.unary(down);
            Arc::new(times.with_timezone_opt(zone.clone()))
        }
        _ => column.clone(),
    })
}

fn typed<T: ArrowPrimitiveType>(column: &ArrayRef) -> Result<&PrimitiveArray<T>> {
    let typed = column.as_primitive_opt::<T>();
    typed.ok_or_else(|| Error::internal("a column has another type than it says"))
}
