//! The files of a bucket as levels of sorted runs.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use rimon_spec::Result;

use crate::ports::{SortedFile, SortedFileMeta};
use crate::run::SortedRun;

/// The levels of one bucket. Mirrors `Levels.java`.
#[derive(Debug, Clone)]
pub struct Levels {
    level0: Vec<Arc<dyn SortedFile>>,
    higher: BTreeMap<i32, SortedRun>,
}

impl Levels {
    /// Sorts files into levels. Overlapping files in a level above 0 are an error of kind
    /// `Corrupt`.
    pub fn new(files: Vec<Arc<dyn SortedFile>>) -> Result<Self> {
        let mut level0 = Vec::new();
        let mut higher: BTreeMap<i32, Vec<_>> = BTreeMap::new();
        for file in files {
            match file.meta().level {
                0 => level0.push(file),
                level => higher.entry(level).or_default().push(file),
            }
        }
        level0.sort_by(|a, b| compare_level0(a.meta(), b.meta()));
        let higher = higher
            .into_iter()
            .map(|(level, files)| Ok((level, SortedRun::new(files)?)))
            .collect::<Result<_>>()?;
        Ok(Self { level0, higher })
    }

    /// Files of level 0, newest first.
    pub fn level0(&self) -> &[Arc<dyn SortedFile>] {
        &self.level0
    }

    /// The runs from the newest to the oldest: each file of level 0, then each level.
    pub fn runs(&self) -> Vec<SortedRun> {
        let level0 = self.level0.iter().cloned().map(SortedRun::single);
        level0.chain(self.higher.values().cloned()).collect()
    }

    /// The same with their levels.
    pub fn leveled_runs(&self) -> Vec<(i32, SortedRun)> {
        let level0 = self.level0.iter().cloned().map(|file| (0, SortedRun::single(file)));
        level0.chain(self.higher.iter().map(|(level, run)| (*level, run.clone()))).collect()
    }

    /// Highest level that has files, `None` when there are none.
    pub fn highest(&self) -> Option<i32> {
        self.higher.keys().next_back().copied().or_else(|| (!self.level0.is_empty()).then_some(0))
    }
}

/// Order of level 0, newest first (format.md §16): greatest sequence descending, least sequence,
/// creation time, name.
fn compare_level0(a: &SortedFileMeta, b: &SortedFileMeta) -> Ordering {
    b.max_sequence
        .cmp(&a.max_sequence)
        .then_with(|| a.min_sequence.cmp(&b.min_sequence))
        .then_with(|| a.creation_time.cmp(&b.creation_time))
        .then_with(|| a.name.cmp(&b.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MemoryFile, MemoryLayout};
    use arrow::array::{Int8Array, Int64Array, RecordBatch};

    fn file(name: &str, level: i32, keys: [i64; 2], sequences: (i64, i64)) -> Arc<dyn SortedFile> {
        let rows = RecordBatch::try_from_iter([
            ("_KEY_k", Arc::new(Int64Array::from(keys.to_vec())) as _),
            ("_SEQUENCE_NUMBER", Arc::new(Int64Array::from(vec![sequences.0, sequences.1])) as _),
            ("_VALUE_KIND", Arc::new(Int8Array::from(vec![0, 0])) as _),
        ])
        .unwrap();
        let layout = MemoryLayout {
            key_columns: 1,
            values: vec![],
            user_sequence: vec![],
            block_rows: 1,
            batch_rows: 1,
        };
        Arc::new(MemoryFile::new(name, level, rows, layout, Arc::default()).unwrap())
    }

    #[test]
    fn newest_runs_come_first() {
        let files = vec![
            file("l5b", 5, [10, 19], (0, 90)),
            file("old", 0, [0, 50], (91, 95)),
            file("l5a", 5, [0, 9], (3, 80)),
            file("new", 0, [0, 50], (96, 99)),
            file("tie", 0, [0, 50], (90, 95)),
        ];
        let levels = Levels::new(files).unwrap();
        let names: Vec<Vec<String>> = levels
            .runs()
            .iter()
            .map(|run| run.files().iter().map(|f| f.meta().name.clone()).collect())
            .collect();
        assert_eq!(names, [vec!["new"], vec!["tie"], vec!["old"], vec!["l5a", "l5b"]]);
        assert_eq!(levels.highest(), Some(5));
        let overlap = vec![file("a", 1, [0, 9], (0, 1)), file("b", 1, [9, 12], (2, 3))];
        assert!(Levels::new(overlap).is_err());
    }
}
