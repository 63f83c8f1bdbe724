//! Each column by a function of its own (`merge-engine` = aggregation).

use arrow::array::{ArrayRef, BooleanBufferBuilder, Int8Array};
use rimon_spec::{Error, Result};

use super::columns::{FieldMerge, fold_fields, merge_column};
use super::steps::{Step, Steps};
use super::{
    Groups, MergeFunction, MergeOutput, MergedColumns, RowChange, RowVersions, SlabRows, Versions,
};

/// Mirrors `AggregateMergeFunction.java`. A key with one row keeps it as it is.
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// The function of each value column; `None`: the column is not wanted.
    pub fields: Vec<Option<FieldMerge>>,
    /// `aggregation.remove-record-on-delete`: a `-D` removes the row, where else it retracts.
    pub remove_on_delete: bool,
    /// See [`Versions::Columns`].
    pub lookup: bool,
}

impl MergeFunction for Aggregate {
    fn versions(&self) -> Versions {
        Versions::Columns { values: false, lookup: self.lookup }
    }

    fn merge(&self, _: &Groups<'_>, _: &mut MergeOutput) -> Result<()> {
        Err(Error::internal("aggregation composes rows"))
    }

    fn check_input(&self, kinds: &Int8Array, _: &[ArrayRef]) -> Result<()> {
        let retracts = |change: &RowChange| match change {
            RowChange::Add => false,
            RowChange::UpdateBefore => true,
            RowChange::Delete => !self.remove_on_delete,
        };
        let mut changes = kinds.values().iter().map(|kind| RowChange::of_kind(*kind));
        let Some(change) = changes.find(retracts) else { return Ok(()) };
        match self.fields.iter().flatten().find(|field| !field.takes_back()) {
            Some(field) => Err(field.cannot_take_back().with("row kind", change.name())),
            None => Ok(()),
        }
    }

    fn merge_columns(&self, versions: &RowVersions, values: &[ArrayRef]) -> Result<MergedColumns> {
        let (steps, kept) = self.steps(versions);
        let columns = self.fields.iter().zip(values).map(|(field, values)| {
            field.as_ref().map(|field| merge_column(field, values, &steps)).transpose()
        });
        Ok(MergedColumns { columns: columns.collect::<Result<_>>()?, kept: kept.build() })
    }

    fn newest_is_enough(&self, filled: &dyn Fn(usize) -> bool) -> bool {
        let mut fields = self.fields.iter().enumerate();
        fields.all(|(column, field)| match field {
            Some(field) => field.takes_newest(|| filled(column)),
            None => true,
        })
    }

    fn merge_slab(&self, slab: &SlabRows<'_>) -> Result<MergedColumns> {
        let mut rest = self.clone();
        let folded = fold_fields(slab, &mut rest.fields, |field| Some(field))?;
        if !slab.retracts() && rest.fields.iter().all(Option::is_none) {
            return Ok(folded);
        }
        let values = slab.columns(|column| matches!(rest.fields.get(column), Some(Some(_))))?;
        Ok(folded.or(rest.merge_columns(&slab.versions(), &values)?))
    }
}

impl Aggregate {
    fn steps(&self, versions: &RowVersions) -> (Steps, BooleanBufferBuilder) {
        let mut steps = Steps::default();
        let mut kept = BooleanBufferBuilder::new(versions.len());
        for rows in versions.groups() {
            if let [only] = rows {
                steps.push(*only, Step::Set);
                kept.append(!versions.change(*only).is_retract());
            } else {
                let mut removed = false;
                for row in rows {
                    let change = versions.change(*row);
                    removed = self.remove_on_delete && change == RowChange::Delete;
                    let step = match change {
                        _ if removed => Step::Set,
                        RowChange::Add => Step::Add,
                        _ => Step::Retract,
                    };
                    steps.push(*row, step);
                }
                kept.append(!removed);
            }
            steps.end_group();
        }
        (steps, kept)
    }
}
