//! What becomes of the versions of one key.

mod deduplicate;

pub use deduplicate::Deduplicate;

use std::fmt::Debug;

use arrow::buffer::BooleanBuffer;
use rimon_spec::Result;

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
}

/// Rows of one slab by group: rows with the same key share a group number.
#[derive(Debug)]
pub struct Groups<'a> {
    /// Number of groups; group numbers are below it.
    pub count: usize,
    /// For each run, oldest first: the group of each of its rows in the slab. Where runs' ages
    /// overlap, `newer` in the plan has been resolved into `order` already.
    pub runs: Vec<GroupRows<'a>>,
}

/// The rows of one run within a slab.
#[derive(Debug)]
pub struct GroupRows<'a> {
    /// Position of the run among the runs of the slab.
    pub run: usize,
    /// First row (of the run's rows in the chunk) that `groups` speaks of.
    pub start: usize,
    /// Group of each row.
    pub groups: &'a [u32],
    /// Set for retracting rows, over all rows of the chunk; `None` when there are none.
    pub retracts: Option<&'a BooleanBuffer>,
}

/// Whole source rows chosen per group: `(run, row of the chunk)`, `None` for a group that has no
/// result.
#[derive(Debug, Default)]
pub struct MergeOutput {
    /// One entry per group.
    pub rows: Vec<Option<(usize, usize)>>,
}

/// Combines the versions of each key. Called once per slab, never per row: group numbers come from
/// the slab's table, runs are visited from the oldest to the newest, and every step is one pass
/// over a column.
pub trait MergeFunction: Debug + Send + Sync {
    /// What the engine needs.
    fn versions(&self) -> Versions;

    /// Chooses the result of each group. Only called for [`Versions::All`].
    fn merge(&self, groups: &Groups<'_>, output: &mut MergeOutput) -> Result<()>;
}
