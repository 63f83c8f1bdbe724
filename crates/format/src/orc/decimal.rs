//! Decimals: a number and a scale per value.

use super::chunks::Stream;
use super::column::spread;
use super::integers::Integers;
use super::stripe::{DATA, SECONDARY, Streams};
use arrow::array::types::Decimal128Type;
use arrow::array::{ArrayRef, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType as ArrowType;
use rimon_spec::{Error, Result};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Decimals {
    values: Stream,
    scales: Integers,
    precision: u8,
    scale: u8,
    arrow: ArrowType,
}

impl Decimals {
    pub(super) fn new(
        streams: &Streams,
        index: usize,
        precision: u8,
        scale: u8,
        arrow: ArrowType,
    ) -> Self {
        let second = streams.encoding(index).second;
        let scales = Integers::new(streams.stream(index, SECONDARY), second, true);
        Self { values: streams.stream(index, DATA), scales, precision, scale, arrow }
    }

    pub(super) fn next(&mut self, count: usize, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
        let scales = self.scales.take(count)?;
        let mut values = Vec::with_capacity(scales.len());
        for scale in scales {
            let value = rescale(self.values.wide()?, scale, self.scale);
            let fits = value.filter(|v| {
                let limit = 10_u128.checked_pow(u32::from(self.precision));
                limit.is_some_and(|limit| v.unsigned_abs() < limit)
            });
            values.push(fits.ok_or_else(|| Error::corrupt("a decimal out of range"))?);
        }
        let values = spread(values, nulls.as_ref());
        let array = PrimitiveArray::<Decimal128Type>::new(values.into(), nulls);
        Ok(Arc::new(array.with_data_type(self.arrow.clone())))
    }
}

/// The unscaled number at another scale, rounded half up as in Java.
fn rescale(value: i128, from: i64, to: u8) -> Option<i128> {
    let difference = i64::from(to).checked_sub(from)?;
    let power = 10_i128.checked_pow(u32::try_from(difference.unsigned_abs()).ok()?);
    if difference >= 0 {
        return if value == 0 { Some(0) } else { value.checked_mul(power?) };
    }
    let Some(power) = power else { return Some(0) };
    let rest = value % power;
    let up = rest.unsigned_abs() >= power.unsigned_abs().div_ceil(2);
    Some(value / power + if up { value.signum() } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_aligned() {
        assert_eq!(rescale(15, 1, 3), Some(1500));
        assert_eq!(rescale(-1250, 3, 2), Some(-125));
        assert_eq!(rescale(-1255, 3, 2), Some(-126));
        assert_eq!(rescale(1254, 3, 2), Some(125));
        assert_eq!(rescale(7, -2, 0), Some(700));
        assert_eq!(rescale(i128::MAX, 0, 2), None);
        assert_eq!(rescale(5, 60, 0), Some(0));
    }
}
