//! Arithmetic of DECIMAL as in `DecimalUtils.java` and `Decimal.java`.

use arrow::datatypes::i256;
use rimon_spec::{Error, Result};

/// Unscaled values of one type. `None` is what Java makes of a result that does not fit: null.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimals {
    precision: u8,
    scale: u32,
}

impl Decimals {
    pub(super) fn new(precision: u8, scale: i8) -> Self {
        Self { precision, scale: u32::from(scale.unsigned_abs()) }
    }

    fn fit(self, value: i128) -> Option<i128> {
        let limit = 10_u128.checked_pow(u32::from(self.precision))?;
        (value.unsigned_abs() < limit).then_some(value)
    }

    pub(super) fn add(self, a: i128, b: i128) -> Option<i128> {
        let sum = a.checked_add(b)?;
        // Java adds values of up to 18 digits as longs and then does not look at the precision.
        if self.precision <= 18 && i64::try_from(sum).is_ok() { Some(sum) } else { self.fit(sum) }
    }

    /// The product, rounded half up.
    pub(super) fn multiply(self, a: i128, b: i128) -> Option<i128> {
        let product = i256::from_i128(a).checked_mul(i256::from_i128(b))?;
        self.round(product, i256::from_i128(10_i128.checked_pow(self.scale)?))
    }

    fn round(self, value: i256, by: i256) -> Option<i128> {
        let (quotient, rest) = (value.checked_div(by)?, value.checked_rem(by)?);
        let twice = rest.wrapping_abs().checked_mul(i256::from_i128(2))?;
        let up = if twice < by.wrapping_abs() {
            i256::ZERO
        } else if value.is_negative() == by.is_negative() {
            i256::ONE
        } else {
            i256::MINUS_ONE
        };
        self.fit(quotient.checked_add(up)?.to_i128()?)
    }

    /// The quotient, rounded half up.
    ///
    /// # Errors
    /// As in Java when it has no end as a decimal number.
    pub(super) fn divide(self, a: i128, b: i128) -> Result<Option<i128>> {
        let mut rest = b.unsigned_abs();
        let divisor = gcd(a.unsigned_abs(), rest).max(1);
        rest /= divisor;
        for prime in [2, 5] {
            while rest != 0 && rest.is_multiple_of(prime) {
                rest /= prime;
            }
        }
        if rest != 1 {
            return Err(Error::invalid("a quotient of 'product' has no end as a decimal number"));
        }
        let scaled = 10_i128
            .checked_pow(self.scale)
            .and_then(|scale| i256::from_i128(a).checked_mul(i256::from_i128(scale)));
        Ok(scaled.and_then(|scaled| self.round(scaled, i256::from_i128(b))))
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_and_fits_as_java() {
        let five = Decimals::new(5, 2);
        assert_eq!(five.add(99_999, 1), Some(100_000));
        assert_eq!(five.multiply(150, 150), Some(225));
        assert_eq!(five.multiply(105, 150), Some(158)); // 1.575
        assert_eq!(five.multiply(-105, 150), Some(-158));
        assert_eq!(five.multiply(99_999, 200), None);
        assert_eq!(five.divide(100, 800).unwrap(), Some(13)); // 0.125
        assert!(five.divide(100, 300).is_err());
        assert!(five.divide(100, 0).is_err());
        let wide = Decimals::new(20, 0);
        assert_eq!(wide.add(10_i128.pow(20) - 1, 1), None);
    }
}
