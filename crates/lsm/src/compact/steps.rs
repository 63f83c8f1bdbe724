//! What becomes of the files of a compaction: `MergeTreeCompactTask.java`.

use std::sync::Arc;

use super::unit::CompactUnit;
use crate::ports::SortedFile;
use crate::run::SortedRun;
use crate::section::{Section, partition};

/// One part of a compaction; parts are in key order.
#[derive(Debug, Clone)]
pub enum Step {
    /// Merge the sections into new files.
    Rewrite(Vec<Section>),
    /// Only change the level of the file.
    Upgrade(Arc<dyn SortedFile>),
}

/// What decides between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepRules {
    /// Files of fewer bytes are rewritten together with their neighbours.
    pub small_file: u64,
    /// No file keeps its rows as they are written (`compaction.force-rewrite-all-files`).
    pub rewrite_all: bool,
    /// Files of level 0 may change their level as they are: their format is that of the level, and no row of them
    /// depends on a level above.
    pub level0_upgrades: bool,
}

impl CompactUnit {
    /// The parts of the compaction. Files without rows are left alone.
    pub fn steps(&self, rules: StepRules) -> Vec<Step> {
        let mut steps = Steps { unit: self, rules, done: Vec::new(), waiting: Vec::new() };
        for section in partition(self.files.clone()) {
            match single(&section) {
                Some(file) if file.meta().size >= rules.small_file => {
                    steps.rewrite_waiting();
                    steps.upgrade(file);
                }
                _ => steps.waiting.push(section),
            }
        }
        steps.rewrite_waiting();
        steps.done
    }
}

/// The file of a section that has no other.
fn single(section: &Section) -> Option<Arc<dyn SortedFile>> {
    match section.runs() {
        [run] => match run.files() {
            [only] => Some(Arc::clone(only)),
            _ => None,
        },
        _ => None,
    }
}

struct Steps<'a> {
    unit: &'a CompactUnit,
    rules: StepRules,
    done: Vec<Step>,
    /// Sections that are to be rewritten together.
    waiting: Vec<Section>,
}

impl Steps<'_> {
    fn rewrite_waiting(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        match waiting.as_slice() {
            [] => {}
            [only] => match single(only) {
                Some(file) => self.upgrade(file),
                None => self.done.push(Step::Rewrite(waiting)),
            },
            _ => self.done.push(Step::Rewrite(waiting)),
        }
    }

    fn upgrade(&mut self, file: Arc<dyn SortedFile>) {
        let meta = file.meta();
        // Nothing retracts in the highest level.
        let retracts = meta.delete_rows != Some(0);
        let must_drop = retracts && self.unit.output_level == self.unit.max_level;
        let moves = meta.level != self.unit.output_level;
        let stays_valid = meta.level != 0 || self.rules.level0_upgrades;
        if must_drop || self.rules.rewrite_all || (moves && !stays_valid) {
            let section = Section::new(vec![SortedRun::single(file)]);
            self.done.push(Step::Rewrite(vec![section]));
        } else if moves {
            self.done.push(Step::Upgrade(file));
        }
    }
}
