//! Run-length encodings of integers, versions 1 and 2.

use super::chunks::Stream;
use rimon_spec::{Error, Result};

/// A stream of integers.
#[derive(Debug)]
pub(super) struct Integers {
    stream: Stream,
    second: bool,
    signed: bool,
    /// Values of the run at hand.
    run: Vec<i64>,
    at: usize,
}

impl Integers {
    /// `second`: version 2 of the encoding.
    pub(super) fn new(stream: Stream, second: bool, signed: bool) -> Self {
        Self { stream, second, signed, run: Vec::new(), at: 0 }
    }

    /// The next `count` values.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<i64>> {
        // Runs are short in bytes: the number of values is the file's word until they have been read.
        let mut values = Vec::with_capacity(count.min(1 << 16));
        while values.len() < count {
            if self.at >= self.run.len() {
                self.run.clear();
                self.at = 0;
                if self.second { self.run_2()? } else { self.run_1()? }
            }
            let ready = self.run.get(self.at..).unwrap_or_default();
            let part = ready.get(..ready.len().min(count - values.len())).unwrap_or_default();
            values.extend_from_slice(part);
            self.at += part.len();
        }
        Ok(values)
    }

    fn number(&mut self) -> Result<i64> {
        let value = self.stream.varint()?;
        Ok(if self.signed { zigzag(value) } else { value as i64 })
    }

    fn run_1(&mut self) -> Result<()> {
        let control = self.stream.byte()? as i8;
        if control >= 0 {
            let length = i64::from(control) + 3;
            let delta = i64::from(self.stream.byte()? as i8);
            let base = self.number()?;
            self.run.extend((0..length).map(|i| base.wrapping_add(delta.wrapping_mul(i))));
        } else {
            for _ in 0..control.unsigned_abs() {
                let value = self.number()?;
                self.run.push(value);
            }
        }
        Ok(())
    }

    fn run_2(&mut self) -> Result<()> {
        let first = self.stream.byte()?;
        match first >> 6 {
            0 => self.short_repeat(first),
            1 => self.direct(first),
            2 => self.patched(first),
            _ => self.delta(first),
        }
    }

    fn short_repeat(&mut self, first: u8) -> Result<()> {
        let value = self.big_endian(usize::from((first >> 3) & 7) + 1)?;
        let value = if self.signed { zigzag(value) } else { value as i64 };
        let length = usize::from(first & 7) + 3;
        self.run.resize(length, value);
        Ok(())
    }

    fn length(&mut self, first: u8) -> Result<usize> {
        Ok((usize::from(first & 1) << 8 | usize::from(self.stream.byte()?)) + 1)
    }

    fn direct(&mut self, first: u8) -> Result<()> {
        let width = width((first >> 1) & 31);
        let length = self.length(first)?;
        let mut bits = Bits::default();
        for _ in 0..length {
            let value = bits.next(&mut self.stream, width)?;
            self.run.push(if self.signed { zigzag(value) } else { value as i64 });
        }
        Ok(())
    }

    fn patched(&mut self, first: u8) -> Result<()> {
        let value_width = width((first >> 1) & 31);
        let length = self.length(first)?;
        let (third, fourth) = (self.stream.byte()?, self.stream.byte()?);
        let base_bytes = usize::from(third >> 5) + 1;
        let patch_width = width(third & 31);
        let gap_width = u32::from(fourth >> 5) + 1;
        let base = self.big_endian(base_bytes)?;
        // The highest bit is the sign of the base.
        let sign = 1_u64 << (base_bytes * 8 - 1);
        let magnitude = (base & !sign) as i64;
        let base = if base & sign == 0 { magnitude } else { magnitude.wrapping_neg() };
        let mut bits = Bits::default();
        let mut values = Vec::with_capacity(length);
        for _ in 0..length {
            values.push(bits.next(&mut self.stream, value_width)?);
        }
        if patch_width + gap_width > 64 {
            return Err(Error::corrupt("a patch of more than 64 bits"));
        }
        let mut bits = Bits::default();
        let mut position = 0_usize;
        for _ in 0..fourth & 31 {
            let entry = bits.next(&mut self.stream, closest(patch_width + gap_width))?;
            let patch = entry & (u64::MAX >> (64 - patch_width));
            position += usize::try_from(entry.checked_shr(patch_width).unwrap_or(0))
                .unwrap_or(usize::MAX >> 8);
            if let Some(value) = values.get_mut(position) {
                *value |= patch.checked_shl(value_width).unwrap_or(0);
            } else if patch != 0 {
                return Err(Error::corrupt("a patch behind the end of its run"));
            }
        }
        self.run.extend(values.into_iter().map(|v| base.wrapping_add(v as i64)));
        Ok(())
    }

    fn delta(&mut self, first: u8) -> Result<()> {
        let code = (first >> 1) & 31;
        let length = self.length(first)?;
        let base = self.number()?;
        let step = zigzag(self.stream.varint()?);
        self.run.push(base);
        if code == 0 {
            self.run.extend((1..length as i64).map(|i| base.wrapping_add(step.wrapping_mul(i))));
            return Ok(());
        }
        let mut value = base.wrapping_add(step);
        if length > 1 {
            self.run.push(value);
        }
        let mut bits = Bits::default();
        for _ in 2..length {
            let delta = bits.next(&mut self.stream, width(code))? as i64;
            value = if step < 0 { value.wrapping_sub(delta) } else { value.wrapping_add(delta) };
            self.run.push(value);
        }
        Ok(())
    }

    fn big_endian(&mut self, bytes: usize) -> Result<u64> {
        let mut value = 0;
        for _ in 0..bytes {
            value = value << 8 | u64::from(self.stream.byte()?);
        }
        Ok(value)
    }
}

fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Bits of a value, from five bits in a header.
fn width(code: u8) -> u32 {
    match code {
        0..=23 => u32::from(code) + 1,
        24 => 26,
        25 => 28,
        26 => 30,
        27 => 32,
        28 => 40,
        29 => 48,
        30 => 56,
        _ => 64,
    }
}

/// The next number of bits that values are packed in.
fn closest(bits: u32) -> u32 {
    match bits {
        0 => 1,
        1..=24 => bits,
        25..=26 => 26,
        27..=28 => 28,
        29..=30 => 30,
        31..=32 => 32,
        33..=40 => 40,
        41..=48 => 48,
        49..=56 => 56,
        _ => 64,
    }
}

/// Values of a number of bits, the highest first, from a fresh byte on.
#[derive(Debug, Default)]
struct Bits {
    byte: u8,
    left: u32,
}

impl Bits {
    fn next(&mut self, stream: &mut Stream, width: u32) -> Result<u64> {
        let (mut value, mut wanted) = (0_u64, width);
        while wanted > 0 {
            if self.left == 0 {
                self.byte = stream.byte()?;
                self.left = 8;
            }
            let part = wanted.min(self.left);
            let bits = (u32::from(self.byte) >> (self.left - part)) & ((1 << part) - 1);
            value = value << part | u64::from(bits);
            self.left -= part;
            wanted -= part;
        }
        Ok(value)
    }
}

/// A stream of bytes in runs.
#[derive(Debug)]
pub(super) struct ByteRuns {
    stream: Stream,
    /// Values left of the run; `repeat`: all are this one.
    left: usize,
    repeat: Option<u8>,
}

impl ByteRuns {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, left: 0, repeat: None }
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        if self.left == 0 {
            let control = self.stream.byte()?;
            if control < 128 {
                self.left = usize::from(control) + 3;
                self.repeat = Some(self.stream.byte()?);
            } else {
                self.left = 256 - usize::from(control);
                self.repeat = None;
            }
        }
        self.left -= 1;
        match self.repeat {
            Some(byte) => Ok(byte),
            None => self.stream.byte(),
        }
    }
}

/// A stream of booleans: bytes in runs, the highest bit first.
#[derive(Debug)]
pub(super) struct Booleans {
    bytes: ByteRuns,
    byte: u8,
    left: u32,
}

impl Booleans {
    pub(super) fn new(stream: Stream) -> Self {
        Self { bytes: ByteRuns::new(stream), byte: 0, left: 0 }
    }

    #[inline]
    pub(super) fn bit(&mut self) -> Result<bool> {
        if self.left == 0 {
            self.byte = self.bytes.byte()?;
            self.left = 8;
        }
        self.left -= 1;
        Ok(self.byte >> self.left & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunks::{Codec, Compression};
    use super::*;

    fn ints(bytes: &[u8], second: bool, signed: bool, count: usize) -> Vec<i64> {
        let none = Compression::new(Codec::None, 1 << 16).unwrap();
        let stream = Stream::new(bytes::Bytes::copy_from_slice(bytes), none);
        Integers::new(stream, second, signed).take(count).unwrap()
    }

    // The examples of the ORC specification.
    #[test]
    fn version_1() {
        assert_eq!(ints(&[0x61, 0x00, 0x07], false, false, 100), [7; 100]);
        let down: Vec<i64> = (1..=100).rev().collect();
        assert_eq!(ints(&[0x61, 0xff, 0x64], false, false, 100), down);
        assert_eq!(ints(&[0xfb, 2, 3, 6, 7, 11], false, false, 5), [2, 3, 6, 7, 11]);
    }

    #[test]
    fn version_2() {
        assert_eq!(ints(&[0x0a, 0x27, 0x10], true, false, 5), [10_000; 5]);
        let direct = [0x5e, 0x03, 0x5c, 0xa1, 0xab, 0x1e, 0xde, 0xad, 0xbe, 0xef];
        assert_eq!(ints(&direct, true, false, 4), [23_713, 43_806, 57_005, 48_879]);
        let delta = [0xc6, 0x09, 0x02, 0x02, 0x22, 0x42, 0x42, 0x46];
        assert_eq!(ints(&delta, true, false, 10), [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
        let patched = [
            0x8e, 0x09, 0x2b, 0x21, 0x07, 0xd0, 0x1e, 0x00, 0x14, 0x70, 0x28, 0x32, 0x3c, 0x46,
            0x50, 0x5a, 0xfc, 0xe8,
        ];
        let expected = [2030, 2000, 2020, 1_000_000, 2040, 2050, 2060, 2070, 2080, 2090];
        assert_eq!(ints(&patched, true, false, 10), expected);
    }

    #[test]
    fn booleans_and_ends() {
        let none = Compression::new(Codec::None, 1 << 16).unwrap();
        let bytes = bytes::Bytes::from_static(&[0xff, 0x80]);
        let mut bits = Booleans::new(Stream::new(bytes, none));
        assert!(bits.bit().unwrap());
        assert!((0..7).all(|_| !bits.bit().unwrap()));
        assert!(bits.bit().is_err());
    }
}
