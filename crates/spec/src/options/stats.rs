//! Which statistics are kept: `StatsCollectorFactories.java`.

use super::TableOptions;
use super::read::bad_value;
use crate::stats::StatsMode;
use crate::{Result, SpecialField};
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// `none`, `counts`, `truncate(n)` or `full`, in any case.
pub(super) fn parse_mode(text: &str) -> Option<StatsMode> {
    let text = text.to_ascii_lowercase();
    match text.as_str() {
        "none" => Some(StatsMode::None),
        "counts" => Some(StatsMode::Counts),
        "full" => Some(StatsMode::Full),
        _ => {
            let length = text.strip_prefix("truncate(")?.strip_suffix(')')?;
            length.parse().ok().filter(|n| *n > 0).map(StatsMode::Truncate)
        }
    }
}

pub(super) const MODE: &str = "none, counts, truncate(n) or full";

/// `fields.<name>.stats-mode`.
pub(super) fn modes_per_field(
    options: &IndexMap<String, String>,
) -> Result<BTreeMap<String, StatsMode>> {
    let mut modes = BTreeMap::new();
    for (key, value) in options {
        let name = key.strip_prefix("fields.").and_then(|k| k.strip_suffix(".stats-mode"));
        if let Some(name) = name {
            let mode = parse_mode(value).ok_or_else(|| bad_value(key, value, MODE))?;
            modes.insert(name.to_owned(), mode);
        }
    }
    Ok(modes)
}

impl TableOptions {
    /// The mode of one column's statistics in a file of `level`, without `metadata.stats-keep-first-n-columns`.
    pub fn stats_mode_of(&self, column: &str, level: i32) -> StatsMode {
        if let Some(mode) = self.stats_mode_per_field.get(column) {
            *mode
        } else if SpecialField::is_system(column) {
            StatsMode::Truncate(128)
        } else {
            self.stats_mode_per_level.get(&level).copied().unwrap_or(self.stats_mode)
        }
    }

    /// The modes of the columns of a file of `level`, in their order. `keys` are the `_KEY_` names whose statistics are
    /// taken from their value columns, in thin mode; empty otherwise.
    pub fn stats_modes(&self, columns: &[&str], level: i32, keys: &[&str]) -> Vec<StatsMode> {
        let mut counted = 0;
        let mode_of = |column: &&str| {
            if self.stats_mode_per_field.contains_key(*column) {
                counted += 1;
                return self.stats_mode_of(column, level);
            }
            let is_key =
                keys.iter().any(|k| k.strip_prefix(SpecialField::KEY_PREFIX) == Some(column));
            if is_key || SpecialField::is_system(column) {
                return StatsMode::Truncate(128);
            }
            counted += 1;
            let keep = self.stats_keep_first_n_columns;
            if keep >= 0 && counted > keep {
                StatsMode::None
            } else {
                self.stats_mode_of(column, level)
            }
        };
        columns.iter().map(mode_of).collect()
    }

    /// The same of Avro files of a primary-key table, where system columns are like others
    /// (`StatsCollectorFactories.createStatsFactoriesForAvro`).
    pub fn stats_modes_of_avro(&self, columns: &[&str], level: i32) -> Vec<StatsMode> {
        let keep = usize::try_from(self.stats_keep_first_n_columns).unwrap_or(usize::MAX);
        let mode_of = |(index, column): (usize, &&str)| {
            let said = self.stats_mode_per_field.get(*column).copied();
            let of_level = self.stats_mode_per_level.get(&level).copied();
            said.unwrap_or(match index < keep {
                true => of_level.unwrap_or(self.stats_mode),
                false => StatsMode::None,
            })
        };
        columns.iter().enumerate().map(mode_of).collect()
    }
}
