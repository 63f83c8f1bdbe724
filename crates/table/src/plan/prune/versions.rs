//! Files of a merge that no row that passes depends on.
//!
//! Where a merge gives rows as they were written, a row that passes comes out of a file that may hold such rows. Other
//! files matter only as far as they hide its rows: those with a key in common with it, and with newer versions. This is
//! finer than `filterWholeBucketAllFiles` of `KeyValueFileStoreScan.java`, which drops a bucket when no file matches.

use std::cmp::Ordering;

use rimon_spec::options::MergeEngine;
use rimon_spec::{DataFileMeta, DataType, Result, TableOptions, Value};

/// Which rows of a key a merge gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VersionOrder {
    /// That of the greatest sequence number.
    Newest,
    /// One of them.
    Any,
    /// None of them, but what is made of all.
    Composed,
}

impl VersionOrder {
    /// Of a table.
    pub(crate) fn of(options: &TableOptions) -> Self {
        match options.merge_engine {
            MergeEngine::Deduplicate if options.sequence_fields.is_empty() => Self::Newest,
            MergeEngine::Deduplicate | MergeEngine::FirstRow => Self::Any,
            MergeEngine::PartialUpdate | MergeEngine::Aggregation => Self::Composed,
        }
    }
}

/// A file that may hold rows that pass.
struct Wanted {
    min: Vec<Value>,
    max: Vec<Value>,
    min_sequence: i64,
}

/// The files of one bucket without those that neither may hold a row that passes nor may hide one. `matches` says
/// whether a file may hold one.
///
/// # Errors
/// `Corrupt` for keys that are not of `key_types`.
pub(crate) fn drop_unneeded(
    files: Vec<DataFileMeta>,
    key_types: &[DataType],
    order: VersionOrder,
    matches: impl Fn(&DataFileMeta) -> bool,
) -> Result<Vec<DataFileMeta>> {
    if order == VersionOrder::Composed {
        return Ok(files);
    }
    let matching: Vec<bool> = files.iter().map(matches).collect();
    if !matching.contains(&false) {
        return Ok(files);
    }
    let range = |f: &DataFileMeta| Ok((f.min_key.decode(key_types)?, f.max_key.decode(key_types)?));
    let mut wanted = Vec::new();
    for (file, _) in files.iter().zip(&matching).filter(|(_, matching)| **matching) {
        let (min, max) = range(file)?;
        wanted.push(Wanted { min, max, min_sequence: file.min_sequence_number });
    }
    let wanted = Wanted::sorted(wanted);
    let mut kept = Vec::with_capacity(files.len());
    for (file, matches) in files.into_iter().zip(matching) {
        if matches || hides_some(&wanted, range(&file)?, file.max_sequence_number, order) {
            kept.push(file);
        }
    }
    Ok(kept)
}

impl Wanted {
    fn sorted(mut wanted: Vec<Self>) -> Vec<Self> {
        wanted.sort_by(|a, b| compare(&a.min, &b.min));
        wanted
    }
}

/// Whether a file with these keys may hold a row that hides one of a wanted file. `wanted` is in order of least keys.
fn hides_some(
    wanted: &[Wanted],
    (min, max): (Vec<Value>, Vec<Value>),
    max_sequence: i64,
    order: VersionOrder,
) -> bool {
    let ends = wanted.partition_point(|w| compare(&w.min, &max).is_le());
    wanted.iter().take(ends).any(|w| {
        let newer = order != VersionOrder::Newest || max_sequence >= w.min_sequence;
        newer && compare(&w.max, &min).is_ge()
    })
}

/// Order of whole keys.
fn compare(a: &[Value], b: &[Value]) -> Ordering {
    a.iter().zip(b).map(|(x, y)| x.compare(y)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests;
