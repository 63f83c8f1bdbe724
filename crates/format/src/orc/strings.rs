//! Text and bytes, plain or from a dictionary.

use super::chunks::Stream;
use super::column::{lengths, offsets, values_of};
use super::integers::Integers;
use super::stripe::{DATA, DICTIONARY_DATA, Streams};
use arrow::array::{ArrayRef, BinaryArray, StringArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use rimon_spec::{Error, Result};
use std::sync::Arc;

/// Most bytes of a dictionary.
const MAX_DICTIONARY: usize = 256 << 20;

#[derive(Debug)]
pub(super) struct Strings {
    source: Source,
    text: bool,
    /// CHAR is stored with blanks behind it; Java's reader takes them off.
    blanks: bool,
}

#[derive(Debug)]
enum Source {
    Plain { lengths: Integers, data: Stream },
    Dictionary { indexes: Integers, words: Dictionary },
}

/// The words of a column in a stripe; read when the first is asked for.
#[derive(Debug)]
struct Dictionary {
    size: u64,
    lengths: Integers,
    data: Stream,
    loaded: Option<(Vec<i32>, Vec<u8>)>,
}

impl Strings {
    pub(super) fn new(streams: &Streams, index: usize, text: bool, blanks: bool) -> Result<Self> {
        let encoding = streams.encoding(index);
        let data = streams.stream(index, DATA);
        let lengths = lengths(streams, index);
        let source = if encoding.dictionary {
            let words = Dictionary {
                size: encoding.dictionary_size,
                lengths,
                data: streams.stream(index, DICTIONARY_DATA),
                loaded: None,
            };
            Source::Dictionary { indexes: Integers::new(data, encoding.second, false), words }
        } else {
            Source::Plain { lengths, data }
        };
        Ok(Self { source, text, blanks })
    }

    pub(super) fn next(&mut self, rows: usize, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
        let count = values_of(rows, nulls.as_ref());
        let (mut offsets, mut bytes) = match &mut self.source {
            Source::Plain { lengths, data } => {
                let offsets = offsets(lengths.take(count)?, nulls.as_ref())?;
                let total = offsets.last().copied().unwrap_or(0);
                let mut bytes = Vec::new();
                data.read_into(&mut bytes, usize::try_from(total).unwrap_or_default())?;
                (offsets, bytes)
            }
            Source::Dictionary { indexes, words } => {
                let found = indexes.take(count)?;
                words.look_up(found, rows, nulls.as_ref())?
            }
        };
        if self.blanks {
            (offsets, bytes) = without_blanks(&offsets, &bytes);
        }
        let offsets = OffsetBuffer::new(offsets.into());
        let broken = |e| Error::corrupt("a column does not hold together").with_source(e);
        Ok(if self.text {
            Arc::new(StringArray::try_new(offsets, bytes.into(), nulls).map_err(broken)?)
        } else {
            Arc::new(BinaryArray::try_new(offsets, bytes.into(), nulls).map_err(broken)?)
        })
    }
}

impl Dictionary {
    fn load(&mut self) -> Result<&(Vec<i32>, Vec<u8>)> {
        if self.loaded.is_none() {
            let size = usize::try_from(self.size).unwrap_or(usize::MAX);
            let offsets = offsets(self.lengths.take(size)?, None)?;
            let total = usize::try_from(offsets.last().copied().unwrap_or(0)).unwrap_or_default();
            if total > MAX_DICTIONARY {
                return Err(Error::exhausted(format!("a dictionary of {total} bytes")));
            }
            let mut bytes = Vec::new();
            self.data.read_into(&mut bytes, total)?;
            self.loaded = Some((offsets, bytes));
        }
        self.loaded.as_ref().ok_or_else(|| Error::internal("a dictionary was not read"))
    }

    fn look_up(
        &mut self,
        indexes: Vec<i64>,
        rows: usize,
        nulls: Option<&NullBuffer>,
    ) -> Result<(Vec<i32>, Vec<u8>)> {
        if indexes.is_empty() {
            return Ok((vec![0; rows + 1], Vec::new()));
        }
        let (words, letters) = self.load()?;
        let mut bytes = Vec::new();
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0_i32);
        let mut indexes = indexes.into_iter();
        for row in 0..rows {
            if nulls.is_none_or(|n| n.is_valid(row)) {
                let index = indexes.next().unwrap_or(-1);
                let word = usize::try_from(index).ok().and_then(|i| {
                    let (from, to) = (*words.get(i)?, *words.get(i.checked_add(1)?)?);
                    letters.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?)
                });
                bytes.extend_from_slice(word.ok_or_else(|| {
                    Error::corrupt(format!("word {index} is not in the dictionary"))
                })?);
            }
            offsets.push(
                i32::try_from(bytes.len())
                    .map_err(|_| Error::exhausted("more than 2 GiB of a column in one batch"))?,
            );
        }
        Ok((offsets, bytes))
    }
}

fn without_blanks(offsets: &[i32], bytes: &[u8]) -> (Vec<i32>, Vec<u8>) {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut result = Vec::with_capacity(offsets.len());
    result.push(0);
    let index = |n: &i32| usize::try_from(*n).unwrap_or_default();
    for (from, to) in offsets.iter().zip(offsets.iter().skip(1)) {
        let value = bytes.get(index(from)..index(to)).unwrap_or_default();
        let end = value.iter().rposition(|b| *b != b' ').map_or(0, |last| last + 1);
        kept.extend_from_slice(value.get(..end).unwrap_or_default());
        result.push(i32::try_from(kept.len()).unwrap_or(i32::MAX));
    }
    (result, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_go_from_the_end_only() {
        let (offsets, bytes) = without_blanks(&[0, 4, 6, 6, 9], b" a b  x y");
        assert_eq!(offsets, [0, 4, 4, 4, 7]);
        assert_eq!(bytes, b" a bx y");
    }
}
