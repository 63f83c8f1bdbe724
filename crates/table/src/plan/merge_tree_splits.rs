//! Splits of primary-key tables: overlapping files stay together (`MergeTreeSplitGenerator.java`).

use std::cmp::Ordering;

use rimon_spec::options::MergeEngine;
use rimon_spec::{DataFileMeta, DataType, Result, TableOptions, Value};

use super::packing::pack_ordered;
use super::split::SplitKind;

/// Files of one bucket whose key ranges hang together, and how they are to be read.
struct Section {
    files: Vec<DataFileMeta>,
    kind: SplitKind,
}

/// Cuts the files of one bucket into sections by key range, and packs them to the target size.
///
/// A section is raw when it is one sorted run without deletes: then no key can have two versions. Java also calls
/// files of an unknown number of deletes (written before 0.7) raw; here they are merged, which drops deletes for sure.
pub(crate) fn merge_tree_splits(
    files: Vec<DataFileMeta>,
    key_types: &[DataType],
    options: &TableOptions,
) -> Result<Vec<(SplitKind, Vec<DataFileMeta>)>> {
    let open_cost = options.split_open_file_cost;
    if never_merged(&files, options) {
        let weight = |f: &DataFileMeta| u64::try_from(f.file_size).unwrap_or(0).max(open_cost);
        let bins = pack_ordered(files, weight, options.split_target_size);
        return Ok(bins.into_iter().map(|files| (SplitKind::Raw, files)).collect());
    }
    let sections = sections(files, key_types)?;
    let weight = |s: &Section| -> u64 {
        s.files.iter().map(|f| u64::try_from(f.file_size).unwrap_or(0).max(open_cost)).sum()
    };
    let (raw, merged): (Vec<_>, Vec<_>) =
        sections.into_iter().partition(|s| s.kind == SplitKind::Raw);
    let mut splits = Vec::new();
    for (kind, sections) in [(SplitKind::Raw, raw), (SplitKind::Merge, merged)] {
        for bin in pack_ordered(sections, weight, options.split_target_size) {
            splits.push((kind, bin.into_iter().flat_map(|s| s.files).collect()));
        }
    }
    Ok(splits)
}

/// Whether compaction has left every key once: with deletion vectors it marks older rows as deleted, and with first-row
/// it drops later ones. Until then files are on level 0, which such tables do not read.
fn never_merged(files: &[DataFileMeta], options: &TableOptions) -> bool {
    (options.deletion_vectors_enabled || options.merge_engine == MergeEngine::FirstRow)
        && files.iter().all(|f| f.level != 0 && f.delete_row_count == Some(0))
}

fn sections(files: Vec<DataFileMeta>, key_types: &[DataType]) -> Result<Vec<Section>> {
    let mut keyed = files
        .into_iter()
        .map(|f| Ok((f.min_key.decode(key_types)?, f.max_key.decode(key_types)?, f)))
        .collect::<Result<Vec<_>>>()?;
    keyed.sort_by(|a, b| compare_keys(&a.0, &b.0).then_with(|| compare_keys(&a.1, &b.1)));
    let mut sections: Vec<Section> = Vec::new();
    let mut open: Option<(Vec<Value>, Section)> = None;
    for (min, max, file) in keyed {
        match &mut open {
            Some((end, section)) if compare_keys(&min, end) != Ordering::Greater => {
                section.kind = SplitKind::Merge;
                section.files.push(file);
                if compare_keys(&max, end) == Ordering::Greater {
                    *end = max;
                }
            }
            _ => {
                sections.extend(open.take().map(|(_, s)| s));
                let kind = if file.delete_row_count == Some(0) {
                    SplitKind::Raw
                } else {
                    SplitKind::Merge
                };
                open = Some((max, Section { files: vec![file], kind }));
            }
        }
    }
    sections.extend(open.map(|(_, s)| s));
    Ok(sections)
}

/// Order of whole keys.
fn compare_keys(a: &[Value], b: &[Value]) -> Ordering {
    a.iter().zip(b).map(|(x, y)| x.compare(y)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}
