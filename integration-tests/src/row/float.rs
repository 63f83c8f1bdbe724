//! Floating-point numbers as Java's shortest digits, in the form of `{:e}`.

use std::fmt::LowerExp;
use std::str::FromStr;

/// The text of an `f32` or `f64`. Among the shortest texts of a number Java takes the nearest, of two equally near ones
/// the one with an even last digit, and counts two digits as short as one: `1.4e-45`, where Rust has `1e-45`.
pub(crate) fn text<T: LowerExp + FromStr + PartialEq>(value: &T) -> String {
    let shortest = format!("{value:e}");
    let Some((mantissa, _)) = shortest.split_once('e') else { return shortest };
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count().max(2);
    let nearest = format!("{value:.*e}", digits - 1);
    match nearest.parse::<T>() {
        Ok(same) if same == *value => without_zeros(&nearest),
        _ => shortest,
    }
}

fn without_zeros(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').expect("an exponent");
    let mantissa = match mantissa.contains('.') {
        true => mantissa.trim_end_matches('0').trim_end_matches('.'),
        false => mantissa,
    };
    format!("{mantissa}e{exponent}")
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn as_java_prints() {
        assert_eq!(text(&1.5f32), "1.5e0");
        assert_eq!(text(&0.5f64), "5e-1");
        assert_eq!(text(&100f64), "1e2");
        assert_eq!(text(&0.0f64), "0e0");
        assert_eq!(text(&-0.0f64), "-0e0");
        assert_eq!(text(&f32::from_bits(1)), "1.4e-45");
        assert_eq!(text(&f64::from_bits(1)), "4.9e-324");
        assert_eq!(text(&f64::NAN), "NaN");
        assert_eq!(text(&f32::NEG_INFINITY), "-inf");
        assert_eq!(text(&f64::MAX), "1.7976931348623157e308");
        // exactly between two texts of 17 digits
        let between = 2_020_195_463_710_905.0f64 + 0.25;
        assert_eq!(text(&between), "2.0201954637109052e15");
    }
}
