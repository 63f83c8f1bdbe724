//! Where an engine that composes rows has nothing to compose: no row retracts, and no older value can show through a
//! null of the newest row, as the statistics of the files tell.

use std::collections::HashSet;
use std::sync::Arc;

use rimon_lsm::merge::Versions;
use rimon_lsm::{Deduplicate, MergeFunction, MergeReadSpec, MergeTreeReader};
use rimon_spec::{DataField, DataFileMeta};

use super::table_read::TableRead;
use crate::plan::{FileStats, Split};

/// Reads the newest row of each key in place of what the merge engine composes.
#[derive(Debug)]
pub(super) struct NewestRows {
    composing: Arc<dyn MergeFunction>,
    pub(super) reader: MergeTreeReader,
}

impl NewestRows {
    /// `None` for engines that choose rows: they have no shorter way.
    pub(super) fn new(spec: &MergeReadSpec) -> Option<Self> {
        let composing = Arc::clone(&spec.merge);
        let Versions::Columns { .. } = composing.versions() else { return None };
        let merge = Arc::new(Deduplicate { ignore_deletes: false });
        let reader = MergeTreeReader::new(MergeReadSpec { merge, ..spec.clone() });
        Some(Self { composing, reader })
    }

    /// The names of the files of a split of which the newest rows are enough, for the value columns `values`.
    pub(super) fn files<'a>(
        &self,
        read: &TableRead,
        split: &'a Split,
        values: &[DataField],
    ) -> HashSet<&'a str> {
        let enough = |file: &&DataFileMeta| {
            let Some(stats) = FileStats::of(file, &read.file_schemas) else { return false };
            let filled = |column| values.get(column).is_some_and(|field| stats.is_filled(field));
            file.delete_row_count == Some(0) && self.composing.newest_is_enough(&filled)
        };
        split.files.iter().filter(enough).map(|file| file.file_name.as_str()).collect()
    }
}
