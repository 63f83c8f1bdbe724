//! TIMESTAMP values.

/// Mirrors `org.apache.paimon.data.Timestamp`: ordered by time, since the derive compares fields in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Milliseconds since 1970-01-01T00:00:00, floor for times before.
    pub millis: i64,
    /// 0..=999_999 nanoseconds past that millisecond.
    pub nano_of_milli: i32,
}

impl Timestamp {
    /// From milliseconds since the epoch.
    pub fn from_millis(millis: i64) -> Self {
        Self { millis, nano_of_milli: 0 }
    }

    /// From microseconds since the epoch.
    pub fn from_micros(micros: i64) -> Self {
        Self {
            millis: micros.div_euclid(1000),
            nano_of_milli: (micros.rem_euclid(1000) * 1000) as i32,
        }
    }

    /// From nanoseconds since the epoch.
    pub fn from_nanos(nanos: i64) -> Self {
        Self {
            millis: nanos.div_euclid(1_000_000),
            nano_of_milli: nanos.rem_euclid(1_000_000) as i32,
        }
    }

    /// Microseconds since the epoch, floor; `None` beyond 64 bits.
    pub fn to_micros(self) -> Option<i64> {
        self.millis.checked_mul(1000)?.checked_add(i64::from(self.nano_of_milli / 1000))
    }

    /// Nanoseconds since the epoch; `None` beyond 64 bits.
    pub fn to_nanos(self) -> Option<i64> {
        let nanos = i128::from(self.millis) * 1_000_000 + i128::from(self.nano_of_milli);
        i64::try_from(nanos).ok()
    }

    /// Cut to so many digits of the second's fraction, towards the past.
    #[must_use]
    pub fn truncate(self, precision: u8) -> Self {
        if precision <= 3 {
            let unit = 10_i64.pow(u32::from(3 - precision));
            return Self::from_millis(self.millis.div_euclid(unit) * unit);
        }
        let unit = 10_i32.pow(u32::from(9_u8.saturating_sub(precision)));
        Self { nano_of_milli: self.nano_of_milli / unit * unit, ..self }
    }
}
