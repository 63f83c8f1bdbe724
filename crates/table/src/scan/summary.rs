//! What manifests say of whole columns: the statistics that a query engine plans with.

use rimon_spec::{ColumnStats, DataField, TypeKind, Value};

use super::Plan;
use crate::plan::{FileStats, Split, SplitKind};

/// Files beyond which nothing is summed up: it would take longer than it saves.
const MAX_FILES: usize = 4096;

/// Bounds of a column over all rows that a plan reads.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSummary {
    /// Least value, or a lower bound; null when there are only nulls.
    pub min: Value,
    /// Greatest value, or an upper bound.
    pub max: Value,
    /// Nulls.
    pub null_count: Option<u64>,
    /// Whether these are the values of the rows read. Otherwise rows may be fewer, and bounds wider.
    pub exact: bool,
}

impl Plan {
    /// For each column of the batches what is known of it without reading; `None` where nothing is.
    ///
    /// It is exact where every row of every file is read (no merge, no deleted rows, no filter on rows) and manifests
    /// hold whole values.
    pub fn column_summaries(&self) -> Vec<Option<ColumnSummary>> {
        let fields = self.read.output_fields();
        let files: usize = self.splits.iter().map(|s| s.files.len()).sum();
        if files == 0 || files > MAX_FILES || !self.has_rows_of_one_state() {
            return fields.iter().map(|_| None).collect();
        }
        let all_rows = self.exact_rows().is_some()
            && self.splits.iter().all(|s| s.kind == SplitKind::Raw && s.deletions.is_empty());
        fields.iter().map(|field| self.summary(field, all_rows)).collect()
    }

    /// Otherwise bounds of files say little of what is read.
    fn has_rows_of_one_state(&self) -> bool {
        let of_state = |kind| matches!(kind, SplitKind::Raw | SplitKind::Merge);
        let plain = |s: &Split| of_state(s.kind) && !s.fallback && !s.reversed;
        self.read.gives_rows() && self.splits.iter().all(plain)
    }

    fn summary(&self, field: &DataField, all_rows: bool) -> Option<ColumnSummary> {
        let is_column = self.read.table_schema().field_by_id(field.id).is_some();
        if !is_column || !has_plain_order(&field.data_type.kind) {
            return None;
        }
        let partition_keys = self.read.partition_keys();
        let key = partition_keys.iter().position(|name| *name == field.name);
        let mut total: Option<ColumnStats> = None;
        for split in &self.splits {
            for file in &split.files {
                let stats = match key {
                    Some(at) => constant(split, at, file.row_count)?,
                    None => FileStats::of(file, self.read.file_schemas())?.column(field)?,
                };
                let known = stats.null_count.is_some_and(|nulls| nulls == file.row_count)
                    || !stats.min.is_null() && !stats.max.is_null();
                if !known {
                    return None;
                }
                total = Some(match total {
                    None => stats,
                    Some(total) => union(total, stats),
                });
            }
        }
        let total = total?;
        let whole = !matches!(
            field.data_type.kind,
            TypeKind::Char { .. }
                | TypeKind::VarChar { .. }
                | TypeKind::Binary { .. }
                | TypeKind::VarBinary { .. }
        );
        Some(ColumnSummary {
            min: total.min,
            max: total.max,
            null_count: total.null_count.and_then(|n| u64::try_from(n).ok()),
            exact: all_rows && (whole || key.is_some()),
        })
    }
}

/// Types on whose order all engines agree.
fn has_plain_order(kind: &TypeKind) -> bool {
    matches!(
        kind,
        TypeKind::TinyInt
            | TypeKind::SmallInt
            | TypeKind::Int
            | TypeKind::BigInt
            | TypeKind::Decimal { .. }
            | TypeKind::Date
            | TypeKind::Time { .. }
            | TypeKind::Timestamp { .. }
            | TypeKind::LocalZonedTimestamp { .. }
            | TypeKind::Char { .. }
            | TypeKind::VarChar { .. }
    )
}

/// A partition column in a file of so many rows.
fn constant(split: &Split, at: usize, rows: i64) -> Option<ColumnStats> {
    let value = split.partition.get(at)?.clone();
    let nulls = if value.is_null() { rows } else { 0 };
    Some(ColumnStats {
        min: value.clone(),
        max: value,
        null_count: Some(nulls),
        row_count: Some(rows),
    })
}

fn union(a: ColumnStats, b: ColumnStats) -> ColumnStats {
    let pick = |x: Value, y: Value, less: bool| match (x.is_null(), y.is_null()) {
        (true, _) => y,
        (_, true) => x,
        _ if x.compare(&y).is_lt() == less => x,
        _ => y,
    };
    ColumnStats {
        min: pick(a.min, b.min, true),
        max: pick(a.max, b.max, false),
        null_count: a.null_count.zip(b.null_count).map(|(x, y)| x.saturating_add(y)),
        row_count: a.row_count.zip(b.row_count).map(|(x, y)| x.saturating_add(y)),
    }
}
