//! INT96 timestamps: nanoseconds of the day (8 bytes) and Julian day (4 bytes), little endian. Java divides towards
//! zero, so that times before 1970 have negative nanoseconds of the day (`ParquetRowDataWriter.timestampToInt96`).

use crate::arrow_schema::UTC;
use crate::arrow_value::split_timestamp;
use arrow::array::cast::AsArray;
use arrow::array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
};
use arrow::array::{Array, ArrayRef, FixedSizeBinaryArray, PrimitiveArray};
use arrow::buffer::{Buffer, MutableBuffer};
use arrow::datatypes::{DataType as ArrowType, TimeUnit};
use rimon_spec::{Error, Result};
use std::sync::Arc;

const JULIAN_EPOCH: i64 = 2_440_588;
const MILLIS_PER_DAY: i64 = 86_400_000;
const NANOS_PER_DAY: i64 = 86_400_000_000_000;

/// The timestamps of an array of twelve bytes each, in `unit`.
///
/// # Errors
/// `Unsupported` for instants beyond the range of nanoseconds in 64 bits (1677 to 2262).
pub(crate) fn decode(array: &ArrayRef, unit: TimeUnit, zoned: bool) -> Result<ArrayRef> {
    let bytes = array
        .as_fixed_size_binary_opt()
        .filter(|b| b.value_length() == 12)
        .ok_or_else(|| Error::internal("INT96 values that are not twelve bytes"))?;
    let count = |value: &[u8]| -> Option<i64> {
        let (low, high) = value.split_at_checked(8)?;
        let nanos = i64::from_le_bytes(low.try_into().ok()?);
        let day = i64::from(i32::from_le_bytes(high.try_into().ok()?)) - JULIAN_EPOCH;
        let total = i128::from(day) * i128::from(NANOS_PER_DAY) + i128::from(nanos);
        let per_unit = match unit {
            TimeUnit::Nanosecond => 1,
            TimeUnit::Microsecond => 1_000,
            TimeUnit::Millisecond => 1_000_000,
            TimeUnit::Second => 1_000_000_000,
        };
        i64::try_from(total.div_euclid(per_unit)).ok()
    };
    let out_of_range = || {
        Error::unsupported("a TIMESTAMP of nanoseconds beyond the years 1677 to 2262")
            .with_hint("a precision of 6 or less reads it")
    };
    let cells: Vec<Option<i64>> = bytes
        .iter()
        .map(|value| value.map(|v| count(v).ok_or_else(out_of_range)).transpose())
        .collect::<Result<_>>()?;
    let zone: Option<Arc<str>> = zoned.then(|| UTC.into());
    Ok(match unit {
        TimeUnit::Nanosecond => {
            Arc::new(PrimitiveArray::<TimestampNanosecondType>::from(cells).with_timezone_opt(zone))
        }
        TimeUnit::Microsecond => Arc::new(
            PrimitiveArray::<TimestampMicrosecondType>::from(cells).with_timezone_opt(zone),
        ),
        _ => Arc::new(
            PrimitiveArray::<TimestampMillisecondType>::from(cells).with_timezone_opt(zone),
        ),
    })
}

/// Nanosecond timestamps as twelve bytes each.
///
/// # Errors
/// `Internal` when the array is of another type.
pub(crate) fn encode(array: &ArrayRef) -> Result<ArrayRef> {
    let ArrowType::Timestamp(TimeUnit::Nanosecond, _) = array.data_type() else {
        return Err(Error::internal(format!("an INT96 column was given {}", array.data_type())));
    };
    let nanos = array.as_primitive::<TimestampNanosecondType>();
    let mut bytes = MutableBuffer::with_capacity(nanos.len() * 12);
    for value in nanos.values() {
        let instant = split_timestamp(*value, 1_000_000);
        let (day, millis) = (instant.millis / MILLIS_PER_DAY, instant.millis % MILLIS_PER_DAY);
        let in_day = millis * 1_000_000 + i64::from(instant.nano_of_milli);
        let julian = i32::try_from(day + JULIAN_EPOCH).unwrap_or(i32::MAX);
        bytes.extend_from_slice(&in_day.to_le_bytes());
        bytes.extend_from_slice(&julian.to_le_bytes());
    }
    let array = FixedSizeBinaryArray::try_new(12, Buffer::from(bytes), nanos.nulls().cloned())
        .map_err(|e| Error::internal("encoding INT96").with_source(e))?;
    Ok(Arc::new(array))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_1970_have_negative_nanoseconds() -> Result<()> {
        let nanos: ArrayRef = Arc::new(PrimitiveArray::<TimestampNanosecondType>::from(vec![-1]));
        let bytes = encode(&nanos)?;
        let expected =
            [&(-1_i64).to_le_bytes()[..], &(JULIAN_EPOCH as i32).to_le_bytes()[..]].concat();
        assert_eq!(bytes.as_fixed_size_binary().value(0), expected);
        assert_eq!(&decode(&bytes, TimeUnit::Nanosecond, false)?, &nanos);
        Ok(())
    }

    #[test]
    fn beyond_the_range_of_nanoseconds_is_an_error() -> Result<()> {
        let value = [&0_i64.to_le_bytes()[..], &1_721_426_i32.to_le_bytes()[..]].concat();
        let array: ArrayRef = Arc::new(
            FixedSizeBinaryArray::try_from_iter([value].into_iter())
                .map_err(|e| Error::internal("test").with_source(e))?,
        );
        let error = decode(&array, TimeUnit::Nanosecond, false).unwrap_err();
        assert_eq!(error.kind(), rimon_spec::ErrorKind::Unsupported);
        assert!(decode(&array, TimeUnit::Microsecond, false).is_ok());
        Ok(())
    }
}
