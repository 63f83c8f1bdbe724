//! Timestamps: seconds since 2015 and nanoseconds of the second, as Java's reader puts them together.

use super::column::primitive;
use super::integers::Integers;
use super::stripe::{DATA, SECONDARY, Streams};
use super::tail::Kind;
use arrow::array::timezone::Tz;
use arrow::array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
};
use arrow::array::{Array, ArrayRef, make_array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType as ArrowType, TimeUnit};
use chrono::{Offset, TimeZone};
use rimon_spec::{Error, Result};

/// 2015-01-01 00:00:00 UTC.
const EPOCH_SECONDS: i64 = 1_420_070_400;

/// A timestamp is, in the table, the wall clock of the writer's zone: with zone (`Instant`) because Paimon writes
/// TIMESTAMP WITH LOCAL TIME ZONE off by the zone's offset unless `orc.timestamp-ltz.legacy.type` is `false`.
#[derive(Debug)]
pub(super) struct Timestamps {
    seconds: Integers,
    nanos: Integers,
    /// Seconds that the file counts from.
    base: i64,
    /// The writer's zone; `None`: UTC.
    zone: Option<Tz>,
    arrow: ArrowType,
}

impl Timestamps {
    pub(super) fn new(
        streams: &Streams,
        index: usize,
        kind: Kind,
        arrow: ArrowType,
    ) -> Result<Self> {
        let second = streams.encoding(index).second;
        let zone = zone_of(streams.zone.as_deref())?;
        let base = match (&zone, kind) {
            (Some(zone), Kind::Timestamp) => {
                let start = zone.with_ymd_and_hms(2015, 1, 1, 0, 0, 0).earliest();
                start.map_or(EPOCH_SECONDS, |start| start.timestamp())
            }
            _ => EPOCH_SECONDS,
        };
        Ok(Self {
            seconds: Integers::new(streams.stream(index, DATA), second, true),
            nanos: Integers::new(streams.stream(index, SECONDARY), second, false),
            base,
            zone,
            arrow,
        })
    }

    pub(super) fn next(&mut self, count: usize, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
        let ArrowType::Timestamp(unit, _) = self.arrow else {
            return Err(Error::internal("a timestamp of another type"));
        };
        let (seconds, nanos) = (self.seconds.take(count)?, self.nanos.take(count)?);
        let mut values = Vec::with_capacity(seconds.len());
        for (seconds, nanos) in seconds.into_iter().zip(nanos) {
            let instant = instant(seconds, nanos, self.base);
            let value = instant.and_then(|i| in_unit(i + self.offset(i), unit));
            values.push(value.ok_or_else(|| {
                Error::unsupported("a timestamp beyond the range of its column's precision")
            })?);
        }
        let array = match unit {
            TimeUnit::Nanosecond => primitive::<TimestampNanosecondType>(values, nulls),
            TimeUnit::Microsecond => primitive::<TimestampMicrosecondType>(values, nulls),
            _ => primitive::<TimestampMillisecondType>(values, nulls),
        };
        let data = array.to_data().into_builder().data_type(self.arrow.clone()).build();
        data.map(make_array).map_err(|e| Error::internal("a timestamp").with_source(e))
    }

    /// Nanoseconds from UTC to the writer's wall clock.
    fn offset(&self, instant: i128) -> i128 {
        let Some(zone) = &self.zone else { return 0 };
        let seconds = i64::try_from(instant.div_euclid(1_000_000_000)).unwrap_or(i64::MAX);
        let utc = chrono::DateTime::from_timestamp(seconds, 0).map(|t| t.naive_utc());
        let offset = utc.map(|t| zone.offset_from_utc_datetime(&t).fix().local_minus_utc());
        i128::from(offset.unwrap_or(0)) * 1_000_000_000
    }
}

fn zone_of(name: Option<&str>) -> Result<Option<Tz>> {
    match name {
        None | Some("" | "UTC" | "GMT" | "Etc/UTC" | "Z") => Ok(None),
        Some(name) => name
            .parse()
            .map(Some)
            .map_err(|e| Error::unsupported(format!("time zone '{name}'")).with_source(e)),
    }
}

/// Nanoseconds since 1970 as Java's reader finds them (`TreeReaderFactory.TimestampTreeReader`): before 1970 the seconds
/// of the file are rounded towards 1970, so that a value in the last second before it comes out a second later.
fn instant(seconds: i64, packed_nanos: i64, base: i64) -> Option<i128> {
    let nanos = i64::from(nanos(packed_nanos));
    let mut millis =
        seconds.checked_add(base)?.checked_mul(1_000)?.checked_add(nanos / 1_000_000)?;
    if millis < 0 && nanos > 999_999 {
        millis -= 1_000;
    }
    Some(i128::from(millis) * 1_000_000 + i128::from(nanos % 1_000_000))
}

/// The low three bits count the zeros taken off, less one. Other writers have negative numbers here.
fn nanos(packed: i64) -> i32 {
    let value = (packed as u64 >> 3) as i32;
    match packed & 7 {
        0 => value,
        zeros => value.wrapping_mul(10_i32.wrapping_pow(zeros as u32 + 1)),
    }
}

fn in_unit(nanos: i128, unit: TimeUnit) -> Option<i64> {
    let per_unit = match unit {
        TimeUnit::Nanosecond => 1,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Second => 1_000_000_000,
    };
    i64::try_from(nanos.div_euclid(per_unit)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64, nanos: i64) -> Option<i128> {
        instant(seconds - EPOCH_SECONDS, nanos, EPOCH_SECONDS)
    }

    #[test]
    fn around_1970_as_java_reads() {
        // 1.5 s is 5 and eight zeros, packed as 5 << 3 | 7.
        assert_eq!(at(1, 5 << 3 | 7), Some(1_500_000_000));
        // -1.5 s is stored as second -1.
        assert_eq!(at(-1, 5 << 3 | 7), Some(-1_500_000_000));
        // The last millisecond before 1970 is stored as second 0.
        assert_eq!(at(0, 999 << 3 | 5), Some(999_000_000));
        assert_eq!(at(-1, 1 << 3 | 4), Some(-999_900_000));
        // Negative nanoseconds of other writers.
        assert_eq!(at(-1, (-5_i64) << 3 | 7), Some(-1_500_000_000));
        assert_eq!(at(i64::MAX, 0), None);
    }

    #[test]
    fn zones() {
        assert!(zone_of(Some("UTC")).unwrap().is_none());
        assert!(zone_of(Some("Asia/Shanghai")).unwrap().is_some());
        assert!(zone_of(Some("Nowhere/Else")).unwrap_err().to_string().contains("Nowhere/Else"));
    }
}
