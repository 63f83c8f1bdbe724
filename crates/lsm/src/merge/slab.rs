//! The rows of a key range with their values, run by run: what engines that compose rows are given while files are read.

use std::cell::OnceCell;

use arrow::array::{ArrayRef, NullArray, RecordBatch, UInt32Array};
use arrow::compute::concat;
use arrow::error::ArrowError;
use rimon_spec::{Error, Result};
use std::sync::Arc;

use super::{RowChange, RowVersions};

/// The rows of a slab. Rows with the same key share a group number; all rows of a key are in one slab.
#[derive(Debug)]
pub struct SlabRows<'a> {
    /// Number of groups; group numbers are below it, and each has at least one row.
    pub count: usize,
    /// The runs, oldest first: a row is newer than all rows of its key in runs before and than those before it in its run.
    pub runs: Vec<SlabRun<'a>>,
    /// For each group its newest row, counted over all runs; made when first asked for.
    newest: OnceCell<UInt32Array>,
}

/// The rows of one run in a slab.
#[derive(Debug)]
pub struct SlabRun<'a> {
    /// Group of each row.
    pub groups: &'a [u32],
    /// The value columns of these rows, in one or more batches.
    pub values: Vec<RecordBatch>,
    /// Kind of each row, empty when none retracts.
    pub changes: Vec<RowChange>,
}

/// Consecutive rows of one column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece<'a> {
    pub(crate) groups: &'a [u32],
    pub(crate) values: &'a ArrayRef,
}

impl<'a> SlabRows<'a> {
    /// Rows of `runs`, oldest first.
    pub fn new(count: usize, runs: Vec<SlabRun<'a>>) -> Self {
        Self { count, runs, newest: OnceCell::new() }
    }

    /// Number of rows of all runs.
    pub fn rows(&self) -> usize {
        self.runs.iter().map(|run| run.groups.len()).sum()
    }

    /// Whether some row takes something back.
    pub fn retracts(&self) -> bool {
        self.runs.iter().flat_map(|run| &run.changes).any(|change| change.is_retract())
    }

    /// A column from the oldest row to the newest.
    pub(crate) fn pieces(&self, column: usize) -> Result<Vec<Piece<'_>>> {
        let mut pieces = Vec::new();
        for run in &self.runs {
            let mut rest = run.groups;
            for batch in &run.values {
                let values = batch.columns().get(column).ok_or_else(missing)?;
                let (groups, after) = rest.split_at_checked(values.len()).ok_or_else(missing)?;
                rest = after;
                pieces.push(Piece { groups, values });
            }
        }
        Ok(pieces)
    }

    /// A column in one array, run by run.
    pub(crate) fn column(&self, column: usize) -> Result<ArrayRef> {
        joined(&self.pieces(column)?)
    }

    /// The value columns in one array each; those not wanted without values.
    pub(crate) fn columns(&self, wanted: impl Fn(usize) -> bool) -> Result<Vec<ArrayRef>> {
        let batch = self.runs.iter().find_map(|run| run.values.first());
        let count = batch.map_or(0, RecordBatch::num_columns);
        let nothing: ArrayRef = Arc::new(NullArray::new(self.rows()));
        let column = |index| match wanted(index) {
            true => self.column(index),
            false => Ok(Arc::clone(&nothing)),
        };
        (0..count).map(column).collect()
    }

    /// For each group its newest row, counted over all runs.
    pub(crate) fn newest(&self) -> &UInt32Array {
        self.newest.get_or_init(|| {
            let mut newest = vec![0; self.count];
            let groups = self.runs.iter().flat_map(|run| run.groups);
            for (row, group) in (0..).zip(groups) {
                if let Some(newest) = newest.get_mut(*group as usize) {
                    *newest = row;
                }
            }
            newest.into()
        })
    }

    /// The rows of each group from the oldest to the newest, counted over all runs.
    pub(crate) fn versions(&self) -> RowVersions {
        let mut ends = vec![0_u32; self.count];
        for group in self.runs.iter().flat_map(|run| run.groups) {
            if let Some(rows) = ends.get_mut(*group as usize) {
                *rows += 1;
            }
        }
        let mut start = 0;
        for end in &mut ends {
            // The start of the group, which its rows then move to its end.
            (start, *end) = (start + *end, start);
        }
        let mut rows = vec![0; self.rows()];
        let groups = self.runs.iter().flat_map(|run| run.groups);
        for (row, group) in (0..).zip(groups) {
            if let Some(next) = ends.get_mut(*group as usize)
                && let Some(slot) = rows.get_mut(*next as usize)
            {
                *slot = row;
                *next += 1;
            }
        }
        let mut changes = Vec::new();
        if self.retracts() {
            for run in &self.runs {
                let known = run.changes.iter().copied();
                let rest = run.groups.len() - run.changes.len().min(run.groups.len());
                changes.extend(known.chain(std::iter::repeat_n(RowChange::Add, rest)));
            }
        }
        RowVersions { rows, ends, changes }
    }
}

/// The pieces in one array.
pub(crate) fn joined(pieces: &[Piece<'_>]) -> Result<ArrayRef> {
    match pieces {
        [only] => Ok(Arc::clone(only.values)),
        _ => {
            let arrays: Vec<_> = pieces.iter().map(|piece| piece.values.as_ref()).collect();
            concat(&arrays).map_err(mixed)
        }
    }
}

fn missing() -> Error {
    Error::internal("a slab lacks values of its rows")
}

pub(crate) fn mixed(error: ArrowError) -> Error {
    Error::internal("the files of a merge gave columns of different types").with_source(error)
}
