//! Partitions and manifests that a filter leaves.

use rimon_spec::{BinaryRow, DataType, ManifestFileMeta, Predicate, Result, TableSchema, Value};

use super::stats::StatsRow;

/// What a filter says of partitions.
#[derive(Debug)]
pub(crate) struct PartitionFilter {
    names: Vec<String>,
    types: Vec<DataType>,
    predicate: Predicate,
}

impl PartitionFilter {
    /// `predicate` may also speak of other columns.
    pub(crate) fn new(schema: &TableSchema, predicate: &Predicate) -> Self {
        let fields = schema.partition_fields();
        Self {
            names: fields.iter().map(|f| f.name.clone()).collect(),
            types: fields.iter().map(|f| f.data_type.clone()).collect(),
            predicate: predicate.clone(),
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// The condition on the rows of one partition; [`Predicate::False`] when none passes.
    ///
    /// # Errors
    /// `Corrupt` for a partition that does not have the table's partition columns.
    pub(crate) fn rest(&self, partition: &BinaryRow) -> Result<Predicate> {
        if self.predicate == Predicate::True {
            return Ok(Predicate::True);
        }
        let values = partition.decode(&self.types)?;
        Ok(self.predicate.given(&|name| {
            self.position(name).map(|i| values.get(i).cloned().unwrap_or(Value::Null))
        }))
    }

    /// Whether a manifest may hold entries of partitions that pass; statistics that cannot be read keep it.
    pub(crate) fn may_match_manifest(&self, meta: &ManifestFileMeta) -> bool {
        if self.predicate == Predicate::True {
            return true;
        }
        let Some(stats) = StatsRow::new(&meta.partition_stats, self.types.len(), None) else {
            return true;
        };
        self.predicate.may_match(&|name| {
            let index = self.position(name)?;
            stats.column(index, self.types.get(index)?)
        })
    }
}
