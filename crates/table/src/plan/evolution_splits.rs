//! Splits of tables with `data-evolution.enabled`: files with the same row ids hold different columns of the same rows
//! and stay together (`DataEvolutionSplitGenerator.java`, `RangeHelper.java`).

use rimon_spec::{DataFileMeta, Error, Result, TableOptions};

use super::packing::pack_ordered;
use super::split::SplitKind;

/// Groups the files of one bucket by row ids. A file that is alone is read as it is.
///
/// # Errors
/// `Corrupt` when a file has no row ids.
pub(crate) fn evolution_splits(
    files: Vec<DataFileMeta>,
    options: &TableOptions,
) -> Result<Vec<(SplitKind, Vec<DataFileMeta>)>> {
    let mut ranged = Vec::with_capacity(files.len());
    for file in files {
        ranged.push((row_ids(&file)?, file));
    }
    ranged.sort_by(|(a, x), (b, y)| (a, &x.file_name).cmp(&(b, &y.file_name)));
    let mut groups: Vec<(i64, Vec<DataFileMeta>)> = Vec::new();
    for ((first, end), file) in ranged {
        match groups.last_mut() {
            Some((group_end, group)) if first < *group_end => {
                *group_end = end.max(*group_end);
                group.push(file);
            }
            _ => groups.push((end, vec![file])),
        }
    }
    let (alone, together): (Vec<_>, Vec<_>) =
        groups.into_iter().map(|(_, group)| group).partition(|group| group.len() == 1);
    let open_cost = options.split_open_file_cost;
    let weight = |f: &DataFileMeta| u64::try_from(f.file_size).unwrap_or(0).max(open_cost);
    let alone =
        pack_ordered(alone.into_iter().flatten().collect(), weight, options.split_target_size);
    let raw = alone.into_iter().map(|files| (SplitKind::Raw, files));
    Ok(raw.chain(together.into_iter().map(|files| (SplitKind::Columns, files))).collect())
}

/// The first row id of a file and the one after its last.
///
/// # Errors
/// `Corrupt` when there is none.
pub(crate) fn row_ids(file: &DataFileMeta) -> Result<(i64, i64)> {
    let ids = file.first_row_id.and_then(|first| Some((first, first.checked_add(file.row_count)?)));
    ids.ok_or_else(|| {
        Error::corrupt("a file of a table with data evolution has no row ids")
            .with("file", &file.file_name)
    })
}
