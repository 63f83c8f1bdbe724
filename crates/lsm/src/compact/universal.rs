//! Which runs are compacted: `UniversalCompaction.java`, `ForceUpLevel0Compaction.java`, `EarlyFullCompaction.java`.

use rimon_spec::options::CompactionOptions;

/// A run as the choice sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelSize {
    /// Level of its files.
    pub level: i32,
    /// Bytes of its files.
    pub size: u64,
}

/// So many runs, from the newest on, become one run of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Number of runs, at least one.
    pub runs: usize,
    /// Level that they go to, at least 1.
    pub output_level: i32,
}

/// What is to be compacted of `runs`, from the newest to the oldest, in a tree of `num_levels` levels; `None`: nothing.
///
/// `empty_level0`: all of level 0 goes up, whatever the sizes are (tables that look keys up).
pub fn choose(
    runs: &[LevelSize],
    num_levels: i32,
    options: &CompactionOptions,
    empty_level0: bool,
) -> Option<Choice> {
    let tree = Tree { runs, max_level: num_levels - 1, options };
    tree.early().or_else(|| tree.by_amplification()).or_else(|| tree.by_ratio()).or_else(|| {
        match tree.by_count() {
            None if empty_level0 => tree.level0(),
            chosen => chosen,
        }
    })
}

struct Tree<'a> {
    runs: &'a [LevelSize],
    max_level: i32,
    options: &'a CompactionOptions,
}

fn bytes<'a>(runs: impl IntoIterator<Item = &'a LevelSize>) -> u128 {
    runs.into_iter().map(|run| u128::from(run.size)).sum()
}

impl Tree<'_> {
    fn all(&self) -> Choice {
        Choice { runs: self.runs.len(), output_level: self.max_level }
    }

    /// Everything, where that is little, or where much is not in the highest level.
    fn early(&self) -> Option<Choice> {
        if self.runs.len() == 1 {
            return None;
        }
        let little = |most: u64| bytes(self.runs) < u128::from(most);
        let upper = || bytes(self.runs.iter().filter(|run| run.level != self.max_level));
        let much = |most: u64| upper() > u128::from(most);
        let early = self.options.total_size_threshold.is_some_and(little)
            || self.options.incremental_size_threshold.is_some_and(much);
        early.then(|| self.all())
    }

    /// Everything, where what is newer than the oldest run is large beside it.
    fn by_amplification(&self) -> Option<Choice> {
        let (oldest, newer) = self.runs.split_last()?;
        let most = u128::from(self.options.max_amplification) * u128::from(oldest.size);
        (self.runs.len() >= self.options.trigger && bytes(newer) * 100 > most).then(|| self.all())
    }

    /// The newest runs, as long as the next one is not much larger than they together.
    fn by_ratio(&self) -> Option<Choice> {
        if self.runs.len() < self.options.trigger {
            return None;
        }
        self.grown(1, false)
    }

    /// As many runs as are too many.
    fn by_count(&self) -> Option<Choice> {
        let excess = self.runs.len().checked_sub(self.options.trigger).filter(|n| *n > 0)?;
        self.grown(excess + 1, false)
    }

    fn level0(&self) -> Option<Choice> {
        let count = self.runs.iter().take_while(|run| run.level == 0).count();
        if count == 0 { None } else { self.grown(count, true) }
    }

    /// The newest `count` runs and those after them that are not much larger.
    fn grown(&self, count: usize, forced: bool) -> Option<Choice> {
        let mut count = count;
        let mut size = bytes(self.runs.get(..count)?);
        while let Some(next) = self.runs.get(count) {
            // As Java computes it: it decides where both are nearly the same.
            let most = size as f64 * (100.0 + f64::from(self.options.size_ratio)) / 100.0;
            if most < next.size as f64 {
                break;
            }
            size += u128::from(next.size);
            count += 1;
        }
        (forced || count > 1).then(|| self.choice(count))
    }

    /// The newest `count` runs, and more where their level would be 0.
    fn choice(&self, count: usize) -> Choice {
        let mut count = count;
        let mut output_level =
            self.runs.get(count).map_or(self.max_level, |next| (next.level - 1).max(0));
        while output_level == 0
            && let Some(next) = self.runs.get(count)
        {
            count += 1;
            output_level = next.level;
        }
        if count == self.runs.len() {
            output_level = self.max_level;
        }
        Choice { runs: count, output_level }
    }
}
