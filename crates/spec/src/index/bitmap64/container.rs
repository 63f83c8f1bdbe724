//! The lower 16 bits of the numbers that share their upper 48.

use super::input::{Input, malformed};
use crate::Result;

/// More numbers than these are no array.
const ARRAY: usize = 4096;
/// Bytes of a container of bits.
const BITS: usize = 8192;

/// How a container is written: the byte that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Runs = 0,
    Bits = 1,
    Array = 2,
}

/// Numbers as runs from a first to a last one, ascending, none touching the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Container {
    kind: Kind,
    runs: Vec<(u16, u16)>,
}

impl Container {
    pub(super) fn read(input: &mut Input<'_>) -> Result<Self> {
        let kind = match input.byte()? {
            0 => Kind::Runs,
            1 => Kind::Bits,
            2 => Kind::Array,
            other => return Err(malformed(&format!("has a container of kind {other}"))),
        };
        let count = input.int()? as usize;
        let runs = match kind {
            Kind::Runs => read_runs(input)?,
            Kind::Bits => read_bits(input.take(BITS)?),
            Kind::Array if count > 1 << 16 => return Err(malformed("has too long an array")),
            Kind::Array => read_array(input.take(2 * count)?)?,
        };
        Ok(Self { kind, runs })
    }

    /// A container of one number.
    #[cfg(test)]
    pub(super) fn of(number: u16) -> Self {
        Self { kind: Kind::Array, runs: vec![(number, number)] }
    }

    #[cfg(test)]
    pub(super) fn numbers(&self) -> impl Iterator<Item = u16> {
        self.runs.iter().flat_map(|(first, last)| *first..=*last)
    }

    fn count(&self) -> usize {
        self.runs.iter().map(|(first, last)| usize::from(last - first) + 1).sum()
    }

    fn bytes_as_runs(&self) -> usize {
        2 + 4 * self.runs.len()
    }

    fn short_or_bits(&self) -> Kind {
        if self.count() <= ARRAY { Kind::Array } else { Kind::Bits }
    }

    /// The union; Java's kind of container follows from the two kinds (`Container.ior`).
    pub(super) fn unite(&mut self, other: &Self) {
        let (a, b) = (self.kind, other.kind);
        self.runs = merged(&self.runs, &other.runs);
        self.kind = match (a, b) {
            (Kind::Bits, _) | (_, Kind::Bits) => Kind::Bits,
            (Kind::Array, Kind::Array) => self.short_or_bits(),
            _ if self.bytes_as_runs() <= BITS.min(2 * self.count() + 2) => Kind::Runs,
            _ => self.short_or_bits(),
        };
    }

    /// Runs where they are shorter (`Roaring64Bitmap.runOptimize`).
    pub(super) fn optimize(&mut self) {
        let bytes = match self.kind {
            Kind::Runs => return,
            Kind::Bits => BITS,
            Kind::Array => 2 * self.count(),
        };
        if bytes > self.bytes_as_runs() {
            self.kind = Kind::Runs;
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.kind as u8);
        out.extend((self.count() as u32).to_le_bytes());
        match self.kind {
            Kind::Runs => {
                out.extend((self.runs.len() as u16).to_le_bytes());
                for (first, last) in &self.runs {
                    out.extend(first.to_le_bytes());
                    out.extend((last - first).to_le_bytes());
                }
            }
            Kind::Array => {
                let numbers = self.runs.iter().flat_map(|(first, last)| *first..=*last);
                out.extend(numbers.flat_map(u16::to_le_bytes));
            }
            Kind::Bits => out.extend(bits(&self.runs)),
        }
    }
}

fn bits(runs: &[(u16, u16)]) -> Vec<u8> {
    let mut bytes = vec![0_u8; BITS];
    for number in runs.iter().flat_map(|(first, last)| *first..=*last) {
        if let Some(byte) = bytes.get_mut(usize::from(number >> 3)) {
            *byte |= 1 << (number & 7);
        }
    }
    bytes
}

fn read_runs(input: &mut Input<'_>) -> Result<Vec<(u16, u16)>> {
    let count = usize::from(input.short()?);
    let (pairs, _) = input.take(4 * count)?.as_chunks::<4>();
    let mut runs: Vec<(u16, u16)> = Vec::with_capacity(count);
    for [a, b, c, d] in pairs {
        let (first, length) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
        let last = first.checked_add(length).ok_or_else(|| malformed("has too long a run"))?;
        if runs.last().is_some_and(|(_, before)| *before >= first) {
            return Err(malformed("has runs in no order"));
        }
        push(&mut runs, first, last);
    }
    Ok(runs)
}

fn read_array(bytes: &[u8]) -> Result<Vec<(u16, u16)>> {
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for pair in bytes.as_chunks::<2>().0 {
        let number = u16::from_le_bytes(*pair);
        if runs.last().is_some_and(|(_, before)| *before >= number) {
            return Err(malformed("has numbers in no order"));
        }
        push(&mut runs, number, number);
    }
    Ok(runs)
}

fn read_bits(bytes: &[u8]) -> Vec<(u16, u16)> {
    let mut runs = Vec::new();
    for (at, byte) in (0_u16..).zip(bytes) {
        for bit in (0..8).filter(|bit| byte >> bit & 1 == 1) {
            push(&mut runs, at << 3 | bit, at << 3 | bit);
        }
    }
    runs
}

/// Appends a run that begins no earlier than the last one; they become one where they touch.
fn push(runs: &mut Vec<(u16, u16)>, first: u16, last: u16) {
    match runs.last_mut() {
        Some((_, end)) if u32::from(first) <= u32::from(*end) + 1 => *end = last.max(*end),
        _ => runs.push((first, last)),
    }
}

fn merged(a: &[(u16, u16)], b: &[(u16, u16)]) -> Vec<(u16, u16)> {
    let mut runs = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    loop {
        let from_a = match (a.peek(), b.peek()) {
            (Some(x), Some(y)) => x.0 <= y.0,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return runs,
        };
        if let Some((first, last)) = if from_a { a.next() } else { b.next() } {
            push(&mut runs, *first, *last);
        }
    }
}
