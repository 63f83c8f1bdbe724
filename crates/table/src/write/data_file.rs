//! What a manifest records of a file just written: format.md §7, §8, `KeyValueDataFileWriter.java`,
//! `RowDataFileWriter.java`, `SimpleStatsConverter.java`.

use rimon_format::{ColumnStats, WrittenFile};
use rimon_spec::stats::{
    StatsMode, truncate_max_bytes, truncate_max_string, truncate_min_bytes, truncate_min_string,
};
use rimon_spec::{
    BinaryRow, DataField, DataFileMeta, DataType, Error, FileSource, Result, SimpleStats,
    SpecialField, TableOptions, Value,
};

/// The columns of a file and what is kept of them in manifests.
#[derive(Debug, Clone)]
pub(crate) struct FileLayout {
    /// All columns of the file in order.
    pub(crate) fields: Vec<DataField>,
    /// Number of `_KEY_` columns that the engine's rows begin with and that the file leaves out
    /// (`data-file.thin-mode`).
    pub(crate) left_out: usize,
    /// Columns that hold the keys.
    keys: Vec<usize>,
    /// Number of columns before the table's own.
    system: usize,
    modes: Vec<StatsMode>,
    dense: bool,
    /// Level of the files.
    pub(crate) level: i32,
}

impl FileLayout {
    /// The layout of an append table's files: its columns.
    pub(crate) fn append(fields: &[DataField], options: &TableOptions) -> Self {
        Self {
            fields: fields.to_vec(),
            left_out: 0,
            keys: Vec::new(),
            system: 0,
            modes: modes(fields, &[], options, 0),
            dense: options.stats_dense_store,
            level: 0,
        }
    }

    /// The layout of a primary-key table's files of `level`: keys (unless thin), sequence number, kind, columns.
    pub(crate) fn key_value(
        keys: &[&DataField],
        fields: &[DataField],
        options: &TableOptions,
        level: i32,
    ) -> Self {
        let thin = options.data_file_thin_mode;
        let key_fields = keys.iter().map(|f| SpecialField::key(f));
        let left_out = if thin { key_fields.clone().map(|f| f.name).collect() } else { Vec::new() };
        let mut all: Vec<DataField> = if thin { Vec::new() } else { key_fields.collect() };
        all.push(SpecialField::sequence_number());
        all.push(SpecialField::value_kind());
        let system = all.len();
        all.extend_from_slice(fields);
        let position = |key: &&DataField| fields.iter().position(|f| f.id == key.id);
        let keys: Vec<usize> = match thin {
            true => keys.iter().filter_map(position).map(|i| system + i).collect(),
            false => (0..keys.len()).collect(),
        };
        let modes = match options.format_of_level(level) {
            "avro" => options.stats_modes_of_avro(&names(&all), level),
            _ => modes(&all, &left_out, options, level),
        };
        Self {
            modes,
            level,
            left_out: left_out.len(),
            dense: options.stats_dense_store,
            fields: all,
            keys,
            system,
        }
    }

    fn key_stats(&self, stats: &[ColumnStats]) -> Result<SimpleStats> {
        let column =
            |i: &usize| Some((self.fields.get(*i)?, keep(stats.get(*i)?, *self.modes.get(*i)?)));
        simple_stats(&self.keys.iter().filter_map(column).collect::<Vec<_>>())
    }

    /// Statistics of the table's columns, and their names unless all are there.
    fn value_stats(&self, stats: &[ColumnStats]) -> Result<(SimpleStats, Option<Vec<String>>)> {
        let columns = self.fields.iter().zip(&self.modes).zip(stats).skip(self.system);
        let mut kept =
            columns.map(|((f, mode), s)| (f, keep(s, *mode))).collect::<Vec<(&DataField, _)>>();
        let all = kept.len();
        if self.dense {
            kept.retain(|(_, s)| !is_none(s));
        }
        let names = (kept.len() < all).then(|| kept.iter().map(|(f, _)| f.name.clone()).collect());
        Ok((simple_stats(&kept)?, names))
    }
}

/// The first and last key, the sequence numbers and the kinds of a file's rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowsSummary {
    pub(crate) min_key: BinaryRow,
    pub(crate) max_key: BinaryRow,
    pub(crate) min_sequence: i64,
    pub(crate) max_sequence: i64,
    pub(crate) delete_rows: i64,
}

/// The meta of a finished file; what is above level 0 was made by a compaction.
///
/// # Errors
/// `Internal` when the format's statistics do not go with the layout.
pub(crate) fn data_file_meta(
    layout: &FileLayout,
    file_name: String,
    written: &WrittenFile,
    rows: RowsSummary,
    schema_id: i64,
    creation_time: i64,
) -> Result<DataFileMeta> {
    if written.stats.len() != layout.fields.len() {
        return Err(Error::internal("a file has statistics of other columns than its own"));
    }
    let source = if layout.level == 0 { FileSource::Append } else { FileSource::Compact };
    let key_stats = layout.key_stats(&written.stats)?;
    let (value_stats, value_stats_cols) = layout.value_stats(&written.stats)?;
    Ok(DataFileMeta {
        file_name,
        file_size: to_i64(written.size)?,
        row_count: to_i64(written.rows)?,
        min_key: rows.min_key,
        max_key: rows.max_key,
        key_stats,
        value_stats,
        min_sequence_number: rows.min_sequence,
        max_sequence_number: rows.max_sequence,
        schema_id,
        level: layout.level,
        extra_files: Vec::new(),
        creation_time: Some(creation_time),
        delete_row_count: Some(rows.delete_rows),
        embedded_index: None,
        file_source: Some(source),
        value_stats_cols,
        external_path: None,
        first_row_id: None,
        write_cols: None,
        write_cols_sequences: None,
    })
}

/// What is kept of each column; `keys` are the `_KEY_` columns that the file leaves out.
fn modes(
    fields: &[DataField],
    keys: &[String],
    options: &TableOptions,
    level: i32,
) -> Vec<StatsMode> {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    options.stats_modes(&names(fields), level, &keys)
}

fn names(fields: &[DataField]) -> Vec<&str> {
    fields.iter().map(|f| f.name.as_str()).collect()
}

/// What a mode keeps of a column's statistics.
fn keep(stats: &ColumnStats, mode: StatsMode) -> ColumnStats {
    let counts = ColumnStats { null_count: stats.null_count, ..ColumnStats::unknown() };
    match mode {
        StatsMode::None => ColumnStats::unknown(),
        StatsMode::Counts => counts,
        StatsMode::Full => stats.clone(),
        StatsMode::Truncate(length) => match truncate(stats, length) {
            Some((min, max)) => ColumnStats { min, max, null_count: stats.null_count },
            None => counts,
        },
    }
}

fn truncate(stats: &ColumnStats, length: u32) -> Option<(Value, Value)> {
    let min = match &stats.min {
        Value::String(v) => Value::String(truncate_min_string(v, length).to_owned()),
        Value::Bytes(v) => Value::Bytes(truncate_min_bytes(v, length).to_vec()),
        other => other.clone(),
    };
    let max = match &stats.max {
        Value::String(v) => Value::String(truncate_max_string(v, length)?),
        Value::Bytes(v) => Value::Bytes(truncate_max_bytes(v, length)?),
        other => other.clone(),
    };
    (!max.is_null()).then_some((min, max))
}

fn is_none(stats: &ColumnStats) -> bool {
    stats.min.is_null() && stats.max.is_null() && stats.null_count.is_none()
}

fn simple_stats(columns: &[(&DataField, ColumnStats)]) -> Result<SimpleStats> {
    let types: Vec<DataType> =
        columns.iter().map(|(f, _)| f.data_type.clone().with_nullable(true)).collect();
    let mins: Vec<Value> = columns.iter().map(|(_, s)| s.min.clone()).collect();
    let maxs: Vec<Value> = columns.iter().map(|(_, s)| s.max.clone()).collect();
    Ok(SimpleStats {
        min_values: BinaryRow::encode(&types, &mins)?,
        max_values: BinaryRow::encode(&types, &maxs)?,
        null_counts: Some(columns.iter().map(|(_, s)| s.null_count).collect()),
    })
}

fn to_i64(n: u64) -> Result<i64> {
    i64::try_from(n).map_err(|e| Error::internal("a size does not fit").with_source(e))
}
