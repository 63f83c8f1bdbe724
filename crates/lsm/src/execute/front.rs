//! The keys of a run that are at hand while several runs are read side by side.

use std::ops::Range;

use rimon_spec::Result;

use super::keys::RunReader;
use crate::key::check_words;

/// A run is read on when fewer of its rows are waiting.
pub(super) const FEW_ROWS: usize = 8 << 10;
/// Room for the rows that wait and a batch of more.
pub(super) const WAITING: usize = 48 << 10;

/// How far the keys of a run, which are words, have been read and used. The words at hand are kept beside it, so that
/// those of all runs can be looked at as one slice.
pub(super) struct KeyFront {
    pub(super) reader: RunReader,
    /// Nothing is left to be read.
    pub(super) ended: bool,
    /// Row of the run that the first word at hand belongs to, a multiple of 64: whole words of bits are let go.
    pub(super) row: usize,
    /// Words at hand that have been used already, fewer than 64.
    used: usize,
}

impl KeyFront {
    pub(super) fn new(reader: RunReader) -> Self {
        Self { reader, ended: false, row: 0, used: 0 }
    }

    /// Reads on while fewer than `few` rows are waiting. Whether a key came twice.
    pub(super) async fn fill(&mut self, words: &mut Vec<u64>, few: usize) -> Result<bool> {
        let mut twice = false;
        while !self.ended && words.len() - self.used < few {
            let before = words.len();
            self.reader.decoded.words = Some(std::mem::take(words));
            self.ended = !self.reader.next().await?;
            *words = self.reader.decoded.words.take().unwrap_or_default();
            twice |= check_words(words.get(before.saturating_sub(1)..).unwrap_or(&[]))?;
        }
        Ok(twice)
    }

    /// The waiting ones of `words` before the first for which `below` is false; `None`: all.
    pub(super) fn waiting(
        &self,
        words: &[u64],
        below: Option<impl Fn(u64) -> bool>,
    ) -> Range<usize> {
        let waiting = words.get(self.used..).unwrap_or_default();
        let count = below.map_or(waiting.len(), |below| waiting.partition_point(|w| below(*w)));
        self.used..self.used + count
    }

    /// Lets the words before `end` go.
    pub(super) fn advance(&mut self, words: &mut Vec<u64>, end: usize) {
        let whole = end & !63;
        words.drain(..whole);
        self.row += whole;
        self.used = end - whole;
    }
}

/// Up to here, inclusive, the keys of every run are at hand; `None`: all are.
pub(super) fn reached<'a>(
    fronts: impl IntoIterator<Item = (&'a KeyFront, &'a Vec<u64>)>,
) -> Option<u64> {
    let open = fronts.into_iter().filter(|(front, _)| !front.ended);
    open.filter_map(|(_, words)| words.last().copied()).min()
}
