//! Rows of a flush that the merge engine composes of all rows of a key.

use arrow::array::{Array, ArrayRef, Int8Array};
use rimon_spec::{Error, Result};

use super::flush::Flush;
use crate::merge::{RowChange, RowVersions};
use crate::ports::RunBatch;

/// `_VALUE_KIND` of a composed row that removes its key, and of one that does not.
const DELETE: i8 = 3;
const INSERT: i8 = 0;

impl Flush {
    /// One row for each group of `rows`, which end at `ends` (row numbers of the whole flush). A key with one row keeps
    /// it as it is, with its kind: `ReducerMergeFunctionWrapper.java`. A composed row has the sequence number of the
    /// newest.
    pub(super) fn compose(&self, rows: &[u32], ends: &[u32]) -> Result<RunBatch> {
        let places = self.places(rows);
        let values = self.values(&places)?;
        let kinds: Vec<i8> = places.iter().map(|place| self.kind(*place)).collect();
        if rows.len() == ends.len() {
            return self.run_batch(values, self.sequences(rows.iter().copied()), kinds.into());
        }
        let versions = self.versions(&kinds, ends);
        let merged = self.spec.merge.merge_columns(&versions, &values)?;
        drop(values);
        let columns: Option<Vec<ArrayRef>> = merged.columns.into_iter().collect();
        let columns = columns.ok_or_else(|| Error::internal("a column was not merged"))?;
        self.check_nulls(&columns)?;
        let newest = versions.groups().filter_map(<[u32]>::last);
        let sequences = self.sequences(newest.filter_map(|row| rows.get(*row as usize).copied()));
        let kind = |(group, kept): (&[u32], bool)| match group {
            [only] => kinds.get(*only as usize).copied(),
            _ => Some(if kept { INSERT } else { DELETE }),
        };
        let kinds: Int8Array = versions.groups().zip(&merged.kept).map(kind).collect();
        self.run_batch(columns, sequences, kinds)
    }

    /// The groups with rows counted from the first of them.
    fn versions(&self, kinds: &[i8], ends: &[u32]) -> RowVersions {
        let count = kinds.len() as u32;
        let base = ends.last().map_or(0, |last| last - count);
        let retracts = |kind: &i8| RowChange::of_kind(*kind).is_retract();
        RowVersions {
            rows: (0..count).collect(),
            ends: ends.iter().map(|end| end - base).collect(),
            changes: if kinds.iter().any(retracts) {
                kinds.iter().map(|kind| RowChange::of_kind(*kind)).collect()
            } else {
                Vec::new()
            },
        }
    }

    fn check_nulls(&self, columns: &[ArrayRef]) -> Result<()> {
        let fields = self.spec.file_schema.fields().iter().skip(self.spec.keys.len() + 2);
        let wrong = fields.zip(columns).find(|(f, c)| !f.is_nullable() && c.null_count() > 0);
        match wrong {
            Some((field, _)) => {
                Err(Error::invalid("merging gives null in a column that is NOT NULL")
                    .with("column", field.name()))
            }
            None => Ok(()),
        }
    }
}
