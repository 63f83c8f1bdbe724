//! Sections: groups of files with overlapping key ranges, independent of each other.

use std::sync::Arc;

use crate::key::compare_keys;
use crate::ports::SortedFile;
use crate::run::SortedRun;
use crate::sequence::hulls_are_disjoint;

/// Files that overlap, directly or through others; no key is in two sections.
#[derive(Debug, Clone)]
pub struct Section {
    runs: Vec<SortedRun>,
}

/// Cuts files of one bucket, in any order, into sections in key order. Mirrors
/// `IntervalPartition.java`, except for how files are packed into runs: by age where that leaves
/// the runs' sequence numbers apart (so that they need not be read), else into as few as possible.
pub fn partition(files: Vec<Arc<dyn SortedFile>>) -> Vec<Section> {
    let mut files = files;
    files.retain(|f| f.meta().rows > 0);
    sort_by_key(&mut files);
    let mut sections = Vec::new();
    let mut current: Vec<Arc<dyn SortedFile>> = Vec::new();
    let mut bound = Vec::new();
    for file in files {
        let meta = file.meta();
        if !current.is_empty() && compare_keys(&meta.min_key, &bound).is_gt() {
            sections.push(Section::of_overlapping(std::mem::take(&mut current)));
        }
        if current.is_empty() || compare_keys(&meta.max_key, &bound).is_gt() {
            bound.clone_from(&meta.max_key);
        }
        current.push(file);
    }
    if !current.is_empty() {
        sections.push(Section::of_overlapping(current));
    }
    sections
}

fn sort_by_key(files: &mut [Arc<dyn SortedFile>]) {
    files.sort_by(|a, b| {
        let (a, b) = (a.meta(), b.meta());
        compare_keys(&a.min_key, &b.min_key)
            .then_with(|| compare_keys(&a.max_key, &b.max_key))
            .then_with(|| a.name.cmp(&b.name))
    });
}

impl Section {
    /// A section of runs that were packed elsewhere.
    pub fn new(runs: Vec<SortedRun>) -> Self {
        Self { runs }
    }

    fn of_overlapping(files: Vec<Arc<dyn SortedFile>>) -> Self {
        let by_age = pack_by_age(files.clone());
        if hulls_are_disjoint(by_age.iter().map(SortedRun::sequence_hull)) {
            return Self { runs: by_age };
        }
        Self { runs: pack_by_key(files) }
    }

    /// The runs, in no particular order: the reader ranks them by age.
    pub fn runs(&self) -> &[SortedRun] {
        &self.runs
    }

    /// Rows of all files.
    pub fn rows(&self) -> u64 {
        self.runs.iter().map(SortedRun::rows).sum()
    }

    /// Whether the section is one run without deletes: every row of it is in the result.
    pub fn is_plain(&self) -> bool {
        matches!(self.runs.as_slice(), [run] if !run.may_delete())
    }
}

/// Oldest first; a file joins the run before it (its neighbour in age) if their keys are apart.
fn pack_by_age(mut files: Vec<Arc<dyn SortedFile>>) -> Vec<SortedRun> {
    files.sort_by(|a, b| {
        let (a, b) = (a.meta(), b.meta());
        (a.min_sequence, a.max_sequence)
            .cmp(&(b.min_sequence, b.max_sequence))
            .then_with(|| compare_keys(&a.min_key, &b.min_key))
            .then_with(|| a.name.cmp(&b.name))
    });
    let mut groups: Vec<Vec<Arc<dyn SortedFile>>> = Vec::new();
    for file in files {
        match groups.last_mut() {
            Some(group) if group.iter().all(|other| apart(other, &file)) => group.push(file),
            _ => groups.push(vec![file]),
        }
    }
    groups
        .into_iter()
        .flat_map(|mut group| {
            sort_by_key(&mut group);
            pack_by_key(group)
        })
        .collect()
}

fn apart(a: &Arc<dyn SortedFile>, b: &Arc<dyn SortedFile>) -> bool {
    let (a, b) = (a.meta(), b.meta());
    compare_keys(&a.max_key, &b.min_key).is_lt() || compare_keys(&b.max_key, &a.min_key).is_lt()
}

/// As few runs as possible; `files` in key order. A file goes behind any run that ends before it.
fn pack_by_key(files: Vec<Arc<dyn SortedFile>>) -> Vec<SortedRun> {
    let mut runs: Vec<SortedRun> = Vec::new();
    for file in files {
        let mut rest = Some(file);
        for run in &mut runs {
            if let Some(file) = rest.take() {
                rest = run.try_append(file).err();
            }
            if rest.is_none() {
                break;
            }
        }
        if let Some(file) = rest {
            runs.push(SortedRun::single(file));
        }
    }
    runs
}
