//! Options with a fixed set of values.

use std::fmt::{Display, Formatter, Result};

/// An enumeration with the words of its option, in Java's spelling.
pub(super) trait Words: Copy + Sized + 'static {
    /// Every value with its word.
    const WORDS: &'static [(&'static str, Self)];
}

macro_rules! words {
    ($name:ident { $($word:literal => $value:ident),+ $(,)? }) => {
        impl Words for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$value)),+];
        }

        impl Display for $name {
            fn fmt(&self, f: &mut Formatter<'_>) -> Result {
                f.write_str(match self { $(Self::$value => $word),+ })
            }
        }
    };
}

/// `bucket-function.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BucketFunction {
    /// Murmur hash of the key row.
    Default,
    /// Remainder of an integer key.
    Mod,
    /// Hive's hash.
    Hive,
}

/// `merge-engine`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MergeEngine {
    /// The last row of a key wins.
    Deduplicate,
    /// The last non-null value of each column wins.
    PartialUpdate,
    /// Columns are aggregated.
    Aggregation,
    /// The first row of a key wins.
    FirstRow,
}

/// `changelog-producer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangelogProducer {
    /// No changelog files.
    None,
    /// Input rows.
    Input,
    /// Difference of full compactions.
    FullCompaction,
    /// Looked up in compactions.
    Lookup,
}

/// `sequence.field.sort-order`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortOrder {
    /// The greatest wins.
    Ascending,
    /// The least wins.
    Descending,
}

/// `scan.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum StartMode {
    /// What the other options say; without one, the latest snapshot.
    #[default]
    Default,
    /// The latest snapshot, then what follows.
    LatestFull,
    /// What follows the latest snapshot; in a batch read the latest snapshot.
    Latest,
    /// The changes of the latest snapshot; batch reads only.
    LatestDelta,
    /// The snapshot of the latest (full) compaction, then what follows.
    CompactedFull,
    /// The changes since a time; in a batch read the snapshot at that time.
    FromTimestamp,
    /// The changes from a snapshot on, its own included; in a batch read that snapshot.
    FromSnapshot,
    /// A snapshot, then what follows.
    FromSnapshotFull,
    /// The changes between two versions; batch reads only.
    Incremental,
}

/// `incremental-between-scan-mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum IncrementalMode {
    /// Changelog files of tables that have them, else delta.
    #[default]
    Auto,
    /// The files that new rows were written to.
    Delta,
    /// Changelog files.
    Changelog,
    /// The difference of the two states.
    Diff,
}

words!(StartMode {
    "default" => Default,
    "latest-full" => LatestFull,
    "latest" => Latest,
    "latest-delta" => LatestDelta,
    "compacted-full" => CompactedFull,
    "from-timestamp" => FromTimestamp,
    "from-snapshot" => FromSnapshot,
    "from-snapshot-full" => FromSnapshotFull,
    "incremental" => Incremental,
});
words!(IncrementalMode {
    "auto" => Auto,
    "delta" => Delta,
    "changelog" => Changelog,
    "diff" => Diff,
});
words!(BucketFunction { "default" => Default, "mod" => Mod, "hive" => Hive });
words!(MergeEngine {
    "deduplicate" => Deduplicate,
    "partial-update" => PartialUpdate,
    "aggregation" => Aggregation,
    "first-row" => FirstRow,
});
words!(ChangelogProducer {
    "none" => None,
    "input" => Input,
    "full-compaction" => FullCompaction,
    "lookup" => Lookup,
});
words!(SortOrder { "ascending" => Ascending, "descending" => Descending });
