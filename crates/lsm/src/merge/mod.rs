//! What becomes of the versions of one key.

mod aggregate;
mod columns;
mod deduplicate;
mod first_row;
mod partial_update;
mod slab;
mod steps;
#[cfg(test)]
mod tests;
mod versions;

pub(crate) use columns::fold_fields;

pub use aggregate::Aggregate;
pub use columns::{FieldFunction, FieldMerge, NullKeys};
pub use deduplicate::Deduplicate;
pub use first_row::FirstRow;
pub use partial_update::{FieldGroup, PartialField, PartialUpdate};
pub use slab::{SlabRows, SlabRun};
pub use versions::{RowChange, RowVersions};

use std::fmt::Debug;

use arrow::array::{ArrayRef, Int8Array};
use arrow::buffer::BooleanBuffer;
use rimon_spec::{Error, Result};

use crate::sequence::Ages;

/// How much of the versions of a key an engine needs, which decides what work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// The newest row alone: a set of keys is enough to find it.
    Newest {
        /// Retracting rows (`-U`, `-D`) do not count as versions (`ignore-delete`).
        ignore_deletes: bool,
    },
    /// All rows of a key, grouped: [`MergeFunction::merge`] is called for each slab.
    All,
    /// All rows of a key with their values: [`MergeFunction::merge_columns`] is called for each
    /// chunk.
    Columns {
        /// Values are read also when no value column is in the output.
        values: bool,
        /// Of the rows of a key above level 0 only the one of the lowest level counts: it holds
        /// what the others do (`LookupMergeFunction.java`).
        lookup: bool,
    },
}

/// Rows of one slab by group: rows with the same key share a group number.
#[derive(Debug)]
pub struct Groups<'a> {
    /// Number of groups; group numbers are below it, and each has at least one row.
    pub count: usize,
    /// The rows of the slab. Within a group, later visits hold newer rows, and so do later rows of
    /// one visit. One visit per run where runs have disjoint ages, else shorter ones.
    pub visits: Vec<GroupRows<'a>>,
    pub(crate) ages: &'a Ages,
}

impl Groups<'_> {
    /// Whether a row of a run retracts (`-U`, `-D`).
    pub fn is_retract(&self, run: usize, row: usize) -> bool {
        self.ages.is_retract((run, row))
    }
}

/// Consecutive rows of one run.
#[derive(Debug)]
pub struct GroupRows<'a> {
    /// The run.
    pub run: usize,
    /// The first row.
    pub start: usize,
    /// Group of each row from `start` on.
    pub groups: &'a [u32],
}

/// The result of each group.
#[derive(Debug, Default)]
pub struct MergeOutput {
    /// One entry per group: a whole source row `(run, row)`, or `None` when the key has no result.
    pub rows: Vec<Option<(usize, usize)>>,
}

/// Composed rows, one per group.
#[derive(Debug)]
pub struct MergedColumns {
    /// The value columns; `None` for one that nobody wants.
    pub columns: Vec<Option<ArrayRef>>,
    /// The groups that have a result.
    pub kept: BooleanBuffer,
}

impl MergedColumns {
    /// The columns of both; the groups of the other, which was made of all rows.
    fn or(self, other: Self) -> Self {
        let columns = self.columns.into_iter().zip(other.columns);
        Self { columns: columns.map(|(a, b)| a.or(b)).collect(), kept: other.kept }
    }
}

/// Combines the versions of each key. Called once per slab, never per row: group numbers come from
/// the slab's table, and every step is one pass over a column.
///
/// A chosen row whose kind retracts is left out of a read afterwards; an implementation does not
/// look at kinds for that.
pub trait MergeFunction: Debug + Send + Sync {
    /// What the engine needs.
    fn versions(&self) -> Versions;

    /// Chooses the result of each group: `output.rows` must have `groups.count` entries
    /// afterwards. Only called by readers for [`Versions::All`].
    fn merge(&self, groups: &Groups<'_>, output: &mut MergeOutput) -> Result<()>;

    /// Whether rows of these kinds (`_VALUE_KIND` bytes) can be written: what is not refused here can be merged later.
    /// `values` are all value columns.
    ///
    /// # Errors
    /// [`rimon_spec::ErrorKind::Invalid`] naming column and row kind of what cannot be taken back.
    fn check_input(&self, kinds: &Int8Array, values: &[ArrayRef]) -> Result<()> {
        let _ = (kinds, values);
        Ok(())
    }

    /// Composes the row of each group from value columns, which hold the rows of all runs one after
    /// the other. Only called for [`Versions::Columns`].
    fn merge_columns(&self, versions: &RowVersions, values: &[ArrayRef]) -> Result<MergedColumns> {
        let _ = (versions, values);
        Err(Error::internal("a merge engine that chooses rows does not compose them"))
    }

    /// Whether the newest row of a key is its result, where no row retracts and the value columns that `filled` names
    /// hold no null: a set of keys is then enough.
    fn newest_is_enough(&self, filled: &dyn Fn(usize) -> bool) -> bool {
        let _ = filled;
        matches!(self.versions(), Versions::Newest { .. })
    }

    /// What [`Self::merge_columns`] does, for rows that are visited while files are read.
    fn merge_slab(&self, slab: &SlabRows<'_>) -> Result<MergedColumns> {
        self.merge_columns(&slab.versions(), &slab.columns(|_| true)?)
    }
}
