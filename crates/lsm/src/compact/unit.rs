//! The files that one compaction replaces.

use std::sync::Arc;

use rimon_spec::options::CompactionOptions;

use super::universal::{LevelSize, choose};
use crate::levels::Levels;
use crate::ports::SortedFile;
use crate::run::SortedRun;

/// Files of a bucket that become one run, and what stays above them.
#[derive(Debug, Clone)]
pub struct CompactUnit {
    /// The files, of the newest runs of the bucket.
    pub files: Vec<Arc<dyn SortedFile>>,
    /// Level of the run that they become.
    pub output_level: i32,
    /// The highest level there may be.
    pub max_level: i32,
    /// The runs of the levels above [`CompactUnit::output_level`], which are older than all files.
    pub above: Vec<SortedRun>,
}

impl CompactUnit {
    /// What is to be compacted of a bucket; see [`choose`]. `None`: nothing (`MergeTreeCompactManager.triggerCompaction`).
    pub fn choose(
        levels: &Levels,
        options: &CompactionOptions,
        empty_level0: bool,
    ) -> Option<Self> {
        let runs = levels.leveled_runs();
        let sizes: Vec<LevelSize> =
            runs.iter().map(|(level, run)| LevelSize { level: *level, size: run.size() }).collect();
        let num_levels =
            levels.highest().map_or(0, |highest| highest.saturating_add(1)).max(options.num_levels);
        let choice = choose(&sizes, num_levels, options, empty_level0)?;
        let (taken, left) = runs.split_at_checked(choice.runs)?;
        let files: Vec<_> = taken.iter().flat_map(|(_, run)| run.files()).cloned().collect();
        match files.as_slice() {
            [] => return None,
            [only] if only.meta().level == choice.output_level => return None,
            _ => {}
        }
        Some(Self {
            files,
            output_level: choice.output_level,
            max_level: num_levels - 1,
            above: left.iter().map(|(_, run)| run.clone()).collect(),
        })
    }
}
