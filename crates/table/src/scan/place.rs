//! The files of one bucket as splits.

use std::sync::Arc;

use rimon_spec::{DataFileMeta, DataType, ManifestEntry, Result, Value, path};

use super::chosen::Chosen;
use super::report::DroppedFiles;
use crate::plan::{
    Before, Deletions, FileFilter, Split, SplitKind, VersionOrder, append_splits, drop_unneeded,
    evolution_splits, merge_tree_splits,
};
use crate::table::Table;

/// Files that are read together, and how.
type Group = (SplitKind, Vec<DataFileMeta>);

/// One bucket of one partition.
#[derive(Debug)]
pub(super) struct Place {
    partition: Arc<[Value]>,
    bucket: i32,
    pub(super) directory: Arc<str>,
}

impl Place {
    /// Where the file of `entry` is.
    pub(super) fn of(table: &Table, entry: &ManifestEntry) -> Result<Self> {
        let fields = table.schema().partition_fields();
        let types: Vec<_> = fields.iter().map(|f| f.data_type.clone()).collect();
        let values = entry.partition.decode(&types)?;
        let partition = path::partition_path(&fields, &values, table.options())?;
        let directory = path::bucket_path(table.options(), &partition, entry.bucket);
        Ok(Self { partition: values.into(), bucket: entry.bucket, directory: directory.into() })
    }

    /// The state of the bucket: its live files, those that hang together in one split. Files that are dropped are
    /// counted.
    pub(super) fn state(
        &self,
        table: &Table,
        chosen: Chosen<'_>,
        deletions: &Deletions,
        dropped: &mut DroppedFiles,
    ) -> Result<Vec<Split>> {
        let filter = &*chosen.filter;
        let mut files: Vec<_> = chosen.entries.into_iter().map(|e| e.file).collect();
        let groups = if table.has_primary_key() {
            merged(table, files, filter, dropped)?
        } else if table.options().data_evolution_enabled {
            let mut groups = evolution_splits(files, table.options())?;
            retain_in_raw(&mut groups, filter, dropped);
            retain_columns(&mut groups, filter, dropped);
            groups
        } else {
            retain_matching(&mut files, filter, dropped);
            let groups = append_splits(files, table.options());
            groups.into_iter().map(|files| (SplitKind::Raw, files)).collect()
        };
        Ok(groups
            .into_iter()
            .filter(|(_, files)| !files.is_empty())
            .map(|(kind, files)| self.split(kind, files, deletions))
            .collect())
    }

    /// Changes of the bucket, file by file, in the order given; files with columns of the same rows together.
    ///
    /// # Errors
    /// `Corrupt` when such files have no row ids.
    pub(super) fn changes(
        &self,
        table: &Table,
        chosen: Chosen<'_>,
        dropped: &mut DroppedFiles,
    ) -> Result<Vec<Split>> {
        if !table.has_primary_key() && table.options().data_evolution_enabled {
            return self.state(table, chosen, &Deletions::new(), dropped);
        }
        let mut files: Vec<_> = chosen.entries.into_iter().map(|e| e.file).collect();
        retain_matching(&mut files, &chosen.filter, dropped);
        let kind = if table.has_primary_key() { SplitKind::Changes } else { SplitKind::Raw };
        let split = (!files.is_empty()).then(|| self.split(kind, files, &Deletions::new()));
        Ok(split.into_iter().collect())
    }

    /// The difference of two states of the bucket, of which files that are in both are left out.
    pub(super) fn difference(
        &self,
        before: (Chosen<'_>, &Deletions),
        after: (Chosen<'_>, &Deletions),
        dropped: &mut DroppedFiles,
    ) -> Option<Split> {
        let mut kept = |chosen: Chosen<'_>| {
            let mut files: Vec<_> = chosen.entries.into_iter().map(|e| e.file).collect();
            retain_keys(&mut files, &chosen.filter, dropped);
            files
        };
        let old = kept(before.0);
        let new = kept(after.0);
        let mut split = self.split(SplitKind::Difference, new, after.1);
        let deletions = of_files(before.1, &old);
        split.before = Some(Arc::new(Before { files: old, deletions }));
        let some = split.before.iter().any(|b| !b.files.is_empty()) || !split.files.is_empty();
        some.then_some(split)
    }

    /// A split of these files.
    pub(super) fn split(
        &self,
        kind: SplitKind,
        files: Vec<DataFileMeta>,
        deletions: &Deletions,
    ) -> Split {
        Split {
            partition: self.partition.clone(),
            bucket: self.bucket,
            directory: self.directory.clone(),
            directories: None,
            deletions: of_files(deletions, &files),
            files,
            kind,
            fallback: false,
            before: None,
            reversed: false,
        }
    }
}

/// Of a table with a primary key: where files are merged, a file that cannot match may still hide rows of another one.
fn merged(
    table: &Table,
    mut files: Vec<DataFileMeta>,
    filter: &FileFilter<'_>,
    dropped: &mut DroppedFiles,
) -> Result<Vec<Group>> {
    let types: Vec<DataType> =
        table.schema().key_fields().into_iter().map(|f| f.data_type.clone()).collect();
    retain_keys(&mut files, filter, dropped);
    if !filter.is_of_keys() {
        let all = files.len();
        let order = VersionOrder::of(table.options());
        files = drop_unneeded(files, &types, order, |f| filter.rows_may_match(f))?;
        dropped.by_statistics += all - files.len();
    }
    let mut groups = merge_tree_splits(files, &types, table.options())?;
    retain_in_raw(&mut groups, filter, dropped);
    Ok(groups)
}

/// Files with keys that may match.
fn retain_keys(files: &mut Vec<DataFileMeta>, filter: &FileFilter<'_>, dropped: &mut DroppedFiles) {
    let all = files.len();
    files.retain(|f| filter.keys_may_match(f));
    dropped.by_keys += all - files.len();
}

/// In groups that are read without a merge, the files that may match.
fn retain_in_raw(groups: &mut [Group], filter: &FileFilter<'_>, dropped: &mut DroppedFiles) {
    let raw = groups.iter_mut().filter(|(kind, _)| *kind == SplitKind::Raw);
    raw.for_each(|(_, files)| retain_matching(files, filter, dropped));
}

/// Groups of files with columns of the same rows, as far as these may match.
fn retain_columns(groups: &mut Vec<Group>, filter: &FileFilter<'_>, dropped: &mut DroppedFiles) {
    groups.retain(|(kind, files)| {
        let keep = *kind != SplitKind::Columns || filter.columns_may_match(files);
        dropped.by_statistics += if keep { 0 } else { files.len() };
        keep
    });
}

/// Files that are read without a merge, as far as they may match.
fn retain_matching(
    files: &mut Vec<DataFileMeta>,
    filter: &FileFilter<'_>,
    dropped: &mut DroppedFiles,
) {
    let all = files.len();
    files.retain(|f| filter.stats_may_match(f));
    let left = files.len();
    files.retain(|f| filter.index_may_match(f));
    dropped.by_statistics += all - left;
    dropped.by_index += left - files.len();
}

/// The deletion vectors of these files.
fn of_files(deletions: &Deletions, files: &[DataFileMeta]) -> Deletions {
    let find = |f: &DataFileMeta| Some((f.file_name.clone(), deletions.get(&f.file_name)?.clone()));
    files.iter().filter_map(find).collect()
}
