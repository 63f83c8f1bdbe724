//! Numbers that digits are computed with: words that overflow as in Java, and numbers of any size.

use std::cmp::Ordering;

/// Numbers that the digits are computed with.
pub(super) trait Number: Sized {
    fn tenfold(&self) -> Self;
    fn double(&self) -> Self;
    fn subtract(&mut self, other: &Self);
    fn order(&self, other: &Self) -> Ordering;
    /// Whether this and `margin` are more than `tens`.
    fn is_over(&self, margin: &Self, tens: &Self) -> bool;
    /// Whether this is less than `margin`.
    fn is_under(&self, margin: &Self) -> bool;
}

/// A number of 32 or 64 bits, which overflows as in Java: that shows in the digits.
pub(super) struct Word {
    value: i64,
    int: bool,
}

impl Word {
    pub(super) fn of_int(parts: (u64, i32, i32)) -> Self {
        Self::of(parts, true)
    }

    pub(super) fn of_long(parts: (u64, i32, i32)) -> Self {
        Self::of(parts, false)
    }

    /// `value × 5^fives × 2^twos`.
    fn of((value, fives, twos): (u64, i32, i32), int: bool) -> Self {
        let five = 5_i64.wrapping_pow(fives.unsigned_abs());
        let word = Self { value: value.cast_signed().wrapping_mul(five), int };
        word.with(word.value.wrapping_shl(twos.unsigned_abs()))
    }

    fn with(&self, value: i64) -> Self {
        Self { value: if self.int { i64::from(value as i32) } else { value }, int: self.int }
    }
}

impl Number for Word {
    fn tenfold(&self) -> Self {
        self.with(self.value.wrapping_mul(10))
    }

    fn double(&self) -> Self {
        self.with(self.value.wrapping_mul(2))
    }

    fn subtract(&mut self, other: &Self) {
        self.value = self.value.wrapping_sub(other.value);
    }

    fn order(&self, other: &Self) -> Ordering {
        self.with(self.value.wrapping_sub(other.value)).value.cmp(&0)
    }

    fn is_over(&self, margin: &Self, tens: &Self) -> bool {
        margin.value <= 0 || self.with(self.value.wrapping_add(margin.value)).value > tens.value
    }

    fn is_under(&self, margin: &Self) -> bool {
        margin.value <= 0 || self.value < margin.value
    }
}

/// A number of any size, the least word first, without leading zeros.
#[derive(Debug, Clone)]
pub(super) struct Natural(Vec<u32>);

impl Natural {
    /// `value × 5^fives × 2^twos`.
    pub(super) fn of((value, fives, twos): (u64, i32, i32)) -> Self {
        let (fives, twos) = (fives.max(0), twos.max(0) as usize);
        let mut all = Self(vec![value as u32, (value >> 32) as u32]).trimmed();
        for _ in 0..fives / 13 {
            all = all.times(1_220_703_125);
        }
        all = all.times(5_u32.pow((fives % 13) as u32)).times(1 << (twos % 32));
        let mut words = vec![0; twos / 32];
        words.append(&mut all.0);
        Self(words).trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    fn times(&self, factor: u32) -> Self {
        let mut carry = 0_u64;
        let mut words: Vec<u32> = Vec::with_capacity(self.0.len() + 1);
        for word in &self.0 {
            carry += u64::from(*word) * u64::from(factor);
            words.push(carry as u32);
            carry >>= 32;
        }
        words.push(carry as u32);
        Self(words).trimmed()
    }

    fn plus(&self, other: &Self) -> Self {
        let most = self.0.len().max(other.0.len());
        let word = |of: &Self, index: usize| u64::from(of.0.get(index).copied().unwrap_or(0));
        let mut carry = 0;
        let mut words: Vec<u32> = Vec::with_capacity(most + 1);
        for index in 0..=most {
            carry += word(self, index) + word(other, index);
            words.push(carry as u32);
            carry >>= 32;
        }
        Self(words).trimmed()
    }
}

impl Number for Natural {
    fn tenfold(&self) -> Self {
        self.times(10)
    }

    fn double(&self) -> Self {
        self.times(2)
    }

    /// `other` is not greater.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = 0;
        for (index, word) in self.0.iter_mut().enumerate() {
            let less = i64::from(other.0.get(index).copied().unwrap_or(0));
            let rest = i64::from(*word) - less - borrow;
            borrow = i64::from(rest < 0);
            *word = rest as u32;
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        let length = self.0.len().cmp(&other.0.len());
        length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    fn is_over(&self, margin: &Self, tens: &Self) -> bool {
        self.plus(margin).order(tens).is_ge()
    }

    fn is_under(&self, margin: &Self) -> bool {
        self.order(margin).is_lt()
    }
}
