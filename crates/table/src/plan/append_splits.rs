//! Splits of append tables: files packed to the target size (`AppendOnlySplitGenerator.java`).

use rimon_spec::{DataFileMeta, TableOptions};

use super::packing::pack_ordered;

/// Packs the files of one bucket into groups of about `source.split.target-size` bytes, oldest first.
pub(crate) fn append_splits(
    mut files: Vec<DataFileMeta>,
    options: &TableOptions,
) -> Vec<Vec<DataFileMeta>> {
    files.sort_by(|a, b| {
        (a.min_sequence_number, &a.file_name).cmp(&(b.min_sequence_number, &b.file_name))
    });
    let open_cost = options.split_open_file_cost;
    let weight = |f: &DataFileMeta| u64::try_from(f.file_size).unwrap_or(0).max(open_cost);
    pack_ordered(files, weight, options.split_target_size)
}
