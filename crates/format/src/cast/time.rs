//! DATE, TIME and TIMESTAMP among themselves and with integers.

use super::{Kernel, wrong_array};
use crate::arrow_schema::{UTC, time_unit};
use crate::arrow_value::{join_timestamp, split_timestamp};
use arrow::array::cast::AsArray;
use arrow::array::types::{
    ArrowPrimitiveType, Date32Type, Int32Type, Int64Type, Time32MillisecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
};
use arrow::array::{Array, ArrayRef, PrimitiveArray};
use arrow::datatypes::{DataType as ArrowType, TimeUnit};
use rimon_spec::{DataType, Error, Result, Timestamp, TypeKind};
use std::sync::Arc;

const MILLIS_PER_DAY: i64 = 86_400_000;

pub(super) fn cast(from: &DataType, to: &DataType) -> Option<Kernel> {
    use TypeKind::{BigInt, Date, Int, LocalZonedTimestamp, Time, Timestamp as Plain};
    match (&from.kind, &to.kind) {
        (Date, Plain { precision }) => {
            let unit = time_unit(*precision);
            Some(Arc::new(move |a| {
                timestamps::<Date32Type>(a, unit, |days| whole(i64::from(days) * MILLIS_PER_DAY))
            }))
        }
        (Time { .. }, Plain { precision }) => {
            let unit = time_unit(*precision);
            Some(Arc::new(move |a| {
                timestamps::<Time32MillisecondType>(a, unit, |ms| whole(ms.into()))
            }))
        }
        (Int, Plain { precision }) => {
            let unit = time_unit(*precision);
            Some(Arc::new(move |a| {
                timestamps::<Int32Type>(a, unit, |s| whole(i64::from(s) * 1_000))
            }))
        }
        (BigInt, Plain { precision }) => {
            let unit = time_unit(*precision);
            Some(Arc::new(move |a| {
                timestamps::<Int64Type>(a, unit, |s| whole(s.wrapping_mul(1_000)))
            }))
        }
        // Towards 1970, as Java divides: the evening before it is day 0.
        (Plain { .. }, Date) => {
            Some(Arc::new(|a| numbers::<Date32Type>(a, |t| (t.millis / MILLIS_PER_DAY) as i32)))
        }
        (Plain { .. }, Time { .. }) => Some(Arc::new(|a| {
            numbers::<Time32MillisecondType>(a, |t| t.millis.rem_euclid(MILLIS_PER_DAY) as i32)
        })),
        (Plain { .. } | LocalZonedTimestamp { .. }, BigInt) => {
            Some(Arc::new(|a| numbers::<Int64Type>(a, |t| t.millis / 1_000)))
        }
        (Plain { .. } | LocalZonedTimestamp { .. }, Int) => {
            Some(Arc::new(|a| numbers::<Int32Type>(a, |t| (t.millis / 1_000) as i32)))
        }
        (Plain { precision: old }, Plain { precision }) => Some(adjust(*old, *precision, false)),
        (LocalZonedTimestamp { precision: old }, LocalZonedTimestamp { precision }) => {
            Some(adjust(*old, *precision, true))
        }
        _ => None,
    }
}

fn whole(millis: i64) -> Timestamp {
    Timestamp { millis, nano_of_milli: 0 }
}

/// Another precision: digits that go are cut off, towards 1970 where they are of whole milliseconds. Few nanoseconds
/// of the second stay: Java counts their digits without leading zeros (`DateTimeUtils.truncate`).
fn adjust(old: u8, precision: u8, zoned: bool) -> Kernel {
    let unit = time_unit(precision);
    Arc::new(move |array| {
        let cut = |t: Timestamp| if precision < old { truncate(t, precision) } else { t };
        let cells = read(array)?.into_iter().map(|t| t.map(cut));
        finish(cells, unit, zoned)
    })
}

fn truncate(value: Timestamp, precision: u8) -> Timestamp {
    let nanos = value.millis.rem_euclid(1_000) * 1_000_000 + i64::from(value.nano_of_milli);
    if precision > 0 && nanos < 10_i64.pow(u32::from(precision)) {
        return value;
    }
    if precision <= 3 {
        let step = 10_i64.pow(u32::from(3 - precision));
        return whole(value.millis / step * step);
    }
    let step = 10_i32.pow(u32::from(9_u8.saturating_sub(precision)));
    Timestamp { nano_of_milli: value.nano_of_milli / step * step, ..value }
}

fn read(array: &ArrayRef) -> Result<Vec<Option<Timestamp>>> {
    fn of<T: ArrowPrimitiveType<Native = i64>>(
        array: &ArrayRef,
        per_milli: i64,
    ) -> Vec<Option<Timestamp>> {
        array.as_primitive::<T>().iter().map(|v| v.map(|v| split_timestamp(v, per_milli))).collect()
    }
    match array.data_type() {
        ArrowType::Timestamp(TimeUnit::Millisecond, _) => {
            Ok(of::<TimestampMillisecondType>(array, 1))
        }
        ArrowType::Timestamp(TimeUnit::Microsecond, _) => {
            Ok(of::<TimestampMicrosecondType>(array, 1_000))
        }
        ArrowType::Timestamp(TimeUnit::Nanosecond, _) => {
            Ok(of::<TimestampNanosecondType>(array, 1_000_000))
        }
        _ => Err(wrong_array(array)),
    }
}

fn numbers<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    one: impl Fn(Timestamp) -> T::Native,
) -> Result<ArrayRef> {
    let cells = read(array)?.into_iter().map(|t| t.map(&one));
    Ok(Arc::new(cells.collect::<PrimitiveArray<T>>()))
}

fn timestamps<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    unit: TimeUnit,
    one: impl Fn(T::Native) -> Timestamp,
) -> Result<ArrayRef> {
    let from = array.as_primitive_opt::<T>().ok_or_else(|| wrong_array(array))?;
    finish(from.iter().map(|v| v.map(&one)), unit, false)
}

fn finish(
    cells: impl Iterator<Item = Option<Timestamp>>,
    unit: TimeUnit,
    zoned: bool,
) -> Result<ArrayRef> {
    let out_of_range = || Error::invalid(format!("a timestamp is out of the range of {unit:?}s"));
    let counts: Vec<Option<i64>> = cells
        .map(|cell| match cell {
            None => Ok(None),
            Some(t) => join_timestamp(t, unit).map(Some).ok_or_else(out_of_range),
        })
        .collect::<Result<_>>()?;
    let zone: Option<Arc<str>> = zoned.then(|| UTC.into());
    Ok(match unit {
        TimeUnit::Nanosecond => Arc::new(
            PrimitiveArray::<TimestampNanosecondType>::from(counts).with_timezone_opt(zone),
        ),
        TimeUnit::Microsecond => Arc::new(
            PrimitiveArray::<TimestampMicrosecondType>::from(counts).with_timezone_opt(zone),
        ),
        _ => Arc::new(
            PrimitiveArray::<TimestampMillisecondType>::from(counts).with_timezone_opt(zone),
        ),
    })
}
