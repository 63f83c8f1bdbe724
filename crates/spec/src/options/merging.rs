//! Options of the merge engines partial-update and aggregation.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::read::{bad_value, parse_flag};
use crate::{Error, Result};

/// What `merge-engine` = partial-update and aggregation are told per column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MergeOptions {
    /// `fields.default-aggregate-function`.
    pub default_function: Option<String>,
    /// `fields.<name>.…` by column.
    pub fields: BTreeMap<String, FieldMergeOptions>,
    /// `fields.<a,b>.sequence-group`, in the order of the options.
    pub sequence_groups: Vec<SequenceGroup>,
    /// `partial-update.remove-record-on-delete`.
    pub remove_on_delete: bool,
    /// `partial-update.remove-record-on-sequence-group`: sequence columns.
    pub remove_on_sequence_group: Vec<String>,
    /// `aggregation.remove-record-on-delete`.
    pub aggregation_remove_on_delete: bool,
}

/// `fields.<name>.…` of one column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldMergeOptions {
    /// `aggregate-function`.
    pub function: Option<String>,
    /// `ignore-retract`.
    pub ignore_retract: bool,
    /// `distinct` (collect, listagg).
    pub distinct: bool,
    /// `list-agg-delimiter`; `None`: a comma.
    pub delimiter: Option<String>,
    /// `nested-key` (nested_update): columns of the nested row.
    pub nested_key: Vec<String>,
    /// `nested-key-null-strategy`: merge, ignore or error.
    pub nested_key_null: Option<String>,
    /// `nested-sequence-field`.
    pub nested_sequence: Vec<String>,
    /// `ts-field` (merge_map_with_keytime): the column of the map's values that orders them.
    pub ts_field: Option<String>,
    /// `count-limit`.
    pub count_limit: Option<usize>,
}

/// Columns that are updated together, by the order of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceGroup {
    /// The columns that order the updates, all of one group.
    pub ordering: Vec<String>,
    /// The columns that are updated with them.
    pub fields: Vec<String>,
}

impl MergeOptions {
    pub(super) fn parse(options: &IndexMap<String, String>) -> Result<Self> {
        let mut merge = Self::default();
        for (key, value) in options {
            merge.take(key, value)?;
        }
        Ok(merge)
    }

    fn take(&mut self, key: &str, value: &str) -> Result<()> {
        let flag = || parse_flag(value).ok_or_else(|| bad_value(key, value, "true or false"));
        match key {
            "fields.default-aggregate-function" => self.default_function = Some(value.to_owned()),
            "partial-update.remove-record-on-delete" => self.remove_on_delete = flag()?,
            "partial-update.remove-record-on-sequence-group" => {
                self.remove_on_sequence_group = names(value);
            }
            "aggregation.remove-record-on-delete" => self.aggregation_remove_on_delete = flag()?,
            _ => {
                let of_field = key.strip_prefix("fields.").and_then(|key| key.rsplit_once('.'));
                if let Some((name, option)) = of_field {
                    self.take_field(key, name, option, value)?;
                }
            }
        }
        Ok(())
    }

    fn take_field(&mut self, key: &str, name: &str, option: &str, value: &str) -> Result<()> {
        let flag = || parse_flag(value).ok_or_else(|| bad_value(key, value, "true or false"));
        if option == "sequence-group" {
            self.sequence_groups
                .push(SequenceGroup { ordering: names(name), fields: names(value) });
            return Ok(());
        }
        let mut field = self.fields.get(name).cloned().unwrap_or_default();
        match option {
            "aggregate-function" => field.function = Some(value.to_owned()),
            "ignore-retract" => field.ignore_retract = flag()?,
            "distinct" => field.distinct = flag()?,
            "list-agg-delimiter" => field.delimiter = Some(value.to_owned()),
            "nested-key" => field.nested_key = names(value),
            "nested-key-null-strategy" => {
                let word = value.to_ascii_lowercase();
                if !["merge", "ignore", "error"].contains(&word.as_str()) {
                    return Err(bad_value(key, value, "merge, ignore or error"));
                }
                field.nested_key_null = Some(word);
            }
            "ts-field" => field.ts_field = Some(value.to_owned()),
            "nested-sequence-field" => field.nested_sequence = names(value),
            "count-limit" => {
                let limit = value.parse().map_err(|_| bad_value(key, value, "a number"))?;
                field.count_limit = Some(limit);
            }
            _ => return Ok(()),
        }
        self.fields.insert(name.to_owned(), field);
        Ok(())
    }

    /// The aggregate function set for a column, or the default.
    pub fn function(&self, column: &str) -> Option<&str> {
        let own = self.fields.get(column).and_then(|field| field.function.as_deref());
        own.or(self.default_function.as_deref())
    }

    /// The sequence group that a column is ordered by, as an ordering column or as one of the others.
    pub fn group_of(&self, column: &str) -> Option<usize> {
        let has = |names: &[String]| names.iter().any(|name| name == column);
        let groups = &self.sequence_groups;
        let ordering = groups.iter().position(|g| has(&g.ordering));
        ordering.or_else(|| groups.iter().position(|g| has(&g.fields)))
    }

    /// Whether updates are ordered by this column.
    pub fn is_ordering(&self, column: &str) -> bool {
        self.sequence_groups.iter().any(|g| g.ordering.iter().any(|name| name == column))
    }

    /// What Java refuses of partial-update, checked as it is there (`PartialUpdateMergeFunction.Factory`).
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] naming the options that exclude each other.
    pub fn check_partial_update(&self, ignore_delete: bool) -> Result<()> {
        let delete = "partial-update.remove-record-on-delete";
        let group = "partial-update.remove-record-on-sequence-group";
        let conflict = |a: &str, b: &str| {
            Err(Error::invalid(format!("options '{a}' and '{b}' exclude each other")))
        };
        if self.remove_on_delete && ignore_delete {
            return conflict("ignore-delete", delete);
        }
        if !self.remove_on_sequence_group.is_empty() && ignore_delete {
            return conflict("ignore-delete", group);
        }
        if self.remove_on_delete && !self.sequence_groups.is_empty() {
            return conflict("fields.<name>.sequence-group", delete);
        }
        match self.remove_on_sequence_group.iter().find(|name| !self.is_ordering(name)) {
            Some(name) => Err(bad_value(group, name, "a column of a sequence group's key")),
            None => Ok(()),
        }
    }
}

fn names(text: &str) -> Vec<String> {
    text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_columns() {
        let pairs = [
            ("fields.s.aggregate-function", "sum"),
            ("fields.s.ignore-retract", "true"),
            ("fields.default-aggregate-function", "max"),
            ("fields.a,b.sequence-group", "s,t"),
            ("fields.n.nested-key", "k,l"),
            ("fields.n.count-limit", "3"),
            ("fields.c.stats-mode", "none"),
        ];
        let options = pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into_iter().collect();
        let merge = MergeOptions::parse(&options).unwrap();
        assert_eq!((merge.function("s"), merge.function("t")), (Some("sum"), Some("max")));
        assert!(merge.fields["s"].ignore_retract);
        assert_eq!(merge.fields["n"].nested_key, ["k", "l"]);
        assert_eq!(merge.fields["n"].count_limit, Some(3));
        assert_eq!(
            (merge.group_of("b"), merge.group_of("t"), merge.group_of("x")),
            (Some(0), Some(0), None)
        );
        assert!(merge.is_ordering("a") && !merge.is_ordering("s"));
        assert!(merge.check_partial_update(true).is_ok());
        let removing = MergeOptions { remove_on_delete: true, ..merge };
        assert!(removing.check_partial_update(false).is_err());
    }
}
