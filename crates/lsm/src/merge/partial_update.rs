//! Columns from several rows (`merge-engine` = partial-update).

use arrow::array::{Array, ArrayRef, BooleanBufferBuilder, Int8Array};
use rimon_spec::{Error, Result};

use super::columns::{FieldMerge, fold_fields, merge_column};
use super::steps::{Step, Steps};
use super::{
    Groups, MergeFunction, MergeOutput, MergedColumns, RowChange, RowVersions, SlabRows, Versions,
};
use crate::sequence::{UserRanks, rank_user_sequence};

/// Mirrors `PartialUpdateMergeFunction.java`. A key with one row keeps it as it is.
#[derive(Debug, Clone)]
pub struct PartialUpdate {
    /// Each value column; `None`: the column is not wanted, only read to order others.
    pub fields: Vec<Option<PartialField>>,
    /// The sequence groups that wanted columns belong to, and those that remove rows.
    pub groups: Vec<FieldGroup>,
    /// Whether the table has sequence groups at all: retracting rows then null the columns of
    /// theirs.
    pub has_groups: bool,
    /// `ignore-delete`.
    pub ignore_deletes: bool,
    /// `partial-update.remove-record-on-delete`.
    pub remove_on_delete: bool,
    /// See [`Versions::Columns`].
    pub lookup: bool,
}

/// A column of a partial update.
#[derive(Debug, Clone)]
pub struct PartialField {
    /// What becomes of its values.
    pub merge: FieldMerge,
    /// Position of its sequence group in [`PartialUpdate::groups`].
    pub group: Option<usize>,
}

/// A sequence group.
#[derive(Debug, Clone)]
pub struct FieldGroup {
    /// The columns that order its updates, as positions among the value columns.
    pub ordering: Vec<usize>,
    /// `partial-update.remove-record-on-sequence-group` names it: a `-D` that is not older removes
    /// the row.
    pub removes: bool,
}

impl MergeFunction for PartialUpdate {
    fn versions(&self) -> Versions {
        let values = self.groups.iter().any(|group| group.removes);
        Versions::Columns { values, lookup: self.lookup }
    }

    fn merge(&self, _: &Groups<'_>, _: &mut MergeOutput) -> Result<()> {
        Err(Error::internal("partial-update composes rows"))
    }

    fn check_input(&self, kinds: &Int8Array, values: &[ArrayRef]) -> Result<()> {
        if self.ignore_deletes || self.remove_on_delete {
            return Ok(());
        }
        let changes = kinds.values().iter().map(|kind| RowChange::of_kind(*kind));
        let mut retracts = changes.enumerate().filter(|(_, change)| change.is_retract());
        if !self.has_groups {
            return match retracts.next() {
                Some((_, change)) => Err(cannot_take_back().with("row kind", change.name())),
                None => Ok(()),
            };
        }
        let removes = self.groups.iter().any(|group| group.removes);
        let of_group = |field: &PartialField| self.groups.get(field.group?);
        let strict: Vec<_> = self
            .fields
            .iter()
            .flatten()
            .filter(|field| !field.merge.takes_back())
            .filter_map(|field| Some((&field.merge, of_group(field)?)))
            .collect();
        for (row, change) in retracts.filter(|(_, c)| !(removes && *c == RowChange::Delete)) {
            let says = |column: &usize| values.get(*column).is_some_and(|v| v.is_valid(row));
            if let Some((field, _)) = strict.iter().find(|(_, g)| g.ordering.iter().any(says)) {
                return Err(field.cannot_take_back().with("row kind", change.name()));
            }
        }
        Ok(())
    }

    fn merge_columns(&self, versions: &RowVersions, values: &[ArrayRef]) -> Result<MergedColumns> {
        let mut walk = Walk::new(self, values)?;
        let mut kept = BooleanBufferBuilder::new(versions.len());
        for rows in versions.groups() {
            let keep = match rows {
                [only] => {
                    walk.set(*only);
                    !versions.change(*only).is_retract()
                }
                _ => walk.group(rows, versions)?,
            };
            kept.append(keep);
            walk.end_group();
        }
        let columns = self.fields.iter().zip(values).map(|(field, values)| {
            let Some(field) = field else { return Ok(None) };
            let steps = match field.group {
                None => Some(&walk.plain),
                Some(group) => walk.ordered.get(group).map(|ordered| &ordered.steps),
            };
            let steps = steps.ok_or_else(|| Error::internal("a sequence group is not there"))?;
            merge_column(&field.merge, values, steps).map(Some)
        });
        Ok(MergedColumns { columns: columns.collect::<Result<_>>()?, kept: kept.build() })
    }

    fn newest_is_enough(&self, filled: &dyn Fn(usize) -> bool) -> bool {
        let mut fields = self.fields.iter().enumerate();
        fields.all(|(column, field)| match field {
            Some(field) => field.group.is_none() && field.merge.takes_newest(|| filled(column)),
            None => true,
        })
    }

    fn merge_slab(&self, slab: &SlabRows<'_>) -> Result<MergedColumns> {
        let mut rest = self.clone();
        let folded = fold_fields(slab, &mut rest.fields, |field: &PartialField| {
            field.group.is_none().then_some(&field.merge)
        })?;
        if !slab.retracts() && rest.fields.iter().all(Option::is_none) {
            return Ok(folded);
        }
        let orders = |column| rest.groups.iter().any(|group| group.ordering.contains(&column));
        let wanted = |column| matches!(rest.fields.get(column), Some(Some(_))) || orders(column);
        Ok(folded.or(rest.merge_columns(&slab.versions(), &slab.columns(wanted)?)?))
    }
}

fn cannot_take_back() -> Error {
    let hint = "set 'ignore-delete', 'partial-update.remove-record-on-delete' or sequence groups";
    Error::invalid("merge-engine partial-update cannot merge -U and -D rows").with_hint(hint)
}

/// One sequence group while keys are walked through.
struct Ordered {
    steps: Steps,
    ranks: Option<UserRanks>,
    columns: Vec<ArrayRef>,
    removes: bool,
    /// The row that was the newest of the key so far.
    newest: Option<u32>,
}

impl Ordered {
    /// Whether the row says nothing of this group.
    fn is_absent(&self, row: u32) -> bool {
        self.columns.iter().all(|column| column.is_null(row as usize))
    }

    /// Whether the row is not older than the newest so far.
    fn is_newest(&self, row: u32) -> bool {
        match (self.newest, &self.ranks) {
            (Some(newest), Some(ranks)) => {
                ranks.compare(row as usize, ranks, newest as usize).is_ge()
            }
            _ => true,
        }
    }
}

struct Walk<'a> {
    spec: &'a PartialUpdate,
    /// Columns of no group.
    plain: Steps,
    ordered: Vec<Ordered>,
}

impl<'a> Walk<'a> {
    fn new(spec: &'a PartialUpdate, values: &[ArrayRef]) -> Result<Self> {
        let ordered = spec.groups.iter().map(|group| {
            let columns = group.ordering.iter().map(|column| values.get(*column).cloned());
            let columns = columns.collect::<Option<Vec<ArrayRef>>>();
            let columns =
                columns.ok_or_else(|| Error::internal("a sequence column is not read"))?;
            let mut ranks = rank_user_sequence(&[vec![columns.clone()]], false)?;
            Ok(Ordered {
                steps: Steps::default(),
                ranks: ranks.pop(),
                columns,
                removes: group.removes,
                newest: None,
            })
        });
        Ok(Self { spec, plain: Steps::default(), ordered: ordered.collect::<Result<_>>()? })
    }

    /// The whole row takes the place of what is there.
    fn set(&mut self, row: u32) {
        self.plain.push(row, Step::Set);
        for group in &mut self.ordered {
            group.steps.push(row, Step::Set);
            group.newest = Some(row);
        }
    }

    fn end_group(&mut self) {
        self.plain.end_group();
        for group in &mut self.ordered {
            group.steps.end_group();
            group.newest = None;
        }
    }

    /// Walks through the rows of a key; whether it has a result.
    fn group(&mut self, rows: &[u32], versions: &RowVersions) -> Result<bool> {
        let (mut filled, mut added, mut removed) = (false, false, false);
        for row in rows {
            removed = false;
            let change = versions.change(*row);
            if !change.is_retract() {
                self.add(*row);
                (filled, added) = (true, true);
                continue;
            }
            // The first row fills what is empty, whatever its kind.
            if !std::mem::replace(&mut filled, true) {
                self.set(*row);
            }
            if self.spec.ignore_deletes {
            } else if self.spec.has_groups {
                removed = self.retract(*row, change);
            } else if !self.spec.remove_on_delete {
                return Err(cannot_take_back().with("row kind", change.name()));
            } else if change == RowChange::Delete {
                self.set(*row);
                removed = true;
            }
        }
        Ok(added && !removed)
    }

    fn add(&mut self, row: u32) {
        self.plain.push(row, Step::Add);
        for group in &mut self.ordered {
            if group.is_absent(row) {
                continue;
            }
            let newest = group.is_newest(row);
            group.steps.push(row, if newest { Step::Add } else { Step::AddOlder });
            if newest {
                group.newest = Some(row);
            }
        }
    }

    /// Whether the row removes the key.
    fn retract(&mut self, row: u32, change: RowChange) -> bool {
        let removes =
            |group: &Ordered| group.removes && !group.is_absent(row) && group.is_newest(row);
        if change == RowChange::Delete && self.ordered.iter().any(removes) {
            self.set(row);
            return true;
        }
        for group in &mut self.ordered {
            if group.is_absent(row) {
                continue;
            }
            let newest = group.is_newest(row);
            group.steps.push(row, if newest { Step::Retract } else { Step::RetractOlder });
            if newest {
                group.newest = Some(row);
            }
        }
        false
    }
}
