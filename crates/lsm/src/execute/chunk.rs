//! From a chunk to the stream of its result.

use std::sync::Arc;
use std::task::Poll;

use arrow::array::RecordBatch;
use rimon_spec::{Error, ErrorKind, Result};

use super::compose::{AllVersions, changes, compose, high_levels};
use super::folded::{can_fold, folded};
use super::keys::{DecodedRun, KeyNeeds};
use super::shadows::{has_shadows, leave_out_shadows};
use super::streamed::streamed;
use super::survivors::surviving;
use crate::bitmap::Bitmap;
use crate::key::{ChunkKeys, KeyRun, check_sorted, is_word_value};
use crate::merge::{RowChange, Versions};
use crate::plan::{
    MergePlan, PlanRequest, group_versions, number_groups, plan_groups, plan_newest, plan_ranked,
};
use crate::ports::{BatchStream, SortedFileMeta};
use crate::read_spec::{MergeReadSpec, Output, ReadOrder};
use crate::run::RunRank;
use crate::sequence::{Ages, hulls_are_disjoint, rank_user_sequence};
use crate::slab::{Chunk, ChunkRun};

/// Reads, plans and starts the output of one chunk.
pub(crate) async fn execute_chunk(
    spec: Arc<MergeReadSpec>,
    mut chunk: Chunk,
) -> Result<BatchStream> {
    chunk.runs.sort_by(|a, b| (a.rank, age(a)).cmp(&(b.rank, age(b))));
    let ranked = chunk.runs.iter().any(|run| run.rank != RunRank::ByAge);
    let wants_keys = spec.projection.iter().any(|o| matches!(o, Output::Key(_)));
    let (runs, plan) = if let [only] = chunk.runs.as_slice() {
        let run = read_single(&spec, &chunk, only, wants_keys).await?;
        let dropped = run.retracts.as_ref().filter(|_| !spec.tuning.keep_retracts);
        let plan = dropped.map(|retracts| {
            let mut alive = Bitmap::zeros(run.rows);
            alive.set_range(0..run.rows);
            alive.and_not(retracts);
            MergePlan { survivors: vec![alive], order: None }
        });
        (vec![run], plan)
    } else if !ranked && let Some((runs, plan)) = streamed(&spec, &chunk, wants_keys).await? {
        (runs, Some(plan))
    } else if !ranked
        && can_fold(&spec, &chunk.runs.iter().map(|run| run.files().collect()).collect::<Vec<_>>())
    {
        return Ok(folded(&spec, chunk));
    } else {
        match merge(&spec, &chunk, wants_keys).await? {
            (runs, Merged::Plan(plan)) => (runs, Some(plan)),
            (runs, Merged::Versions(versions, values)) => {
                return compose(&spec, runs, versions, values).await;
            }
        }
    };
    Ok(surviving(&spec, runs, plan, wants_keys))
}

/// Oldest first; the rest is for a fixed order where ages overlap.
pub(super) fn age(run: &ChunkRun) -> (i64, i64, Option<i64>, &str) {
    let metas = || run.parts.iter().map(|part| part.file.meta());
    (
        metas().map(|m| m.min_sequence).min().unwrap_or(i64::MAX),
        metas().map(|m| m.max_sequence).max().unwrap_or(i64::MIN),
        metas().filter_map(|m| m.creation_time).max(),
        metas().map(|m: &SortedFileMeta| m.name.as_str()).max().unwrap_or(""),
    )
}

async fn read_single(
    spec: &MergeReadSpec,
    chunk: &Chunk,
    run: &ChunkRun,
    wants_keys: bool,
) -> Result<DecodedRun> {
    let may_retract = run.parts.iter().any(|part| part.file.meta().delete_rows != Some(0));
    if run.exact && !may_retract && !wants_keys {
        return Ok(DecodedRun::without_keys(run));
    }
    let needs = KeyNeeds {
        key_columns: spec.key_columns,
        sequence: false,
        user_columns: 0,
        words: false,
        keys: true,
    };
    DecodedRun::read(chunk, run, needs).await
}

/// The key phase.
async fn merge(
    spec: &MergeReadSpec,
    chunk: &Chunk,
    wants_keys: bool,
) -> Result<(Vec<DecodedRun>, Merged)> {
    // Runs of other ranks come first, and are the oldest whatever their sequence numbers are.
    let by_age = |run: &&ChunkRun| run.rank == RunRank::ByAge;
    let disjoint = hulls_are_disjoint(chunk.runs.iter().filter(by_age).map(|run| {
        let (min, max, ..) = age(run);
        (min, max)
    }));
    let words = !wants_keys && has_word_key(spec, chunk.files());
    let needs = KeyNeeds {
        key_columns: spec.key_columns,
        sequence: !disjoint,
        user_columns: spec.user_sequence.map_or(0, |user| user.columns),
        words,
        keys: !words,
    };
    let mut runs = Vec::with_capacity(chunk.runs.len());
    for run in &chunk.runs {
        let mut decoded = DecodedRun::read(
            chunk,
            run,
            KeyNeeds { sequence: needs.sequence && by_age(&run), ..needs },
        )
        .await?;
        if !by_age(&run) {
            decoded.be_oldest();
        }
        runs.push(decoded);
    }
    yield_now().await;
    let keys = encode(spec, &mut runs, wants_keys)?;
    let user = match spec.user_sequence {
        Some(user) => {
            let columns: Vec<_> = runs.iter_mut().map(|r| std::mem::take(&mut r.user)).collect();
            Some(rank_user_sequence(&columns, user.descending)?)
        }
        None => None,
    };
    let kinds = match spec.merge.versions() {
        Versions::Columns { lookup, .. } => RowKinds {
            changes: changes(&runs),
            levels: if lookup { high_levels(&runs) } else { None },
        },
        _ => RowKinds::default(),
    };
    let ages = Ages {
        user,
        sequences: (!disjoint)
            .then(|| runs.iter_mut().map(|r| std::mem::take(&mut r.sequences)).collect()),
        retracts: runs.iter_mut().map(|r| r.retracts.take()).collect(),
    };
    let mut plan = match &keys {
        ChunkKeys::Words(keys) => merge_runs(spec, keys, &ages, kinds),
        ChunkKeys::Wide(keys) => merge_runs(spec, keys, &ages, kinds),
        ChunkKeys::Bytes(keys) => merge_runs(spec, keys, &ages, kinds),
    }
    .map_err(|error| with_files(error, chunk))?;
    match &mut plan {
        Merged::Plan(plan) => leave_out_shadows(chunk, &mut runs, plan),
        Merged::Versions(..) if has_shadows(chunk) => {
            return Err(Error::unsupported("leaving out keys where rows are composed of several"));
        }
        Merged::Versions(..) => {}
    }
    yield_now().await;
    Ok((runs, plan))
}

/// Whether the key is one column of integer-like type, as the manifests' bounds tell.
pub(super) fn has_word_key<'a>(
    spec: &MergeReadSpec,
    mut files: impl Iterator<Item = &'a SortedFileMeta>,
) -> bool {
    spec.key_columns == 1
        && files.all(|file| match file.min_key.as_slice() {
            [key] => is_word_value(key),
            _ => false,
        })
}

fn encode(spec: &MergeReadSpec, runs: &mut [DecodedRun], wants_keys: bool) -> Result<ChunkKeys> {
    let words: Option<Vec<_>> =
        runs.iter_mut().map(|run| run.words.take().filter(|w| w.len() == run.rows)).collect();
    if let Some(words) = words {
        return Ok(ChunkKeys::Words(words));
    }
    let batches: Vec<Vec<RecordBatch>> = runs
        .iter()
        .map(|run| run.parts.iter().flat_map(|part| part.keys.iter().cloned()).collect())
        .collect();
    let keys = ChunkKeys::encode(&batches, spec.key_columns, true)?;
    if !wants_keys {
        // Only the encoded keys are needed from here on.
        runs.iter_mut().flat_map(|run| &mut run.parts).for_each(|part| part.keys.clear());
    }
    Ok(keys)
}

/// Names the files of a chunk where they are in conflict with each other.
pub(super) fn with_files(error: Error, chunk: &Chunk) -> Error {
    if error.kind() == ErrorKind::Corrupt { error.with("files", names(chunk)) } else { error }
}

fn names(chunk: &Chunk) -> String {
    let names = chunk.runs.iter().flat_map(|run| &run.parts).map(|p| p.file.meta().name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

/// What an engine that composes rows is told of each row; see [`RowVersions`].
#[derive(Debug, Default)]
struct RowKinds {
    changes: Vec<RowChange>,
    levels: Option<Vec<i32>>,
}

/// What the key phase gives.
enum Merged {
    /// The rows that survive.
    Plan(MergePlan),
    /// All rows of each key, and whether their values are needed whatever the output is.
    Versions(AllVersions, bool),
}

fn merge_runs<K: KeyRun>(
    spec: &MergeReadSpec,
    runs: &[K],
    ages: &Ages,
    kinds: RowKinds,
) -> Result<Merged> {
    let ordered = spec.order == ReadOrder::ByKey && !spec.projection.is_empty();
    let mut twice = false;
    for run in runs {
        twice |= check_sorted(run)?;
    }
    if let Versions::Columns { values, .. } = spec.merge.versions() {
        let slab_rows = spec.tuning.slab_rows;
        if ages.by_run() && !ordered && kinds.levels.is_none() {
            let (groups, count) = number_groups(runs, slab_rows)?;
            return Ok(Merged::Versions(AllVersions::Groups(groups, count, kinds.changes), values));
        }
        let mut versions = group_versions(runs, ages, ordered, slab_rows)?;
        versions.changes = kinds.changes;
        if let Some(levels) = &kinds.levels {
            versions.keep_one_high_level(levels);
        }
        return Ok(Merged::Versions(AllVersions::Rows(versions), values));
    }
    plan_runs(spec, runs, ages, ordered, twice).map(Merged::Plan)
}

fn plan_runs<K: KeyRun>(
    spec: &MergeReadSpec,
    runs: &[K],
    ages: &Ages,
    ordered: bool,
    twice: bool,
) -> Result<MergePlan> {
    let slab_rows = spec.tuning.slab_rows;
    let merge = spec.merge.as_ref();
    let mut plan = match merge.versions() {
        Versions::All | Versions::Columns { .. } => {
            plan_groups(runs, ages, merge, ordered, slab_rows)?
        }
        Versions::Newest { ignore_deletes } => {
            let ignore = ignore_deletes && ages.retracts.iter().any(Option::is_some);
            if ages.by_run() && !twice && !ignore {
                plan_newest(runs, PlanRequest { ordered, force: spec.tuning.force, slab_rows })?
            } else {
                let ignored = if ignore { ages.retracts.as_slice() } else { &[] };
                plan_ranked(runs, ages, ignored, ordered, slab_rows)?
            }
        }
    };
    if !spec.tuning.keep_retracts && ages.retracts.iter().any(Option::is_some) {
        plan.remove(&ages.retracts);
    }
    Ok(plan)
}

/// Lets other tasks of the thread run once.
pub(super) async fn yield_now() {
    let mut yielded = false;
    futures::future::poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
