//! Java's hash of a `BinaryRow`, computed from Arrow columns without building the rows (format.md §4, §5).
//!
//! Murmur3 reads a row as little-endian 32-bit words: the null bits, one slot of two words per field, then the
//! variable part. Each of these is a pass over one column that updates a running hash per row.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, Time32MillisecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType,
};
use rimon_spec::murmur::{SEED, finish, mix_word};
use rimon_spec::{DataType, Error, Result, TypeKind};

const INLINE_BYTES: usize = 7;
const INLINE_MARK: u64 = 0x80;

/// Hashes the rows of some columns as `BinaryRow.hashCode` does.
#[derive(Debug, Clone)]
pub(crate) struct RowHasher {
    types: Vec<DataType>,
}

impl RowHasher {
    /// A hasher of rows of these types.
    ///
    /// # Errors
    /// `Unsupported` for nested types, which are no keys.
    pub(crate) fn new(types: Vec<DataType>) -> Result<Self> {
        for data_type in &types {
            if !is_scalar(&data_type.kind) {
                return Err(Error::unsupported(format!("{:?} as a bucket key", data_type.kind)));
            }
        }
        Ok(Self { types })
    }

    /// One hash per row of `columns`, which have the canonical Arrow types of this hasher's types.
    pub(crate) fn hash(&self, columns: &[ArrayRef]) -> Result<Vec<i32>> {
        let rows = columns.first().map_or(0, |c| c.len());
        let bitset = (self.types.len() + 63 + 8) / 64 * 8;
        let fixed = bitset + 8 * self.types.len();
        let mut state = State { hash: vec![SEED; rows], size: vec![fixed as u32; rows] };
        state.null_bits(columns, bitset / 4);
        for (data_type, column) in self.types.iter().zip(columns) {
            state.slots(&data_type.kind, column.as_ref())?;
        }
        for (data_type, column) in self.types.iter().zip(columns) {
            state.variable_part(&data_type.kind, column.as_ref())?;
        }
        Ok(state.finish())
    }
}

/// The running hash of each row and its size so far: the offset of its next variable-length value.
struct State {
    hash: Vec<u32>,
    size: Vec<u32>,
}

impl State {
    fn null_bits(&mut self, columns: &[ArrayRef], words: usize) {
        for word in 0..words {
            let mut bits = vec![0u32; self.hash.len()];
            for (field, column) in columns.iter().enumerate() {
                let bit = field + 8;
                if bit / 32 != word {
                    continue;
                }
                if let Some(nulls) = column.logical_nulls().filter(|n| n.null_count() > 0) {
                    for (bits, valid) in bits.iter_mut().zip(nulls.iter()) {
                        *bits |= u32::from(!valid) << (bit % 32);
                    }
                }
            }
            for (hash, bits) in self.hash.iter_mut().zip(bits) {
                *hash = mix_word(*hash, bits);
            }
        }
    }

    fn slots(&mut self, kind: &TypeKind, column: &dyn Array) -> Result<()> {
        match kind {
            TypeKind::Boolean => {
                let values = column.as_boolean_opt().ok_or_else(|| mismatch(kind, column))?;
                self.mix_slots(values.iter().map(|v| u64::from(v.unwrap_or(false))));
            }
            TypeKind::TinyInt => {
                self.primitive::<Int8Type>(kind, column, |v| u64::from(v as u8))?
            }
            TypeKind::SmallInt => {
                self.primitive::<Int16Type>(kind, column, |v| u64::from(v as u16))?
            }
            TypeKind::Int => self.primitive::<Int32Type>(kind, column, |v| u64::from(v as u32))?,
            TypeKind::BigInt => self.primitive::<Int64Type>(kind, column, |v| v as u64)?,
            TypeKind::Float => {
                self.primitive::<Float32Type>(kind, column, |v| u64::from(v.to_bits()))?
            }
            TypeKind::Double => self.primitive::<Float64Type>(kind, column, f64::to_bits)?,
            TypeKind::Date => {
                self.primitive::<Date32Type>(kind, column, |v| u64::from(v as u32))?
            }
            TypeKind::Time { .. } => {
                self.primitive::<Time32MillisecondType>(kind, column, |v| u64::from(v as u32))?
            }
            TypeKind::Decimal { precision, .. } if *precision <= 18 => {
                self.primitive::<Decimal128Type>(kind, column, |v| v as i64 as u64)?
            }
            TypeKind::Decimal { .. } => {
                let values = typed::<Decimal128Type>(kind, column)?;
                self.reserved(values.iter().map(|v| v.map_or(0, |v| minimal_len(v) as u32)), 16);
            }
            TypeKind::Timestamp { precision } | TypeKind::LocalZonedTimestamp { precision } => {
                self.timestamp_slots(kind, *precision, column)?
            }
            _ => {
                for_bytes(kind, column, |values| self.bytes_slots(values))?;
            }
        }
        Ok(())
    }

    fn timestamp_slots(
        &mut self,
        kind: &TypeKind,
        precision: u8,
        column: &dyn Array,
    ) -> Result<()> {
        if precision <= 3 {
            return self.primitive::<TimestampMillisecondType>(kind, column, |v| v as u64);
        }
        let nanos: Vec<u32> = timestamps(kind, precision, column)?.map(|v| v.1).collect();
        self.reserved(nanos.into_iter(), 8);
        Ok(())
    }

    fn variable_part(&mut self, kind: &TypeKind, column: &dyn Array) -> Result<()> {
        match kind {
            TypeKind::Decimal { precision, .. } if *precision > 18 => {
                let values = typed::<Decimal128Type>(kind, column)?;
                for (hash, value) in self.hash.iter_mut().zip(values.iter()) {
                    let mut image = [0u8; 16];
                    let value = value.unwrap_or(0);
                    let bytes = value.to_be_bytes();
                    let tail = bytes.iter().skip(16 - minimal_len(value));
                    for (to, from) in image.iter_mut().zip(tail) {
                        *to = *from;
                    }
                    *hash = mix_bytes(*hash, &image);
                }
            }
            TypeKind::Timestamp { precision } | TypeKind::LocalZonedTimestamp { precision }
                if *precision > 3 =>
            {
                let millis = timestamps(kind, *precision, column)?.map(|v| v.0 as u64);
                for (hash, millis) in self.hash.iter_mut().zip(millis) {
                    *hash = mix_long(*hash, millis);
                }
            }
            TypeKind::Char { .. }
            | TypeKind::VarChar { .. }
            | TypeKind::Binary { .. }
            | TypeKind::VarBinary { .. } => for_bytes(kind, column, |values| {
                for (hash, value) in self.hash.iter_mut().zip(values) {
                    if let Some(value) = value.filter(|v| v.len() > INLINE_BYTES) {
                        *hash = mix_bytes(*hash, value);
                    }
                }
            })?,
            _ => {}
        }
        Ok(())
    }

    fn primitive<T: ArrowPrimitiveType>(
        &mut self,
        kind: &TypeKind,
        column: &dyn Array,
        slot: impl Fn(T::Native) -> u64,
    ) -> Result<()> {
        let values = typed::<T>(kind, column)?;
        if values.null_count() == 0 {
            self.mix_slots(values.values().iter().map(|v| slot(*v)));
        } else {
            self.mix_slots(values.iter().map(|v| v.map_or(0, &slot)));
        }
        Ok(())
    }

    fn mix_slots(&mut self, slots: impl Iterator<Item = u64>) {
        for (hash, slot) in self.hash.iter_mut().zip(slots) {
            *hash = mix_long(*hash, slot);
        }
    }

    /// Slots of values that always take `width` bytes of the variable part, null or not.
    fn reserved(&mut self, low: impl Iterator<Item = u32>, width: u32) {
        for ((hash, size), low) in self.hash.iter_mut().zip(&mut self.size).zip(low) {
            *hash = mix_long(*hash, u64::from(*size) << 32 | u64::from(low));
            *size = size.wrapping_add(width);
        }
    }

    fn bytes_slots(&mut self, values: &mut dyn Iterator<Item = Option<&[u8]>>) {
        for ((hash, size), value) in self.hash.iter_mut().zip(&mut self.size).zip(values) {
            let slot = match value {
                None => 0,
                Some(value) if value.len() <= INLINE_BYTES => inline_slot(value),
                Some(value) => {
                    let slot = u64::from(*size) << 32 | value.len() as u64;
                    *size = size.wrapping_add(value.len().next_multiple_of(8) as u32);
                    slot
                }
            };
            *hash = mix_long(*hash, slot);
        }
    }

    fn finish(self) -> Vec<i32> {
        self.hash.into_iter().zip(self.size).map(|(h, size)| finish(h, size)).collect()
    }
}

fn is_scalar(kind: &TypeKind) -> bool {
    !matches!(
        kind,
        TypeKind::Array(_)
            | TypeKind::Map { .. }
            | TypeKind::Multiset(_)
            | TypeKind::Row(_)
            | TypeKind::Variant
            | TypeKind::Blob
            | TypeKind::Vector { .. }
            | TypeKind::Opaque(_)
    )
}

fn inline_slot(value: &[u8]) -> u64 {
    let low = value.iter().rev().fold(0u64, |slot, byte| slot << 8 | u64::from(*byte));
    low | (INLINE_MARK | value.len() as u64) << 56
}

/// Bytes of the shortest two's complement form, as `BigInteger.toByteArray` gives.
fn minimal_len(value: i128) -> usize {
    let magnitude = if value < 0 { !value } else { value };
    (128 - magnitude.leading_zeros() as usize) / 8 + 1
}

/// (milliseconds, nanoseconds past them) of each value; zeros for null.
fn timestamps<'a>(
    kind: &TypeKind,
    precision: u8,
    column: &'a dyn Array,
) -> Result<Box<dyn Iterator<Item = (i64, u32)> + 'a>> {
    Ok(if precision <= 6 {
        let values = typed::<TimestampMicrosecondType>(kind, column)?;
        Box::new(values.iter().map(|v| {
            let v = v.unwrap_or(0);
            (v.div_euclid(1_000), v.rem_euclid(1_000) as u32 * 1_000)
        }))
    } else {
        let values = typed::<TimestampNanosecondType>(kind, column)?;
        Box::new(values.iter().map(|v| {
            let v = v.unwrap_or(0);
            (v.div_euclid(1_000_000), v.rem_euclid(1_000_000) as u32)
        }))
    })
}

fn for_bytes(
    kind: &TypeKind,
    column: &dyn Array,
    mut visit: impl FnMut(&mut dyn Iterator<Item = Option<&[u8]>>),
) -> Result<()> {
    if let Some(values) = column.as_string_opt::<i32>() {
        visit(&mut values.iter().map(|v| v.map(str::as_bytes)));
    } else if let Some(values) = column.as_string_view_opt() {
        visit(&mut values.iter().map(|v| v.map(str::as_bytes)));
    } else if let Some(values) = column.as_binary_opt::<i32>() {
        visit(&mut values.iter());
    } else {
        return Err(mismatch(kind, column));
    }
    Ok(())
}

fn typed<'a, T: ArrowPrimitiveType>(
    kind: &TypeKind,
    column: &'a dyn Array,
) -> Result<&'a PrimitiveArray<T>> {
    column.as_primitive_opt::<T>().ok_or_else(|| mismatch(kind, column))
}

fn mismatch(kind: &TypeKind, column: &dyn Array) -> Error {
    Error::internal(format!("a key column of {kind:?} came as {}", column.data_type()))
}

fn mix_long(hash: u32, slot: u64) -> u32 {
    mix_word(mix_word(hash, slot as u32), (slot >> 32) as u32)
}

/// Mixes bytes, padded with zeros to whole 8-byte words.
fn mix_bytes(mut hash: u32, bytes: &[u8]) -> u32 {
    for chunk in bytes.chunks(8) {
        let word = chunk.iter().rev().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        hash = mix_long(hash, word);
    }
    hash
}
