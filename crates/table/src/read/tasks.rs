//! Spreading splits over workers.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use rimon_lsm::ReadOrder;
use rimon_spec::{Result, SpecialField};

use super::BatchStream;
use super::columns::file_columns;
use super::deletion::FileDeletions;
use super::difference::Difference;
use super::dynamic::{Late, LateFilter};
use super::evolution::ColumnsPiece;
use super::indexed::IndexedRows;
use super::kinds::{drop_retractions, reverse};
use super::merge::{MergeRead, MergeTask};
use super::raw::{RawPiece, read_pieces};
use super::sequence::Sequence;
use super::table_read::TableRead;
use super::tracking::Tracking;
use crate::plan::{Split, SplitKind};

/// A file with fewer rows is not cut.
const MIN_PIECE_ROWS: u64 = 128 << 10;

/// Work for one worker: rows of files, or a key range of a bucket.
#[derive(Debug)]
pub struct ReadTask {
    read: TableRead,
    work: Work,
    kinds: Kinds,
    /// Rows are changes, of which an update has two.
    pairs: bool,
}

#[derive(Debug)]
enum Work {
    Raw(Vec<RawPiece>),
    Columns(ColumnsPiece),
    Merge(MergeTask),
    Difference(Box<Difference>),
}

/// What becomes of the kinds of the rows of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kinds {
    /// Nothing: they are not read, or read as they are.
    Plain,
    /// They are read behind the columns wanted, to leave out rows that retract.
    DropRetractions,
    /// The rows are shown as gone.
    Reverse,
}

impl ReadTask {
    /// Rows to be read, about; of a merge, before it.
    pub fn estimated_rows(&self) -> u64 {
        match &self.work {
            Work::Raw(pieces) => pieces.iter().map(|p| p.count).sum(),
            Work::Columns(piece) => piece.count,
            Work::Merge(task) => task.estimated_rows(),
            Work::Difference(task) => task.rows(),
        }
    }

    /// The same, with a filter that may get stricter while the query runs. Merges do not use it, nor reads that give
    /// rows in another form than the table's.
    #[must_use]
    pub fn with_late_filter(mut self, filter: &LateFilter) -> Self {
        if let (Work::Raw(pieces), true) = (&mut self.work, self.read.gives_rows()) {
            let late = pieces.iter_mut().filter_map(|piece| piece.late.as_mut());
            late.for_each(|late| late.set(filter));
        }
        self
    }

    /// Reads. All decoding and merging happens on the task that polls the stream.
    pub fn execute(self) -> BatchStream {
        let stream = match self.work {
            Work::Raw(pieces) => read_pieces(pieces),
            Work::Columns(piece) => piece.read(),
            Work::Merge(task) => task.execute(),
            Work::Difference(task) => task.execute(),
        };
        let stream = match self.kinds {
            Kinds::Plain => stream,
            Kinds::DropRetractions => drop_retractions(stream),
            Kinds::Reverse => reverse(stream),
        };
        let read = self.read.clone();
        let stream = stream.map_err(move |e| read.blame(e)).boxed();
        self.read.finish(stream, self.pairs)
    }
}

/// The tasks for about `target` workers.
pub(super) async fn spread(
    read: &TableRead,
    splits: Vec<Split>,
    target: usize,
) -> Result<Vec<ReadTask>> {
    let target = target.max(1);
    let total: u64 = splits.iter().map(Split::physical_rows).sum();
    let share = total.div_ceil(target as u64).max(1);
    tasks(read, &splits, target, share).await
}

/// The tasks in the order of the splits and of their files.
pub(super) async fn in_order(read: &TableRead, splits: Vec<Split>) -> Result<Vec<ReadTask>> {
    tasks(read, &splits, 1, u64::MAX).await
}

/// The splits as tasks of about `share` rows each, in order.
async fn tasks(
    read: &TableRead,
    splits: &[Split],
    target: usize,
    share: u64,
) -> Result<Vec<ReadTask>> {
    let mut tasks = Vec::new();
    let mut merge: Option<MergeRead> = None;
    for split in splits {
        if split.reversed && !read.kinds {
            continue;
        }
        let kinds = if split.reversed { Kinds::Reverse } else { Kinds::Plain };
        let pairs = split.kind == SplitKind::Changes;
        let mut push = |work, kinds| {
            tasks.push(ReadTask { read: read.clone(), work, kinds, pairs });
        };
        match split.kind {
            SplitKind::Changes if read.is_binlog() => {
                // the two rows of an update stay together
                let pieces = raw_pieces(read, split, u64::MAX)?;
                push(Work::Raw(pieces.into_iter().map(|(piece, _)| piece).collect()), kinds);
            }
            SplitKind::Raw | SplitKind::Changes => {
                for (piece, drop) in raw_pieces(read, split, share)? {
                    push(Work::Raw(vec![piece]), if drop { Kinds::DropRetractions } else { kinds });
                }
            }
            SplitKind::Columns => {
                let cuts = split.physical_rows() / share.max(MIN_PIECE_ROWS);
                for piece in ColumnsPiece::of(read, split, cuts)? {
                    push(Work::Columns(piece), kinds);
                }
            }
            SplitKind::Difference => {
                push(Work::Difference(Box::new(Difference::new(read, split)?)), kinds);
            }
            SplitKind::Merge => {
                let merge = match &mut merge {
                    Some(merge) => merge,
                    none => none.insert(MergeRead::new(read, ReadOrder::Unordered)?),
                };
                for section in merge.sections(read, split).await? {
                    let workers = usize::try_from(section.rows().div_ceil(share)).unwrap_or(target);
                    let workers = workers.clamp(1, target);
                    for task in merge.tasks(&section, workers, read.keep).await? {
                        push(Work::Merge(task), kinds);
                    }
                }
            }
        }
    }
    Ok(tasks)
}

/// The files of a raw split, those larger than a worker's share cut into equal row ranges. The flag says that kinds
/// were added to the columns, because there may be rows that retract.
fn raw_pieces(read: &TableRead, split: &Split, share: u64) -> Result<Vec<(RawPiece, bool)>> {
    let mut with_kinds = read.fields.clone();
    with_kinds.push(SpecialField::value_kind());
    let mut pieces = Vec::new();
    for meta in &split.files {
        let file = read.file_ref(split, meta)?;
        let schema = read.file_schema(meta)?;
        let changes = split.kind == SplitKind::Changes && !read.kinds;
        let drop = changes && meta.delete_row_count != Some(0);
        let fields = if drop { &with_kinds } else { &read.fields };
        let shows_sequence = fields.iter().any(|f| f.name == SpecialField::SEQUENCE_NUMBER);
        let sequence =
            if shows_sequence { Sequence::of(&read.table, meta)? } else { Sequence::InFile };
        let columns: Arc<[_]> =
            file_columns(read.table.schema(), &schema, &split.partition, sequence, fields).into();
        let deletions = FileDeletions::of(read.table.storage(), split, meta);
        let indexed = IndexedRows::of(read, &read.predicate, split, meta, &schema);
        let late = Late::of(read, split, meta);
        let rows = u64::try_from(meta.row_count).unwrap_or(0);
        let cuts = rows.div_ceil(share.max(MIN_PIECE_ROWS)).max(1);
        for cut in 0..cuts {
            let range = rows * cut / cuts..rows * (cut + 1) / cuts;
            let piece = RawPiece {
                file: file.clone(),
                file_rows: rows,
                columns: columns.clone(),
                count: range.end - range.start,
                rows: (cuts > 1).then_some(range),
                predicate: read.readable_predicate(),
                batch_size: 8192,
                indexed: indexed.clone(),
                deletions: deletions.clone(),
                string_views: read.string_views,
                tracking: read.tracking.then(|| Tracking::of(meta)),
                late: Some(late.clone()),
                counters: read.counters.clone(),
            };
            pieces.push((piece, drop));
        }
    }
    Ok(pieces)
}

/// Largest first, each to the worker with the least: at most `target` lists, none empty.
pub(super) fn balance(mut tasks: Vec<ReadTask>, target: usize) -> Vec<Vec<ReadTask>> {
    tasks.sort_by_key(|t| std::cmp::Reverse(t.estimated_rows()));
    let mut workers: Vec<(u64, Vec<ReadTask>)> = (0..target).map(|_| (0, Vec::new())).collect();
    for task in tasks {
        if let Some((rows, list)) = workers.iter_mut().min_by_key(|(rows, _)| *rows) {
            *rows += task.estimated_rows().max(1);
            list.push(task);
        }
    }
    workers.into_iter().map(|(_, list)| list).filter(|list| !list.is_empty()).collect()
}
