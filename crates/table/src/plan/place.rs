//! The files of one bucket as splits.

use std::sync::Arc;

use rimon_spec::{DataFileMeta, ManifestEntry, Result, Value, path};

use super::deletions::Deletions;
use super::prune::FileFilter;
use super::split::{Before, Split, SplitKind};
use super::{append_splits, evolution_splits, merge_tree_splits};
use crate::table::Table;

/// One bucket of one partition.
#[derive(Debug)]
pub(crate) struct Place {
    partition: Arc<[Value]>,
    pub(crate) bucket: i32,
    pub(crate) directory: Arc<str>,
}

impl Place {
    /// Where the file of `entry` is.
    pub(crate) fn of(table: &Table, entry: &ManifestEntry) -> Result<Self> {
        let fields = table.schema().partition_fields();
        let types: Vec<_> = fields.iter().map(|f| f.data_type.clone()).collect();
        let values = entry.partition.decode(&types)?;
        let partition = path::partition_path(&fields, &values, table.options())?;
        let directory = path::bucket_path(table.options(), &partition, entry.bucket);
        Ok(Self { partition: values.into(), bucket: entry.bucket, directory: directory.into() })
    }

    /// The state of the bucket: its live files, those that hang together in one split.
    pub(crate) fn state(
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
            .map(|(kind, files)| self.split(kind, files, deletions))
            .collect())
    }

    /// Changes of the bucket, file by file, in the order given; files with columns of the same rows together.
    ///
    /// # Errors
    /// `Corrupt` when such files have no row ids.
    pub(crate) fn changes(
        &self,
        table: &Table,
        entries: Vec<ManifestEntry>,
        filter: &FileFilter<'_>,
    ) -> Result<Vec<Split>> {
        if !table.has_primary_key() && table.options().data_evolution_enabled {
            return self.state(table, entries, filter, &Deletions::new());
        }
        let files = entries.into_iter().map(|e| e.file);
        let files: Vec<_> = files.filter(|f| filter.rows_may_match(f)).collect();
        let kind = if table.has_primary_key() { SplitKind::Changes } else { SplitKind::Raw };
        let split = (!files.is_empty()).then(|| self.split(kind, files, &Deletions::new()));
        Ok(split.into_iter().collect())
    }

    /// The difference of two states of the bucket, of which files that are in both are left out.
    pub(crate) fn difference(
        &self,
        before: (Vec<ManifestEntry>, &Deletions),
        after: (Vec<ManifestEntry>, &Deletions),
        filter: &FileFilter<'_>,
    ) -> Option<Split> {
        let kept = |entries: Vec<ManifestEntry>| -> Vec<DataFileMeta> {
            let files = entries.into_iter().map(|e| e.file);
            files.filter(|f| filter.keys_may_match(f)).collect()
        };
        let old = kept(before.0);
        let mut split = self.split(SplitKind::Difference, kept(after.0), after.1);
        let deletions = of_files(before.1, &old);
        split.before = Some(Arc::new(Before { files: old, deletions }));
        let some = split.before.iter().any(|b| !b.files.is_empty()) || !split.files.is_empty();
        some.then_some(split)
    }

    fn split(&self, kind: SplitKind, files: Vec<DataFileMeta>, deletions: &Deletions) -> Split {
        Split {
            partition: self.partition.clone(),
            bucket: self.bucket,
            directory: self.directory.clone(),
            deletions: of_files(deletions, &files),
            files,
            kind,
            fallback: false,
            before: None,
            reversed: false,
        }
    }
}

/// The deletion vectors of these files.
fn of_files(deletions: &Deletions, files: &[DataFileMeta]) -> Deletions {
    let find = |f: &DataFileMeta| Some((f.file_name.clone(), deletions.get(&f.file_name)?.clone()));
    files.iter().filter_map(find).collect()
}
