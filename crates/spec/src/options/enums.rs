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
