//! Sorted runs: files that follow each other in key order.

use std::sync::Arc;

use rimon_spec::{Error, Result};

use crate::key::compare_keys;
use crate::ports::SortedFile;

/// Files whose key ranges do not overlap, in key order: a key occurs at most once in a run.
/// Mirrors `SortedRun.java`.
#[derive(Debug, Clone)]
pub struct SortedRun {
    files: Vec<Arc<dyn SortedFile>>,
    rank: RunRank,
}

/// What the rows of a run are to those of other runs with the same keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum RunRank {
    /// Older than those of all runs of other ranks, whatever their sequence numbers are, and never in the result. Only
    /// their keys are read.
    Shadow,
    /// Older than those [`RunRank::ByAge`], whatever their sequence numbers are. No other settled run has their keys.
    Settled,
    /// Sequence numbers tell.
    #[default]
    ByAge,
}

impl SortedRun {
    /// A run of one file.
    pub fn single(file: Arc<dyn SortedFile>) -> Self {
        Self { files: vec![file], rank: RunRank::ByAge }
    }

    /// A run of files in any order. An overlap is an error of kind `Corrupt`: the level or the
    /// caller promised that there is none.
    pub fn new(mut files: Vec<Arc<dyn SortedFile>>) -> Result<Self> {
        files.sort_by(|a, b| compare_keys(&a.meta().min_key, &b.meta().min_key));
        for pair in files.windows(2) {
            if let [a, b] = pair
                && compare_keys(&a.meta().max_key, &b.meta().min_key).is_ge()
            {
                return Err(Error::corrupt("files of one sorted run overlap")
                    .with("file", &a.meta().name)
                    .with("overlaps", &b.meta().name));
            }
        }
        Ok(Self { files, rank: RunRank::ByAge })
    }

    /// The same run with another rank.
    #[must_use]
    pub fn with_rank(self, rank: RunRank) -> Self {
        Self { rank, ..self }
    }

    /// See [`RunRank`].
    pub fn rank(&self) -> RunRank {
        self.rank
    }

    /// The files in key order.
    pub fn files(&self) -> &[Arc<dyn SortedFile>] {
        &self.files
    }

    /// Appends a file behind all keys of the run; gives it back when it does not fit there.
    pub(crate) fn try_append(
        &mut self,
        file: Arc<dyn SortedFile>,
    ) -> std::result::Result<(), Arc<dyn SortedFile>> {
        let fits = self
            .files
            .last()
            .is_none_or(|last| compare_keys(&last.meta().max_key, &file.meta().min_key).is_lt());
        if fits {
            self.files.push(file);
            Ok(())
        } else {
            Err(file)
        }
    }

    /// Bytes of all files.
    pub fn size(&self) -> u64 {
        self.files.iter().fold(0, |sum, f| sum.saturating_add(f.meta().size))
    }

    /// Rows of all files.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|f| f.meta().rows).sum()
    }

    /// Least and greatest sequence number of all files.
    pub fn sequence_hull(&self) -> (i64, i64) {
        self.files.iter().fold((i64::MAX, i64::MIN), |(lo, hi), f| {
            (lo.min(f.meta().min_sequence), hi.max(f.meta().max_sequence))
        })
    }

    /// Whether some row may be a `-U` or `-D`.
    pub fn may_delete(&self) -> bool {
        self.files.iter().any(|f| f.meta().delete_rows != Some(0))
    }
}
