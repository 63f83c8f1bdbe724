//! DECIMAL values.

use std::cmp::Ordering;
use std::fmt;

/// `unscaled × 10^-scale`, of at most `precision` digits (1..=38).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The digits as an integer.
    pub unscaled: i128,
    /// Greatest number of digits.
    pub precision: u8,
    /// Digits after the point.
    pub scale: u8,
}

impl Decimal {
    /// The value; `None` when it has more than `precision` digits.
    pub fn new(unscaled: i128, precision: u8, scale: u8) -> Option<Self> {
        let limit = 10_u128.checked_pow(u32::from(precision))?;
        (unscaled.unsigned_abs() < limit).then_some(Self { unscaled, precision, scale })
    }

    /// The value with other digits, rounded half up as Java does; `None` when it does not fit.
    pub fn rescale(self, precision: u8, scale: u8) -> Option<Self> {
        let unscaled = if scale >= self.scale {
            let factor = 10_i128.checked_pow(u32::from(scale - self.scale))?;
            self.unscaled.checked_mul(factor)?
        } else {
            round_half_up(self.unscaled, u32::from(self.scale - scale))
        };
        Self::new(unscaled, precision, scale)
    }

    /// Parses `-12.5`, `1e3` and the like, rounding half up to `scale`; `None` for anything else or too many digits.
    pub fn parse(text: &str, precision: u8, scale: u8) -> Option<Self> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (text.get(..at)?, text.get(at + 1..)?.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = || whole.bytes().chain(fraction.bytes());
        if all().next().is_none() || !all().all(|b| b.is_ascii_digit()) {
            return None;
        }
        // Digits behind the point that still count: those up to `scale`, and one more that rounds.
        let mut point = i64::try_from(whole.len()).ok()? + i64::from(exponent) + i64::from(scale);
        let mut unscaled: i128 = 0;
        let mut round_up = false;
        for digit in all().map(|b| i128::from(b - b'0')) {
            if point > 0 {
                unscaled = unscaled.checked_mul(10)?.checked_add(digit)?;
            } else if point == 0 {
                round_up = digit >= 5;
            }
            point -= 1;
        }
        if point > 0 && unscaled != 0 {
            let factor = 10_i128.checked_pow(u32::try_from(point).ok()?)?;
            unscaled = unscaled.checked_mul(factor)?;
        }
        unscaled = unscaled.checked_add(i128::from(round_up))?;
        Self::new(if negative { -unscaled } else { unscaled }, precision, scale)
    }
}

/// Drops `digits` decimal digits, rounding half away from zero (`RoundingMode.HALF_UP`).
fn round_half_up(unscaled: i128, digits: u32) -> i128 {
    match 10_i128.checked_pow(digits) {
        None => 0,
        Some(divisor) => {
            let (quotient, rest) = (unscaled / divisor, unscaled % divisor);
            let up = rest.unsigned_abs() >= (divisor.unsigned_abs() / 2).max(1);
            quotient + if up { unscaled.signum() } else { 0 }
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.compare(other))
    }
}

impl Decimal {
    /// Numeric order, whatever the scales.
    pub fn compare(&self, other: &Self) -> Ordering {
        let align = |d: &Self, to: u8| {
            10_i128.checked_pow(u32::from(to - d.scale)).and_then(|f| d.unscaled.checked_mul(f))
        };
        let scale = self.scale.max(other.scale);
        match (align(self, scale), align(other, scale)) {
            (Some(a), Some(b)) => a.cmp(&b),
            // Only the one of smaller scale can overflow: its magnitude is the greater.
            (None, _) => self.unscaled.signum().cmp(&0),
            (_, None) => 0.cmp(&other.unscaled.signum()),
        }
    }
}

impl fmt::Display for Decimal {
    /// As `BigDecimal.toPlainString`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.unscaled < 0 { "-" } else { "" };
        let digits = self.unscaled.unsigned_abs().to_string();
        let scale = usize::from(self.scale);
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        write!(f, "{sign}{whole}.{fraction}")
    }
}
