//! DECIMAL values.

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
