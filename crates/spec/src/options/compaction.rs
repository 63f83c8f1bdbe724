//! When and how the runs of a bucket are merged: `CoreOptions.java`, as Java 1.4 reads them.

use super::read::{Reader, bad_value};
use crate::Result;

/// Of [`CompactionOptions::small_file_ratio`], where it is not set.
const SMALL_FILE_TENTHS: u64 = 7;

/// What compaction is told.
#[derive(Debug, Clone, PartialEq)]
pub struct CompactionOptions {
    /// `num-sorted-run.compaction-trigger`: as many runs make a compaction.
    pub trigger: usize,
    /// `num-levels`; a bucket that has files above has more.
    pub num_levels: i32,
    /// `compaction.max-size-amplification-percent`.
    pub max_amplification: u32,
    /// `compaction.size-ratio`: percent.
    pub size_ratio: u32,
    /// `compaction.total-size-threshold`: a bucket of fewer bytes is compacted in whole.
    pub total_size_threshold: Option<u64>,
    /// `compaction.incremental-size-threshold`: more bytes below the highest level than this are compacted in whole.
    pub incremental_size_threshold: Option<u64>,
    /// `compaction.force-rewrite-all-files`: no file goes to another level as it is.
    pub rewrite_all: bool,
    /// `compaction.small-file-ratio` of the target size, below which a file is rewritten rather than moved.
    pub small_file_ratio: Option<f64>,
}

impl CompactionOptions {
    pub(super) fn parse(r: &Reader<'_>, trigger: i32, num_levels: i32) -> Result<Self> {
        let ratio_key = "compaction.small-file-ratio";
        let small_file_ratio = r.number::<f64>(&[ratio_key])?;
        if let Some(ratio) = small_file_ratio.filter(|ratio| !(0.0..=1.0).contains(ratio)) {
            return Err(bad_value(ratio_key, &ratio.to_string(), "a number from 0 to 1"));
        }
        Ok(Self {
            trigger: usize::try_from(trigger).unwrap_or(1),
            num_levels,
            max_amplification: r.number_from(
                "compaction.max-size-amplification-percent",
                200,
                0,
            )?,
            size_ratio: r.number_from("compaction.size-ratio", 1, 0)?,
            total_size_threshold: r.optional_memory("compaction.total-size-threshold")?,
            incremental_size_threshold: r
                .optional_memory("compaction.incremental-size-threshold")?,
            rewrite_all: r.flag(&["compaction.force-rewrite-all-files"], false)?,
            small_file_ratio,
        })
    }

    /// Files of fewer bytes are rewritten rather than moved to another level, of a table whose files are to have
    /// `target` bytes.
    pub fn small_file(&self, target: u64) -> u64 {
        match self.small_file_ratio {
            Some(ratio) => (target as f64 * ratio) as u64,
            None => target / 10 * SMALL_FILE_TENTHS,
        }
    }
}
