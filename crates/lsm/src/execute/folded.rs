//! Engines that compose a row of several, where keys are words: keys and values of all runs are read side by side, a
//! key range that fits a cache at a time, and nothing is kept of what has been given out.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use futures::future::try_join_all;
use futures::{StreamExt, stream};
use rimon_spec::Result;

use super::chunk::{has_word_key, with_files};
use super::compose::{newest_keys, output};
use super::front::{FEW_ROWS, KeyFront, WAITING, reached};
use super::keys::{KeyNeeds, RunReader};
use super::pieces::{Pieces, RunValues};
use crate::merge::{RowChange, SlabRows, SlabRun, Versions};
use crate::plan::GroupTable;
use crate::ports::{BatchStream, SortedFileMeta};
use crate::read_spec::{MergeReadSpec, Output, ReadOrder};
use crate::sequence::hulls_are_disjoint;
use crate::slab::Chunk;

/// Columns times runs that are open at a time, at most.
const OPEN_COLUMNS: usize = 1 << 10;

/// Whether runs of these files can be read so; else a chunk is read as a whole.
pub(crate) fn can_fold(spec: &MergeReadSpec, runs: &[Vec<&SortedFileMeta>]) -> bool {
    let Versions::Columns { lookup, .. } = spec.merge.versions() else { return false };
    let files = || runs.iter().flatten().copied();
    spec.user_sequence.is_none()
        && (spec.order == ReadOrder::Unordered || spec.projection.is_empty())
        && runs.len().saturating_mul(spec.projection.len() + 1) <= OPEN_COLUMNS
        && has_word_key(spec, files())
        && hulls_are_disjoint(runs.iter().map(|run| hull(run)))
        && !(lookup && several_high_levels(files()))
}

/// Least and greatest sequence number.
fn hull(run: &[&SortedFileMeta]) -> (i64, i64) {
    let min = run.iter().map(|file| file.min_sequence).min();
    let max = run.iter().map(|file| file.max_sequence).max();
    (min.unwrap_or(i64::MAX), max.unwrap_or(i64::MIN))
}

/// Whether more than one level above 0 holds files.
fn several_high_levels<'a>(files: impl Iterator<Item = &'a SortedFileMeta>) -> bool {
    let mut levels = files.map(|file| file.level).filter(|level| *level > 0);
    levels.next().is_some_and(|first| levels.any(|level| level != first))
}

/// The result of a chunk whose runs are sorted from the oldest to the newest.
pub(super) fn folded(spec: &Arc<MergeReadSpec>, chunk: Chunk) -> BatchStream {
    let Versions::Columns { values, .. } = spec.merge.versions() else {
        return stream::empty().boxed();
    };
    let wants_keys = spec.projection.iter().any(|o| matches!(o, Output::Key(_)));
    let wants_values = spec.projection.iter().any(|o| matches!(o, Output::Value(_)));
    let needs = KeyNeeds::words(spec.key_columns, wants_keys);
    let fronts = chunk.runs.iter().map(|run| KeyFront::new(RunReader::new(&chunk, run, needs)));
    let folding = Folding {
        fronts: fronts.collect(),
        words: chunk.runs.iter().map(|_| Vec::with_capacity(WAITING)).collect(),
        keys: wants_keys.then(|| chunk.runs.iter().map(|_| Pieces::default()).collect()),
        values: (values || wants_values)
            .then(|| chunk.runs.iter().map(|_| RunValues::default()).collect()),
        table: GroupTable::default(),
        ready: VecDeque::new(),
        spec: Arc::clone(spec),
        chunk,
    };
    stream::try_unfold(folding, |mut folding| async move {
        Ok(folding.next().await?.map(|batch| (batch, folding)))
    })
    .boxed()
}

struct Folding {
    spec: Arc<MergeReadSpec>,
    chunk: Chunk,
    /// For each run, oldest first, its keys.
    fronts: Vec<KeyFront>,
    words: Vec<Vec<u64>>,
    /// Key columns that wait for their slab, when they are wanted.
    keys: Option<Vec<Pieces>>,
    values: Option<Vec<RunValues>>,
    table: GroupTable,
    ready: VecDeque<RecordBatch>,
}

impl Folding {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        while self.ready.is_empty() {
            let Some(rows) = self.next_slab().await? else { return Ok(None) };
            self.table.assign(&self.words, &rows);
            let merged = self.merge(&rows).await?;
            self.ready.extend(merged);
            for ((front, words), rows) in self.fronts.iter_mut().zip(&mut self.words).zip(&rows) {
                front.advance(words, rows.end);
            }
        }
        Ok(self.ready.pop_front())
    }

    /// Reads keys until some are complete: for each run the words of a slab; `None` at the end.
    async fn next_slab(&mut self) -> Result<Option<Vec<Range<usize>>>> {
        let mut few = self.spec.tuning.slab_rows.map_or(FEW_ROWS, |rows| rows.max(1));
        loop {
            // Together, so that requests to storage are under way together.
            let fronts = self.fronts.iter_mut().zip(&mut self.words);
            let filled = try_join_all(fronts.map(|(front, words)| front.fill(words, few)));
            filled.await.map_err(|error| with_files(error, &self.chunk))?;
            if let Some(keys) = &mut self.keys {
                for (front, keys) in self.fronts.iter_mut().zip(keys) {
                    keys.extend(front.reader.take_keys());
                }
            }
            let bound = reached(self.fronts.iter().zip(&self.words));
            // Of the last key at hand more rows may come, should a run have it twice.
            let below = bound.map(|bound| move |word| word < bound);
            let rows: Vec<_> = self
                .fronts
                .iter()
                .zip(&self.words)
                .map(|(front, words)| front.waiting(words, below))
                .collect();
            if rows.iter().any(|rows| !rows.is_empty()) {
                return Ok(Some(rows));
            }
            if bound.is_none() {
                return Ok(None);
            }
            few = few.saturating_mul(2);
        }
    }

    /// The rows of the output for a slab.
    async fn merge(&mut self, rows: &[Range<usize>]) -> Result<Vec<RecordBatch>> {
        let counts = || rows.iter().map(ExactSizeIterator::len);
        let values = match &mut self.values {
            None => vec![Vec::new(); rows.len()],
            Some(values) => {
                let taken = values.iter_mut().zip(&self.fronts).zip(counts());
                let taken = taken.map(|((values, front), rows)| {
                    values.take(front.reader.parts_from(values.part), rows)
                });
                try_join_all(taken.collect::<Vec<_>>()).await?
            }
        };
        let keys = match &mut self.keys {
            None => Vec::new(),
            Some(keys) => {
                let taken = keys.iter_mut().zip(counts());
                taken.map(|(keys, rows)| keys.take_all(rows)).collect::<Result<_>>()?
            }
        };
        let runs = values.into_iter().zip(&self.table.groups).zip(&self.fronts).zip(rows);
        let runs = runs.map(|(((values, groups), front), rows)| SlabRun {
            groups,
            values,
            changes: changes(front, rows),
        });
        let slab = SlabRows::new(self.table.count, runs.collect());
        let merged = self.spec.merge.merge_slab(&slab)?;
        let groups = self.table.groups.iter().map(Vec::as_slice);
        let keys = newest_keys(&self.spec, keys.into_iter().zip(groups), self.table.count)?;
        output(&self.spec, merged, &keys)
    }
}

/// The kinds of some words at hand, nothing when none retracts.
fn changes(front: &KeyFront, rows: &Range<usize>) -> Vec<RowChange> {
    let decoded = &front.reader.decoded;
    let Some(retracts) = &decoded.retracts else { return Vec::new() };
    let rows = front.row + rows.start..front.row + rows.end;
    if retracts.next_set(rows.start, rows.end) == rows.end {
        return Vec::new();
    }
    let change = |row| match (retracts.get(row), &decoded.deletes) {
        (true, Some(deletes)) if deletes.get(row) => RowChange::Delete,
        (true, _) => RowChange::UpdateBefore,
        (false, _) => RowChange::Add,
    };
    rows.map(change).collect()
}
