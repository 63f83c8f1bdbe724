//! Levels that a batch read sees.

use crate::table::Table;

/// The levels of a primary-key table whose files a batch read sees.
pub(super) struct Levels {
    only: Option<i32>,
    skip_zero: bool,
}

impl Levels {
    /// Of reads of `table`; `all`: also levels that those leave out.
    pub(super) fn of(table: &Table, all: bool) -> Self {
        let skip_zero = !all && table.options().batch_scan_skips_level0();
        Self { only: table.only_level(), skip_zero }
    }

    /// Whether files of the level are seen.
    pub(super) fn see(&self, level: i32) -> bool {
        self.only.map_or(!self.skip_zero || level != 0, |only| level == only)
    }
}
