//! To and between CHAR, VARCHAR, BINARY and VARBINARY: cut to the length, CHAR padded with blanks, BINARY with zeros
//! (`BinaryStringUtils.java`).

use super::{Kernel, wrong_array};
use crate::arrow_value::value_at;
use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, BinaryBuilder, StringArray, StringBuilder};
use rimon_spec::{DataType, Error, MAX_LENGTH, Result, TypeKind, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// How long a text or byte string is to be.
#[derive(Clone, Copy)]
pub(super) struct Length {
    limit: usize,
    padded: bool,
}

impl Length {
    fn of(to: &DataType) -> Option<Self> {
        let (length, padded) = match to.kind {
            TypeKind::Char { length } | TypeKind::Binary { length } => (length, true),
            TypeKind::VarChar { length } | TypeKind::VarBinary { length } => (length, false),
            _ => return None,
        };
        let limit = if length == MAX_LENGTH { usize::MAX } else { length as usize };
        Some(Self { limit, padded })
    }

    fn fit<'a>(&self, text: &'a str) -> Cow<'a, str> {
        // A text of n bytes has at most n code points.
        if text.len() <= self.limit && !self.padded {
            return Cow::Borrowed(text);
        }
        if let Some((end, _)) = text.char_indices().nth(self.limit) {
            return Cow::Borrowed(text.get(..end).unwrap_or(text));
        }
        if !self.padded {
            return Cow::Borrowed(text);
        }
        let missing = self.limit.saturating_sub(text.chars().count());
        let mut padded = text.to_owned();
        padded.extend(std::iter::repeat_n(' ', missing));
        Cow::Owned(padded)
    }

    fn fit_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match bytes.get(..self.limit) {
            Some(cut) => Cow::Borrowed(cut),
            None if self.padded => {
                let mut padded = bytes.to_vec();
                padded.resize(self.limit, 0);
                Cow::Owned(padded)
            }
            None => Cow::Borrowed(bytes),
        }
    }
}

pub(super) fn resize(to: &DataType) -> Option<Kernel> {
    let length = Length::of(to)?;
    if length.limit == usize::MAX && !length.padded {
        return Some(Arc::new(|array| Ok(Arc::clone(array))));
    }
    Some(Arc::new(move |array| {
        let strings = array.as_string_opt::<i32>().ok_or_else(|| wrong_array(array))?;
        let cells = strings.iter().map(|s| s.map(|s| length.fit(s)));
        Ok(Arc::new(StringArray::from_iter(cells)))
    }))
}

pub(super) fn resize_bytes(to: &DataType) -> Option<Kernel> {
    let length = Length::of(to)?;
    Some(Arc::new(move |array| {
        let binary = array.as_binary_opt::<i32>().ok_or_else(|| wrong_array(array))?;
        Ok(bytes_array(binary.iter().map(|b| b.map(|b| length.fit_bytes(b)))))
    }))
}

/// The bytes are taken as UTF-8 whatever the length of the target, as Java does.
pub(super) fn bytes_to_text() -> Kernel {
    Arc::new(|array| {
        let binary = array.as_binary_opt::<i32>().ok_or_else(|| wrong_array(array))?;
        let text = StringArray::try_from_binary(binary.clone())
            .map_err(|e| Error::invalid("bytes that are not UTF-8 as a STRING").with_source(e))?;
        Ok(Arc::new(text))
    })
}

pub(super) fn text_to_bytes(to: &DataType) -> Kernel {
    let length = Length::of(to);
    Arc::new(move |array| {
        let strings = array.as_string_opt::<i32>().ok_or_else(|| wrong_array(array))?;
        let one = |s: &str| match length {
            Some(length) => length.fit_bytes(s.as_bytes()).into_owned(),
            None => s.as_bytes().to_vec(),
        };
        Ok(bytes_array(strings.iter().map(|s| s.map(|s| Cow::Owned(one(s))))))
    })
}

fn bytes_array<'a>(cells: impl Iterator<Item = Option<Cow<'a, [u8]>>>) -> ArrayRef {
    let mut builder = BinaryBuilder::new();
    cells.for_each(|cell| builder.append_option(cell));
    Arc::new(builder.finish())
}

/// Any scalar as text: Java's forms are those of [`Value::to_sql_string`]. DATE, TIME and TIMESTAMP become STRING
/// only, so that nothing is cut there.
pub(super) fn to_text(from: &DataType, to: &DataType) -> Kernel {
    let (from, length) = (from.clone(), Length::of(to));
    Arc::new(move |array| {
        let mut builder = StringBuilder::new();
        for row in 0..array.len() {
            match value_at(array, row, &from)? {
                Value::Null => builder.append_null(),
                value => {
                    let text = value.to_sql_string(&from);
                    builder.append_value(
                        length.map_or(Cow::Borrowed(text.as_str()), |l| l.fit(&text)),
                    );
                }
            }
        }
        Ok(Arc::new(builder.finish()) as ArrayRef)
    })
}

/// Each text through `parse`.
pub(super) fn map_text<T>(
    array: &ArrayRef,
    parse: impl Fn(&str) -> Result<T>,
) -> Result<Vec<Option<T>>> {
    let strings = array.as_string_opt::<i32>().ok_or_else(|| wrong_array(array))?;
    strings.iter().map(|s| s.map(&parse).transpose()).collect()
}
