//! Cutting a section into tasks and chunks by the bounds of its key blocks, before any row is
//! read.
//!
//! Blocks that overlap, directly or through others, form a *component*; a component of one run
//! has keys that no other run has and needs no merge. Long stretches of such blocks become chunks
//! of their own; everything else is cut where the cut values of blocks make chunks of the size
//! wanted. All cuts are values of the first key column: a chunk is the rows with
//! `from <= first key column < to`, of every run.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use futures::future::try_join_all;
use rimon_spec::{Result, Value};

use crate::key::compare_values;
use crate::ports::{KeyBlock, SortedFile, SortedFileMeta};
use crate::run::{RunRank, SortedRun};

/// A stretch of blocks that no other run touches becomes a chunk of its own from this size on.
const SOLO_ROWS: u64 = 32 << 10;

/// Rows of one file that a chunk reads.
#[derive(Debug, Clone)]
pub(crate) struct FilePart {
    pub(crate) file: Arc<dyn SortedFile>,
    pub(crate) rows: Range<u64>,
}

/// One run's share of a chunk.
#[derive(Debug, Clone)]
pub(crate) struct ChunkRun {
    /// Parts in key order.
    pub(crate) parts: Vec<FilePart>,
    /// Whether all rows of the parts are inside the chunk's range; else some at the ends are not.
    pub(crate) exact: bool,
    /// See [`RunRank`].
    pub(crate) rank: RunRank,
}

/// A key range that is merged at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chunk {
    /// First key column from this value on; `None`: from the start.
    pub(crate) from: Option<Value>,
    /// First key column below this value; `None`: to the end.
    pub(crate) to: Option<Value>,
    /// Runs that have blocks in the range, in the order of the section.
    pub(crate) runs: Vec<ChunkRun>,
}

impl ChunkRun {
    /// What is known of the files of the parts.
    pub(crate) fn files(&self) -> impl Iterator<Item = &SortedFileMeta> {
        self.parts.iter().map(|part| part.file.meta())
    }
}

impl Chunk {
    /// What is known of the files of all runs.
    pub(crate) fn files(&self) -> impl Iterator<Item = &SortedFileMeta> {
        self.runs.iter().flat_map(ChunkRun::files)
    }

    /// Rows of the parts, some of which may be outside the range.
    pub(crate) fn rows(&self) -> u64 {
        let parts = self.runs.iter().flat_map(|run| &run.parts);
        parts.map(|part| part.rows.end - part.rows.start).sum()
    }
}

/// Sizes of chunks and tasks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutSizes {
    /// Tasks wanted.
    pub(crate) tasks: usize,
    /// Most rows of a chunk, about.
    pub(crate) chunk_rows: u64,
    /// Fewest rows of a task, about.
    pub(crate) min_task_rows: u64,
}

/// A block with known bounds and its place.
struct Block<'a> {
    min: &'a Value,
    max: &'a Value,
    rows: Range<u64>,
}

/// The blocks of one run, file by file.
struct RunBlocks<'a> {
    rank: RunRank,
    files: Vec<(&'a Arc<dyn SortedFile>, Vec<Block<'a>>)>,
}

/// Tasks of a section in key order, each a list of chunks in key order.
pub(crate) async fn plan_tasks(runs: &[SortedRun], sizes: CutSizes) -> Result<Vec<Vec<Chunk>>> {
    let blocks = try_join_all(runs.iter().map(|run| {
        try_join_all(run.files().iter().map(|file| async move { file.blocks().await }))
    }))
    .await?;
    let runs: Vec<RunBlocks<'_>> =
        runs.iter().zip(&blocks).map(|(run, blocks)| RunBlocks::new(run, blocks)).collect();
    Ok(cut(&runs, sizes))
}

fn cut(runs: &[RunBlocks<'_>], sizes: CutSizes) -> Vec<Vec<Chunk>> {
    let total: u64 = runs.iter().map(RunBlocks::rows).sum();
    if total == 0 {
        return Vec::new();
    }
    let tasks = (total / sizes.min_task_rows.max(1)).clamp(1, sizes.tasks.max(1) as u64);
    let per_task = total.div_ceil(tasks).div_ceil(sizes.chunk_rows.max(1));
    let pieces = tasks * per_task;
    if runs.iter().all(|run| run.rank == RunRank::Shadow) {
        return Vec::new();
    }
    if let [only] = runs {
        return cut_single(only, total, tasks, per_task);
    }
    let borders = solo_borders(runs);
    let candidates = candidates(runs);
    let mut cuts: Vec<(&Value, bool)> = borders.into_iter().map(|b| (b, false)).collect();
    for piece in 1..pieces {
        let wanted = (u128::from(total) * u128::from(piece) / u128::from(pieces)) as u64;
        let index = candidates.partition_point(|value| rows_below(runs, value) < wanted);
        if let Some(value) = candidates.get(index) {
            cuts.push((*value, piece % per_task == 0));
        }
    }
    // Equal cuts become one, which ends a task if any of them does.
    cuts.sort_by(|a, b| compare_values(a.0, b.0).then(b.1.cmp(&a.1)));
    cuts.dedup_by(|b, a| compare_values(a.0, b.0).is_eq());
    let mut tasks = vec![Vec::new()];
    let mut from: Option<&Value> = None;
    let ends = cuts.iter().map(|(value, ends)| (Some(*value), *ends)).chain([(None, true)]);
    for (to, ends_task) in ends {
        let chunk = chunk(runs, from, to);
        if let Some(task) = tasks.last_mut()
            && chunk.runs.iter().any(|run| run.rank != RunRank::Shadow)
        {
            task.push(chunk);
        }
        if ends_task {
            tasks.push(Vec::new());
        }
        from = to;
    }
    tasks.retain(|task| !task.is_empty());
    tasks
}

/// A section of one run needs no key to be cut: chunks are stretches of its blocks.
fn cut_single(run: &RunBlocks<'_>, total: u64, tasks: u64, per_task: u64) -> Vec<Vec<Chunk>> {
    let pieces = tasks * per_task;
    let mut result = vec![vec![Vec::<FilePart>::new()]];
    let (mut done, mut piece) = (0u64, 1u64);
    for (file, blocks) in &run.files {
        let mut fresh = true;
        for block in blocks {
            if piece < pieces && u128::from(done) * u128::from(pieces) >= u128::from(total * piece)
            {
                match result.last_mut() {
                    Some(task) if piece % per_task != 0 => task.push(Vec::new()),
                    _ => result.push(vec![Vec::new()]),
                }
                piece += 1;
                fresh = true;
            }
            done += block.len();
            let Some(parts) = result.last_mut().and_then(|task| task.last_mut()) else { continue };
            match parts.last_mut() {
                Some(part) if !fresh => part.rows.end = block.rows.end,
                _ => parts.push(FilePart { file: Arc::clone(file), rows: block.rows.clone() }),
            }
            fresh = false;
        }
    }
    let whole = |parts| ChunkRun { parts, exact: true, rank: RunRank::ByAge };
    let chunk = |parts| Chunk { runs: vec![whole(parts)], ..Chunk::default() };
    result.into_iter().map(|task| task.into_iter().map(chunk).collect()).collect()
}

impl<'a> RunBlocks<'a> {
    fn new(run: &'a SortedRun, blocks: &'a [Arc<[KeyBlock]>]) -> Self {
        let files = run.files().iter().zip(blocks).map(|(file, blocks)| {
            let meta = file.meta();
            let blocks = blocks.iter().filter(|block| !block.rows.is_empty());
            let mut blocks: Vec<_> = blocks
                .map(|block| Block {
                    // What a block does not tell, the file does.
                    min: block.min.as_ref().or(meta.min_key.first()).unwrap_or(&Value::Null),
                    max: block.max.as_ref().or(meta.max_key.first()).unwrap_or(&Value::Null),
                    rows: block.rows.clone(),
                })
                .collect();
            // Statistics of blocks may leave out NaN; the file's keys do not.
            if let (Some(first), Some(min)) = (blocks.first_mut(), meta.min_key.first())
                && less(min, first.min)
            {
                first.min = min;
            }
            if let (Some(last), Some(max)) = (blocks.last_mut(), meta.max_key.first())
                && less(last.max, max)
            {
                last.max = max;
            }
            (file, blocks)
        });
        Self { rank: run.rank(), files: files.collect() }
    }

    fn blocks(&self) -> impl Iterator<Item = &Block<'a>> {
        self.files.iter().flat_map(|(_, blocks)| blocks)
    }

    fn rows(&self) -> u64 {
        self.blocks().map(Block::len).sum()
    }

    /// The run's rows with first key column in `from..to`, and some beside them.
    fn part(&self, from: Option<&Value>, to: Option<&Value>) -> Option<ChunkRun> {
        let mut parts = Vec::new();
        let mut exact = true;
        for (file, blocks) in &self.files {
            let below = |block: &Block<'_>| from.is_some_and(|v| less(block.max, v));
            let above = |block: &Block<'_>| to.is_some_and(|v| !less(block.min, v));
            let inside = |block: &&Block<'_>| !below(block) && !above(block);
            let (Some(first), Some(last)) =
                (blocks.iter().find(inside), blocks.iter().rev().find(inside))
            else {
                continue;
            };
            let rows = first.rows.start..last.rows.end;
            exact &=
                !from.is_some_and(|v| less(first.min, v)) && to.is_none_or(|v| less(last.max, v));
            parts.push(FilePart { file: Arc::clone(file), rows });
        }
        (!parts.is_empty()).then_some(ChunkRun { parts, exact, rank: self.rank })
    }
}

impl Block<'_> {
    fn len(&self) -> u64 {
        self.rows.end - self.rows.start
    }
}

fn less(a: &Value, b: &Value) -> bool {
    compare_values(a, b).is_lt()
}

fn chunk(runs: &[RunBlocks<'_>], from: Option<&Value>, to: Option<&Value>) -> Chunk {
    Chunk {
        from: from.cloned(),
        to: to.cloned(),
        runs: runs.iter().filter_map(|run| run.part(from, to)).collect(),
    }
}

/// Where cuts may be: the bounds of the blocks of the run that has most.
fn candidates<'a>(runs: &[RunBlocks<'a>]) -> Vec<&'a Value> {
    let finest = runs.iter().max_by_key(|run| run.blocks().count());
    let mut values: Vec<&Value> =
        finest.into_iter().flat_map(RunBlocks::blocks).map(|block| block.min).skip(1).collect();
    values.sort_by(|a, b| compare_values(a, b));
    values.dedup_by(|a, b| compare_values(a, b).is_eq());
    values
}

/// About how many rows have a first key column below `value`: half of each block around it.
fn rows_below(runs: &[RunBlocks<'_>], value: &Value) -> u64 {
    let blocks = runs.iter().flat_map(RunBlocks::blocks);
    let below = blocks.map(|block| {
        if less(block.max, value) {
            block.len()
        } else if less(block.min, value) {
            block.len() / 2
        } else {
            0
        }
    });
    below.sum()
}

/// A stretch of components with the rows of one run, or of several.
struct Span<'a> {
    from: &'a Value,
    /// `None`: rows of more than one run.
    run: Option<usize>,
    rows: u64,
}

/// The cuts around long stretches of blocks that belong to one run alone.
fn solo_borders<'a>(runs: &[RunBlocks<'a>]) -> Vec<&'a Value> {
    let mut spans: Vec<Span<'a>> = Vec::new();
    for component in components(runs) {
        match spans.last_mut() {
            Some(last) if last.run == component.run => last.rows += component.rows,
            _ => spans.push(component),
        }
    }
    // Short solo stretches go with what is before them.
    let mut borders: Vec<Span<'a>> = Vec::new();
    for mut span in spans {
        if span.rows < SOLO_ROWS {
            span.run = None;
        }
        match borders.last_mut() {
            Some(last) if last.run == span.run => last.rows += span.rows,
            _ => borders.push(span),
        }
    }
    borders.into_iter().skip(1).map(|span| span.from).collect()
}

/// Groups of overlapping blocks in key order.
fn components<'a>(runs: &[RunBlocks<'a>]) -> Vec<Span<'a>> {
    let mut blocks: Vec<(usize, &'a Value, &'a Value, u64)> = Vec::new();
    for (run, all) in runs.iter().enumerate() {
        blocks.extend(all.blocks().map(|b| (run, b.min, b.max, b.len())));
    }
    blocks.sort_by(|a, b| compare_values(a.1, b.1));
    let mut components: Vec<Span<'a>> = Vec::new();
    let mut hull: Option<&'a Value> = None;
    for (run, min, max, rows) in blocks {
        let joins = hull.is_some_and(|hull| !less(hull, min));
        match components.last_mut() {
            Some(last) if joins => {
                last.rows += rows;
                if last.run != Some(run) {
                    last.run = None;
                }
            }
            _ => components.push(Span { from: min, run: Some(run), rows }),
        }
        if hull.is_none_or(|hull| compare_values(hull, max) == Ordering::Less) {
            hull = Some(max);
        }
    }
    components
}

#[cfg(test)]
mod tests;
