//! The decimal digits that `Double.toString` and `Float.toString` print up to JDK 18 (`jdk.internal.math.FloatingDecimal`).
//!
//! They tell the number, but are not always the fewest that do: JDK 19 prints `2.0E23`-like numbers shorter. Paimon runs
//! on JDK 8, 11 and 17, whose digits are in the names of partitions and in numbers cast to strings.

mod numbers;

use std::cmp::Ordering;

use numbers::{Natural, Number, Word};

/// Digits behind the hidden bit of a double.
const FRACTION_BITS: i32 = 52;
const FRACTION: u64 = (1 << FRACTION_BITS) - 1;
/// Whole numbers below 2^63 are printed as such.
const MOST_WHOLE: i32 = 62;
const LEAST_SMALL: i32 = -21;
/// Powers of five in 64 bits.
const FIVES_IN_LONG: usize = 27;

/// Significant digits `d0 d1 d2…` of a positive number, and the exponent of ten of the first: `d0.d1d2… × 10^exponent`.
pub(super) fn of_double(value: f64) -> (String, i32) {
    let bits = value.to_bits();
    let (fraction, biased) = (bits & FRACTION, ((bits >> FRACTION_BITS) & 0x7ff) as i32);
    if biased == 0 {
        let zeros = fraction.leading_zeros() as i32;
        let shift = zeros - (63 - FRACTION_BITS);
        return digits(1 - shift - 1023, fraction << shift, 64 - zeros);
    }
    digits(biased - 1023, fraction | (1 << FRACTION_BITS), FRACTION_BITS + 1)
}

/// The same of a float.
pub(super) fn of_float(value: f32) -> (String, i32) {
    let bits = value.to_bits();
    let (fraction, biased) = (bits & 0x7f_ffff, ((bits >> 23) & 0xff) as i32);
    let widen = |fraction: u32| u64::from(fraction) << (FRACTION_BITS - 23);
    if biased == 0 {
        let zeros = fraction.leading_zeros() as i32;
        let shift = zeros - (31 - 23);
        return digits(1 - shift - 127, widen(fraction << shift), 32 - zeros);
    }
    digits(biased - 127, widen(fraction | (1 << 23)), 24)
}

/// `BinaryToASCIIBuffer.dtoa`: `fraction` has its highest bit at 52, `precision` is how many of its bits count.
fn digits(exponent: i32, fraction: u64, precision: i32) -> (String, i32) {
    let tail = fraction.trailing_zeros() as i32;
    let used = FRACTION_BITS + 1 - tail;
    let tiny = (used - exponent - 1).max(0);
    if tiny == 0 && (LEAST_SMALL..=MOST_WHOLE).contains(&exponent) && used < 64 {
        let shift = exponent - FRACTION_BITS;
        let whole = if shift >= 0 { fraction << shift } else { fraction >> -shift };
        return whole_digits(whole, insignificant(exponent, precision));
    }
    let mut estimate = estimate(fraction, exponent);
    let fives = (-estimate).max(0);
    let scale_fives = estimate.max(0);
    let mut twos = fives + tiny + exponent;
    let mut scale_twos = scale_fives + tiny;
    let mut margin_twos = twos - precision;
    twos -= used - 1;
    let common = twos.min(scale_twos);
    (twos, scale_twos, margin_twos) = (twos - common, scale_twos - common, margin_twos - common);
    if used == 1 {
        // below a power of two numbers are twice as close
        margin_twos -= 1;
    }
    if margin_twos < 0 {
        (twos, scale_twos, margin_twos) = (twos - margin_twos, scale_twos - margin_twos, 0);
    }
    let value_bits = used + twos + bits_of_five(fives);
    let scale_bits = scale_twos + 1 + bits_of_five(scale_fives + 1);
    let (value, scale, margin) =
        ((fraction >> tail, fives, twos), (1, scale_fives, scale_twos), (1, fives, margin_twos));
    let text = if value_bits < 64 && scale_bits < 64 {
        let word = if value_bits < 32 && scale_bits < 32 { Word::of_int } else { Word::of_long };
        Scaled { value: word(value), scale: word(scale), margin: word(margin) }
            .develop(&mut estimate)
    } else {
        let [value, scale, margin] = [value, scale, margin].map(Natural::of);
        Scaled { value, scale, margin }.develop(&mut estimate)
    };
    (text, estimate)
}

/// Decimal digits of a whole number that its precision says nothing of.
fn insignificant(exponent: i32, precision: i32) -> u32 {
    let power = exponent - precision - 1;
    if exponent > precision && power > 1 { (f64::from(power) * 2_f64.log10()) as u32 } else { 0 }
}

/// `developLongDigits`.
fn whole_digits(mut value: u64, insignificant: u32) -> (String, i32) {
    let power = 10_u64.pow(insignificant);
    let residue = value % power;
    value /= power;
    if insignificant > 0 && residue >= power / 2 {
        value += 1;
    }
    let text = value.to_string();
    let exponent = text.len() as i32 - 1 + insignificant as i32;
    let kept = text.trim_end_matches('0');
    (if kept.is_empty() { "0".to_owned() } else { kept.to_owned() }, exponent)
}

/// `estimateDecExp`: the exponent of ten, or one too many.
#[expect(clippy::approx_constant, reason = "the constant of the JDK has these digits and no more")]
fn estimate(fraction: u64, exponent: i32) -> i32 {
    let one = f64::from_bits(1.0_f64.to_bits() | (fraction & FRACTION));
    let log = (one - 1.5) * 0.289_529_654 + 0.176_091_259;
    (log + f64::from(exponent) * 0.301_029_995_663_981).floor() as i32
}

/// Bits of a power of five, as many as the JDK counts.
fn bits_of_five(power: i32) -> i32 {
    match usize::try_from(power) {
        Ok(0) | Err(_) => 0,
        Ok(small) if small < FIVES_IN_LONG => 64 - 5_u64.pow(small as u32).leading_zeros() as i32,
        Ok(_) => power * 3,
    }
}

/// `value / scale` is the number, `margin / scale` half of what lies between it and the next.
struct Scaled<N> {
    value: N,
    scale: N,
    margin: N,
}

impl<N: Number> Scaled<N> {
    fn develop(mut self, exponent: &mut i32) -> String {
        let tens = self.scale.tenfold();
        let mut digits: Vec<u8> = Vec::new();
        let first = self.next();
        let (mut low, mut high) = self.ends(&tens);
        if first == 0 && !high {
            *exponent -= 1;
        } else {
            digits.push(first);
        }
        // The form with an exponent has two digits at least.
        if *exponent < -3 || *exponent >= 8 {
            (low, high) = (false, false);
        }
        while !low && !high {
            digits.push(self.next());
            (low, high) = self.ends(&tens);
        }
        let up = high
            && (!low
                || match self.value.double().order(&tens) {
                    Ordering::Equal => digits.last().is_some_and(|d| d % 2 == 1),
                    order => order == Ordering::Greater,
                });
        if up {
            round_up(&mut digits, exponent);
        }
        digits.into_iter().map(|d| char::from(b'0' + d)).collect()
    }

    /// The next digit; what is left is tenfold.
    fn next(&mut self) -> u8 {
        let mut digit = 0;
        while self.value.order(&self.scale).is_ge() {
            self.value.subtract(&self.scale);
            digit += 1;
        }
        self.value = self.value.tenfold();
        self.margin = self.margin.tenfold();
        digit
    }

    /// Whether the digits so far, or with one more in the last place, tell the number.
    fn ends(&self, tens: &N) -> (bool, bool) {
        (self.value.is_under(&self.margin), self.value.is_over(&self.margin, tens))
    }
}

fn round_up(digits: &mut Vec<u8>, exponent: &mut i32) {
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return;
        }
        *digit = 0;
    }
    digits.insert(0, 1);
    digits.pop();
    *exponent += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_as_java_17_prints_them() {
        for (value, digits, exponent) in [
            (0.1, "1", -1),
            (2e23, "19999999999999998", 23),
            (1e23, "9999999999999999", 22),
            (2.0_f64.powi(-44), "56843418860808015", -14),
            (7.160_691_657_021_008e18, "71606916570210079", 18),
            (f64::MAX, "17976931348623157", 308),
            (f64::from_bits(1), "49", -324),
            (f64::from_bits(0x1ec), "243", -321),
            (9_007_199_254_740_993.0, "9007199254740992", 15),
            (0.1 + 0.2, "30000000000000004", -1),
        ] {
            assert_eq!(of_double(value), (digits.to_owned(), exponent), "{value:e}");
        }
        for (value, digits, exponent) in [
            (1.1_f32, "11", 0),
            (149_731_220.0, "149731216", 8),
            (2_034_826_500.0, "20348265", 9),
            (1_072_176_960.0, "107217696", 9),
            // the sum of 64 bits overflows
            (2.0_f32.powi(83), "96714065", 24),
            (f32::MAX, "34028235", 38),
            (f32::from_bits(1), "14", -45),
            (f32::from_bits(4), "56", -45),
        ] {
            assert_eq!(of_float(value), (digits.to_owned(), exponent), "{value:e}");
        }
    }
}
