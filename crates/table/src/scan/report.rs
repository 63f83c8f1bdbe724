//! What planning looked at, and what each step of it dropped.

use std::fmt;
use std::ops::AddAssign;

/// How much each step of planning dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanReport {
    /// Manifests of the snapshot.
    pub manifests: usize,
    /// Of these, read.
    pub manifests_read: usize,
    /// Partitions in the manifests read.
    pub partitions: usize,
    /// Of these, left by the filter.
    pub partitions_kept: usize,
    /// Buckets of the partitions left.
    pub buckets: usize,
    /// Of these, left by the filter.
    pub buckets_kept: usize,
    /// Files of the partitions left.
    pub files: usize,
    /// Of these, read.
    pub files_kept: usize,
    /// Why the others are not.
    pub dropped: DroppedFiles,
}

/// Files of the partitions left that are not read, by the step that dropped them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DroppedFiles {
    /// Not yet visible, or not of the level asked for.
    pub by_level: usize,
    /// The filter fixes other buckets.
    pub by_bucket: usize,
    /// The filter excludes their range of keys.
    pub by_keys: usize,
    /// The filter excludes their statistics of columns.
    pub by_statistics: usize,
    /// The filter excludes them by their index in the manifest.
    pub by_index: usize,
    /// Other files have as many rows as are wanted.
    pub by_limit: usize,
}

impl AddAssign for DroppedFiles {
    fn add_assign(&mut self, other: Self) {
        self.by_level += other.by_level;
        self.by_bucket += other.by_bucket;
        self.by_keys += other.by_keys;
        self.by_statistics += other.by_statistics;
        self.by_index += other.by_index;
        self.by_limit += other.by_limit;
    }
}

impl AddAssign for PlanReport {
    fn add_assign(&mut self, other: Self) {
        self.manifests += other.manifests;
        self.manifests_read += other.manifests_read;
        self.partitions += other.partitions;
        self.partitions_kept += other.partitions_kept;
        self.buckets += other.buckets;
        self.buckets_kept += other.buckets_kept;
        self.files += other.files;
        self.files_kept += other.files_kept;
        self.dropped += other.dropped;
    }
}

impl fmt::Display for PlanReport {
    /// Kept of all, step by step; then the reasons for dropping files, as far as there are some.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "manifests={}/{}, partitions={}/{}, buckets={}/{}, files={}/{}",
            self.manifests_read,
            self.manifests,
            self.partitions_kept,
            self.partitions,
            self.buckets_kept,
            self.buckets,
            self.files_kept,
            self.files,
        )?;
        let dropped = &self.dropped;
        let reasons = [
            ("level", dropped.by_level),
            ("bucket", dropped.by_bucket),
            ("keys", dropped.by_keys),
            ("statistics", dropped.by_statistics),
            ("index", dropped.by_index),
            ("limit", dropped.by_limit),
        ];
        let reasons: Vec<String> = reasons
            .iter()
            .filter(|(_, files)| *files > 0)
            .map(|(reason, files)| format!("{reason} {files}"))
            .collect();
        if reasons.is_empty() { Ok(()) } else { write!(f, ", dropped=[{}]", reasons.join(", ")) }
    }
}
