//! Which options may change once a table has data: `SchemaManager.checkAlterTableOption`.

use super::TableSchema;
use crate::{Error, Result};
use indexmap::IndexMap;

/// Options that decide how data lies, or what it means: `@Immutable` in `CoreOptions.java`.
const IMMUTABLE: &[&str] = &[
    "aggregation.remove-record-on-delete",
    "blob-descriptor-field",
    "blob-field",
    "blob-view-field",
    "bucket-function.type",
    "bucket-key",
    "data-evolution.enabled",
    "data-file.path-directory",
    "dynamic-bucket.initial-buckets",
    "force-lookup",
    "index-file-in-data-file-dir",
    "merge-engine",
    "partial-update.remove-record-on-delete",
    "partial-update.remove-record-on-sequence-group",
    "partition",
    "pk-clustering-override",
    "primary-key",
    "primary-key.nullable",
    "row-tracking.enabled",
    "rowkind.field",
    "sequence.snapshot-ordering",
    "type",
];

fn is_true(value: Option<&String>) -> bool {
    value.is_some_and(|v| v.eq_ignore_ascii_case("true"))
}

fn cannot_change(key: &str, why: &str) -> Error {
    Error::invalid(format!("option '{key}' cannot be changed{why}"))
}

impl TableSchema {
    /// Whether a value given for an option is what the table has, said in another way.
    fn is_unchanged(&self, key: &str, value: &str) -> bool {
        let list = |value: &str| -> Vec<String> {
            value.split(',').map(|k| k.trim().to_owned()).filter(|k| !k.is_empty()).collect()
        };
        match (self.options.get(key), key) {
            (Some(old), "type") => old.eq_ignore_ascii_case(value),
            (None, "type") => value.eq_ignore_ascii_case("table"),
            (Some(old), _) => old == value,
            (None, "primary-key") => list(value) == self.primary_keys,
            (None, "partition") => list(value) == self.partition_keys,
            (None, _) => false,
        }
    }

    /// Applies SET to `options`, which earlier changes may have changed already.
    pub(super) fn set_option(
        &self,
        options: &mut IndexMap<String, String>,
        key: &str,
        value: &str,
        has_snapshots: bool,
    ) -> Result<()> {
        crate::options::check_known(key)?;
        if self.is_unchanged(key, value) {
            return Ok(());
        }
        if key == "type" {
            return Err(cannot_change(key, ""));
        }
        if has_snapshots {
            self.check_set(key, value)?;
        }
        options.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    fn check_set(&self, key: &str, value: &str) -> Result<()> {
        let old = self.options.get(key);
        if IMMUTABLE.contains(&key) {
            return Err(cannot_change(key, " once the table has data"));
        }
        match key {
            "bucket" if old.is_none_or(|v| v == "-1") => Err(cannot_change(key, " from -1")),
            "bucket" if value == "-1" => Err(cannot_change(key, " to -1")),
            "deletion-vectors.enabled" => {
                let same = is_true(old) == value.eq_ignore_ascii_case("true");
                if same || is_true(self.options.get("deletion-vectors.modifiable")) {
                    return Ok(());
                }
                let hint = "set 'deletion-vectors.modifiable' = 'true' first, and know what you do";
                Err(cannot_change(key, " once the table has data").with_hint(hint))
            }
            "ignore-delete" | "ignore-update-before"
                if is_true(old) && !value.eq_ignore_ascii_case("true") =>
            {
                Err(cannot_change(key, " from true to false"))
            }
            "clustering.columns" if self.options.contains_key("pk-clustering-override") => {
                Err(cannot_change(key, " with 'pk-clustering-override'"))
            }
            _ => Ok(()),
        }
    }

    /// Applies RESET to `options`.
    pub(super) fn remove_option(
        &self,
        options: &mut IndexMap<String, String>,
        key: &str,
        has_snapshots: bool,
    ) -> Result<()> {
        if key == "type" {
            return Err(cannot_change(key, ""));
        }
        if has_snapshots {
            match key {
                "bucket" => return Err(cannot_change(key, " back to its default")),
                "deletion-vectors.enabled" => self.check_set(key, "false")?,
                key if IMMUTABLE.contains(&key) => {
                    return Err(cannot_change(key, " once the table has data"));
                }
                _ => {}
            }
        }
        options.shift_remove(key);
        Ok(())
    }
}

/// Keys `fields.<column>.<suffix>` whose values name no columns.
const FIELD_SUFFIXES: &[&str] = &[
    "aggregate-function",
    "ignore-retract",
    "distinct",
    "list-agg-delimiter",
    "map.storage-layout",
    "map.shared-shredding.max-columns",
    "map.shared-shredding.column-placement-policy",
    // Java forgets this one, and then refuses the schema for naming a column that is gone.
    "stats-mode",
];

/// Renames a column in the options that name it: `SchemaManager.applyRenameColumnsToOptions`.
pub(super) fn rename_in_options(options: &mut IndexMap<String, String>, from: &str, to: &str) {
    let renamed = |list: &str| -> String {
        let names: Vec<_> =
            list.split(',').map(|name| if name == from { to } else { name }).collect();
        names.join(",")
    };
    let renamed_key = |key: &str| -> Option<String> {
        let rest = key.strip_prefix("fields.")?;
        for suffix in FIELD_SUFFIXES {
            if rest.strip_suffix(suffix).and_then(|r| r.strip_suffix('.')) == Some(from) {
                return Some(format!("fields.{to}.{suffix}"));
            }
        }
        ["sequence-group", "nested-key"].iter().find_map(|suffix| {
            let names = rest.strip_suffix(suffix)?.strip_suffix('.')?;
            Some(format!("fields.{}.{suffix}", renamed(names)))
        })
    };
    *options = std::mem::take(options)
        .into_iter()
        .map(|(key, value)| {
            let names_columns = matches!(key.as_str(), "bucket-key" | "sequence.field")
                || key.starts_with("fields.")
                    && (key.ends_with(".sequence-group") || key.ends_with(".nested-key"));
            let value = if names_columns { renamed(&value) } else { value };
            (renamed_key(&key).unwrap_or(key), value)
        })
        .collect();
}
