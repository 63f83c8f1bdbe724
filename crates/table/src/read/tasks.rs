//! Spreading splits over workers.

use std::sync::Arc;

use futures::StreamExt;
use rimon_lsm::SlabTask;
use rimon_spec::Result;

use super::BatchStream;
use super::columns::file_columns;
use super::deletion::FileDeletions;
use super::evolution::ColumnsPiece;
use super::indexed::IndexedRows;
use super::merge::MergeRead;
use super::raw::{RawPiece, read_pieces};
use super::table_read::TableRead;
use crate::plan::{Split, SplitKind};

/// A file with fewer rows is not cut.
const MIN_PIECE_ROWS: u64 = 128 << 10;

/// Work for one worker: rows of files, or a key range of a bucket.
#[derive(Debug)]
pub struct ReadTask {
    read: TableRead,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Raw(Vec<RawPiece>),
    Columns(ColumnsPiece),
    Merge(SlabTask),
}

impl ReadTask {
    /// Rows to be read, about; of a merge, before it.
    pub fn estimated_rows(&self) -> u64 {
        match &self.work {
            Work::Raw(pieces) => pieces.iter().map(|p| p.count).sum(),
            Work::Columns(piece) => piece.count,
            Work::Merge(task) => task.estimated_rows(),
        }
    }

    /// Reads. All decoding and merging happens on the task that polls the stream.
    pub fn execute(self) -> BatchStream {
        let stream = match self.work {
            Work::Raw(pieces) => read_pieces(pieces),
            Work::Columns(piece) => piece.read(),
            Work::Merge(task) => task.execute().boxed(),
        };
        self.read.finish(stream)
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
    let mut pieces = Vec::new();
    let mut work = Vec::new();
    let mut merge: Option<MergeRead> = None;
    for split in &splits {
        match split.kind {
            SplitKind::Merge => {}
            SplitKind::Raw => {
                pieces.extend(raw_pieces(read, split, share)?);
                continue;
            }
            SplitKind::Columns => {
                let cuts = split.physical_rows() / share.max(MIN_PIECE_ROWS);
                work.extend(ColumnsPiece::of(read, split, cuts)?.into_iter().map(Work::Columns));
                continue;
            }
        }
        let merge = match &mut merge {
            Some(merge) => merge,
            none => none.insert(MergeRead::new(read)?),
        };
        for section in merge.sections(read, split).await? {
            let workers = usize::try_from(section.rows().div_ceil(share)).unwrap_or(target);
            let tasks = merge.tasks(&section, workers.clamp(1, target)).await?;
            work.extend(tasks.into_iter().map(Work::Merge));
        }
    }
    work.extend(pieces.into_iter().map(|p| Work::Raw(vec![p])));
    Ok(work.into_iter().map(|work| ReadTask { read: read.clone(), work }).collect())
}

/// The files of a raw split, those larger than a worker's share cut into equal row ranges.
fn raw_pieces(read: &TableRead, split: &Split, share: u64) -> Result<Vec<RawPiece>> {
    let mut pieces = Vec::new();
    for meta in &split.files {
        let file = read.file_ref(split, meta)?;
        let schema = read.file_schema(meta)?;
        let columns: Arc<[_]> =
            file_columns(read.table.schema(), &schema, &split.partition, &read.fields).into();
        let deletions = FileDeletions::of(read.table.storage(), split, meta);
        let indexed = IndexedRows::of(read, split, meta, &schema);
        let rows = u64::try_from(meta.row_count).unwrap_or(0);
        let cuts = rows.div_ceil(share.max(MIN_PIECE_ROWS)).max(1);
        for cut in 0..cuts {
            let range = rows * cut / cuts..rows * (cut + 1) / cuts;
            pieces.push(RawPiece {
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
            });
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
