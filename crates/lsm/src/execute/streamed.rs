//! The key phase of keys of one word, while they are read: what has been planned is let go, so that the keys at hand
//! fit a cache however long the runs are.

use std::ops::Range;

use futures::future::try_join_all;
use rimon_spec::Result;

use super::chunk::{age, has_word_key, with_files, yield_now};
use super::keys::{DecodedRun, KeyNeeds, RunReader};
use crate::bitmap::Bitmap;
use crate::key::{check_words, first_above};
use crate::merge::Versions;
use crate::plan::{MergePlan, SlabPlanner};
use crate::read_spec::{MergeReadSpec, ReadOrder};
use crate::sequence::hulls_are_disjoint;
use crate::slab::Chunk;

/// A run is read on when fewer of its rows are waiting.
const FEW_ROWS: usize = 8 << 10;
/// Room for the rows that wait and a batch of more.
const WAITING: usize = 48 << 10;

/// The runs and what survives of them; `None` where the whole chunk has to be seen: rows whose age is not that of
/// their run, order, keys of other types, a run that has a key twice.
pub(super) async fn streamed(
    spec: &MergeReadSpec,
    chunk: &Chunk,
    wants_keys: bool,
) -> Result<Option<(Vec<DecodedRun>, MergePlan)>> {
    if !can_stream(spec, chunk) {
        return Ok(None);
    }
    let needs = KeyNeeds {
        key_columns: spec.key_columns,
        sequence: false,
        user_columns: 0,
        words: true,
        keys: wants_keys,
    };
    let fronts = chunk.runs.iter().map(|run| {
        let rows = run.parts.iter().map(|part| part.rows.end - part.rows.start).sum();
        Front::new(RunReader::new(chunk, run, needs), rows)
    });
    let mut fronts: Vec<Front<'_>> = fronts.collect();
    let mut planner = SlabPlanner::new(spec.tuning.force, spec.tuning.slab_rows);
    let mut words: Vec<Vec<u64>> = fronts.iter().map(|_| Vec::with_capacity(WAITING)).collect();
    let few = spec.tuning.slab_rows.map_or(FEW_ROWS, |rows| rows.max(1));
    let mut rows: Vec<Range<usize>> = Vec::with_capacity(fronts.len());
    loop {
        // Together, so that requests to storage are under way together.
        let filled = try_join_all(fronts.iter_mut().zip(&mut words).map(|(f, w)| f.fill(w, few)));
        if filled.await.map_err(|error| with_files(error, chunk))?.contains(&true) {
            return Ok(None);
        }
        // Up to here every run's keys are at hand.
        let bound = fronts.iter().zip(&words).filter(|(front, _)| !front.ended);
        let bound = bound.filter_map(|(_, words)| words.last().copied()).min();
        rows.clear();
        rows.extend(fronts.iter().zip(&words).map(|(front, words)| front.up_to(bound, words)));
        let survivors = planner.plan(&words, &rows);
        for (((front, words), rows), survivors) in
            fronts.iter_mut().zip(&mut words).zip(&rows).zip(survivors)
        {
            front.advance(words, rows.end, survivors);
        }
        if bound.is_none() {
            break;
        }
    }
    yield_now().await;
    let (mut runs, mut survivors) = (Vec::new(), Vec::new());
    for front in fronts {
        runs.push(front.reader.decoded);
        survivors.push(front.survivors);
    }
    let mut plan = MergePlan { survivors, order: None };
    let retracts: Vec<_> = runs.iter_mut().map(|run| run.retracts.take()).collect();
    if !spec.tuning.keep_retracts {
        plan.remove(&retracts);
    }
    Ok(Some((runs, plan)))
}

fn can_stream(spec: &MergeReadSpec, chunk: &Chunk) -> bool {
    let mut parts = chunk.runs.iter().flat_map(|run| &run.parts);
    let may_retract = parts.any(|part| part.file.meta().delete_rows != Some(0));
    let newest = match spec.merge.versions() {
        Versions::Newest { ignore_deletes } => !(ignore_deletes && may_retract),
        _ => false,
    };
    let by_run = || {
        hulls_are_disjoint(chunk.runs.iter().map(|run| {
            let (min, max, ..) = age(run);
            (min, max)
        }))
    };
    newest
        && spec.user_sequence.is_none()
        && (spec.order == ReadOrder::Unordered || spec.projection.is_empty())
        && has_word_key(spec, chunk)
        && by_run()
}

/// How far a run has been read and planned.
struct Front<'a> {
    reader: RunReader<'a>,
    ended: bool,
    /// Row of the run that the first word at hand belongs to, divided by 64: whole words of survivors are let go.
    word: usize,
    /// Words at hand that are planned already, fewer than 64.
    planned: usize,
    /// A bit for each row planned.
    survivors: Bitmap,
}

impl<'a> Front<'a> {
    fn new(reader: RunReader<'a>, rows: u64) -> Self {
        let survivors = Bitmap::with_capacity(rows as usize);
        Self { reader, ended: false, word: 0, planned: 0, survivors }
    }

    /// Reads on when fewer than `few` rows are waiting. Whether a key came twice.
    async fn fill(&mut self, words: &mut Vec<u64>, few: usize) -> Result<bool> {
        let mut twice = false;
        while !self.ended && words.len() - self.planned < few {
            let before = words.len();
            self.reader.decoded.words = Some(std::mem::take(words));
            self.ended = !self.reader.next().await?;
            *words = self.reader.decoded.words.take().unwrap_or_default();
            twice |= check_words(words.get(before.saturating_sub(1)..).unwrap_or(&[]))?;
        }
        Ok(twice)
    }

    /// The rows at hand that are not planned and not above `bound`.
    fn up_to(&self, bound: Option<u64>, words: &[u64]) -> Range<usize> {
        let end = bound.map_or(words.len(), |bound| first_above(words, self.planned, bound));
        self.planned..end
    }

    /// Takes the survivors of the words at hand up to `end`, which are planned now.
    fn advance(&mut self, words: &mut Vec<u64>, end: usize, survivors: &Bitmap) {
        self.survivors.grow(self.word * 64 + words.len());
        self.survivors.or_at(self.word, survivors);
        words.drain(..end & !63);
        self.word += end >> 6;
        self.planned = end & 63;
    }
}
