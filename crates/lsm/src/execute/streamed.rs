//! The key phase of keys of one word, while they are read: what has been planned is let go, so that the keys at hand
//! fit a cache however long the runs are.

use std::ops::Range;

use futures::future::try_join_all;
use rimon_spec::Result;

use super::chunk::{age, has_word_key, with_files, yield_now};
use super::front::{FEW_ROWS, KeyFront, WAITING, reached};
use super::keys::{DecodedRun, KeyNeeds, RunReader};
use crate::bitmap::Bitmap;
use crate::merge::Versions;
use crate::plan::{MergePlan, SlabPlanner};
use crate::read_spec::{MergeReadSpec, Output, ReadOrder};
use crate::sequence::hulls_are_disjoint;
use crate::slab::Chunk;

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
    let needs = KeyNeeds::words(spec.key_columns, wants_keys);
    let fronts = chunk.runs.iter().map(|run| {
        let rows = run.parts.iter().map(|part| part.rows.end - part.rows.start).sum();
        Front::new(RunReader::new(chunk, run, needs), rows)
    });
    let mut fronts: Vec<Front> = fronts.collect();
    let mut planner = SlabPlanner::new(spec.tuning.force, spec.tuning.slab_rows);
    let mut words: Vec<Vec<u64>> = fronts.iter().map(|_| Vec::with_capacity(WAITING)).collect();
    let few = spec.tuning.slab_rows.map_or(FEW_ROWS, |rows| rows.max(1));
    let mut rows: Vec<Range<usize>> = Vec::with_capacity(fronts.len());
    loop {
        // Together, so that requests to storage are under way together.
        let filled =
            try_join_all(fronts.iter_mut().zip(&mut words).map(|(f, w)| f.keys.fill(w, few)));
        if filled.await.map_err(|error| with_files(error, chunk))?.contains(&true) {
            return Ok(None);
        }
        // Up to here every run's keys are at hand.
        let bound = reached(fronts.iter().map(|front| &front.keys).zip(&words));
        let below = bound.map(|bound| move |word| word <= bound);
        rows.clear();
        rows.extend(fronts.iter().zip(&words).map(|(f, words)| f.keys.waiting(words, below)));
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
        runs.push(front.keys.reader.decoded);
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
        // Every key has a row, and no one asks what is in it.
        Versions::Columns { values, .. } => {
            let reads = |output: &Output| matches!(output, Output::Value(_));
            !values && !may_retract && !spec.projection.iter().any(reads)
        }
        Versions::All => false,
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
        && has_word_key(spec, chunk.files())
        && by_run()
}

/// A run that is read and planned.
struct Front {
    keys: KeyFront,
    /// A bit for each row planned.
    survivors: Bitmap,
}

impl Front {
    fn new(reader: RunReader, rows: u64) -> Self {
        Self { keys: KeyFront::new(reader), survivors: Bitmap::with_capacity(rows as usize) }
    }

    /// Takes the survivors of the words at hand up to `end`, which are planned now.
    fn advance(&mut self, words: &mut Vec<u64>, end: usize, survivors: &Bitmap) {
        self.survivors.grow(self.keys.row + words.len());
        self.survivors.or_at(self.keys.row / 64, survivors);
        self.keys.advance(words, end);
    }
}
