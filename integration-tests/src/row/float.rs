//! Floating-point numbers as Java's shortest digits, in the form of `{:e}`.

use std::fmt::LowerExp;
use std::str::FromStr;

/// The text of an `f32` or `f64`. Where one digit is enough Java still prints the nearest two, which differ for the
/// smallest numbers only: `1.4e-45`, where Rust has `1e-45`.
pub(crate) fn text<T: LowerExp + FromStr + PartialEq>(value: &T) -> String {
    let shortest = format!("{value:e}");
    if shortest.contains('.') {
        return shortest;
    }
    let two = format!("{value:.1e}");
    match two.parse::<T>() {
        Ok(same) if same == *value => two.replacen(".0e", "e", 1),
        _ => shortest,
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn as_java_prints() {
        assert_eq!(text(&1.5f32), "1.5e0");
        assert_eq!(text(&0.5f64), "5e-1");
        assert_eq!(text(&-0.0f64), "-0e0");
        assert_eq!(text(&f32::from_bits(1)), "1.4e-45");
        assert_eq!(text(&f64::from_bits(1)), "4.9e-324");
        assert_eq!(text(&f64::NAN), "NaN");
        assert_eq!(text(&f32::NEG_INFINITY), "-inf");
        assert_eq!(text(&f64::MAX), "1.7976931348623157e308");
    }
}
