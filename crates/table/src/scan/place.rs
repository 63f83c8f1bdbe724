//! The splits of one bucket of one partition.

use std::sync::Arc;

use rimon_spec::{DataFileMeta, ManifestEntry, Result, Value, path};

use crate::plan::{
    Deletions, FileFilter, Split, SplitKind, append_splits, evolution_splits, merge_tree_splits,
};
use crate::table::Table;

/// One bucket of one partition.
pub(super) struct Place {
    partition: Arc<[Value]>,
    pub(super) bucket: i32,
    pub(super) directory: Arc<str>,
}

impl Place {
    pub(super) fn of(table: &Table, entry: &ManifestEntry) -> Result<Self> {
        let fields = table.schema().partition_fields();
        let types: Vec<_> = fields.iter().map(|f| f.data_type.clone()).collect();
        let values = entry.partition.decode(&types)?;
        let partition = path::partition_path(&fields, &values, table.options())?;
        let directory = path::bucket_path(table.options(), &partition, entry.bucket);
        Ok(Self { partition: values.into(), bucket: entry.bucket, directory: directory.into() })
    }

    pub(super) fn splits(
        &self,
        table: &Table,
        entries: Vec<ManifestEntry>,
        filter: &FileFilter<'_>,
        deletions: &Deletions,
    ) -> Result<Vec<Split>> {
        let files = entries.into_iter().map(|e| e.file);
        let groups = if table.has_primary_key() {
            let types: Vec<_> =
                table.schema().key_fields().into_iter().map(|f| f.data_type.clone()).collect();
            let files: Vec<_> = files.filter(|f| filter.keys_may_match(f)).collect();
            merge_tree_splits(files, &types, table.options())?
                .into_iter()
                .map(|(kind, files)| match kind {
                    SplitKind::Raw => {
                        (kind, files.into_iter().filter(|f| filter.rows_may_match(f)).collect())
                    }
                    _ => (kind, files),
                })
                .collect()
        } else if table.options().data_evolution_enabled {
            // What one file says of a column may be outdated by another one: only files that are alone are dropped.
            let alone = |(kind, files): (SplitKind, Vec<DataFileMeta>)| match kind {
                SplitKind::Raw => {
                    (kind, files.into_iter().filter(|f| filter.rows_may_match(f)).collect())
                }
                _ => (kind, files),
            };
            evolution_splits(files.collect(), table.options())?.into_iter().map(alone).collect()
        } else {
            let files: Vec<_> = files.filter(|f| filter.rows_may_match(f)).collect();
            append_splits(files, table.options())
                .into_iter()
                .map(|files| (SplitKind::Raw, files))
                .collect::<Vec<_>>()
        };
        Ok(groups
            .into_iter()
            .filter(|(_, files): &(SplitKind, Vec<DataFileMeta>)| !files.is_empty())
            .map(|(kind, files)| Split {
                partition: self.partition.clone(),
                bucket: self.bucket,
                directory: self.directory.clone(),
                deletions: of_files(deletions, &files),
                files,
                kind,
                fallback: false,
            })
            .collect())
    }
}

/// The deletion vectors of these files.
fn of_files(deletions: &Deletions, files: &[DataFileMeta]) -> Deletions {
    let find = |f: &DataFileMeta| Some((f.file_name.clone(), deletions.get(&f.file_name)?.clone()));
    files.iter().filter_map(find).collect()
}
