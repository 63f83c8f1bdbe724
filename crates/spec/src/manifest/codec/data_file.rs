//! `_FILE` of a manifest entry, and statistics records: format.md §7 and §8.

use super::super::avro::{Cursor, Schema, Shape, ShapeField, Sink};
use super::{missing, row};
use crate::{BinaryRow, DataFileMeta, FileSource, Result, SimpleStats};

const fn must(name: &'static str) -> ShapeField {
    ShapeField { name, required: true, shape: None }
}

const fn may(name: &'static str) -> ShapeField {
    ShapeField { name, required: false, shape: None }
}

const fn record(name: &'static str, shape: &'static Shape) -> ShapeField {
    ShapeField { name, required: true, shape: Some(shape) }
}

pub(super) static STATS: Shape =
    Shape(&[must("_MIN_VALUES"), must("_MAX_VALUES"), may("_NULL_COUNTS")]);

pub(super) static DATA_FILE: Shape = Shape(&[
    must("_FILE_NAME"),
    must("_FILE_SIZE"),
    must("_ROW_COUNT"),
    must("_MIN_KEY"),
    must("_MAX_KEY"),
    record("_KEY_STATS", &STATS),
    record("_VALUE_STATS", &STATS),
    must("_MIN_SEQUENCE_NUMBER"),
    must("_MAX_SEQUENCE_NUMBER"),
    must("_SCHEMA_ID"),
    must("_LEVEL"),
    may("_EXTRA_FILES"),
    may("_CREATION_TIME"),
    may("_DELETE_ROW_COUNT"),
    may("_EMBEDDED_FILE_INDEX"),
    may("_FILE_SOURCE"),
    may("_VALUE_STATS_COLS"),
    may("_EXTERNAL_PATH"),
    may("_FIRST_ROW_ID"),
    may("_WRITE_COLS"),
    may("_WRITE_COLS_SEQUENCES"),
]);

pub(super) fn read_stats(cursor: &mut Cursor<'_>, schema: &Schema) -> Result<SimpleStats> {
    let mut stats = SimpleStats::empty();
    stats.null_counts = None;
    cursor.record(schema, |slot, c, s| {
        match slot {
            0 => stats.min_values = row(c, s)?,
            1 => stats.max_values = row(c, s)?,
            _ => {
                stats.null_counts =
                    c.optional(s, |c, s| c.array(s, |c, s| c.optional(s, Cursor::read_long)))?;
            }
        }
        Ok(())
    })?;
    Ok(stats)
}

pub(super) fn write_stats(out: &mut Sink, stats: &SimpleStats) {
    out.bytes(&stats.min_values.to_framed());
    out.bytes(&stats.max_values.to_framed());
    out.optional(stats.null_counts.as_deref(), |out, counts| {
        out.array(counts, |out, count| out.optional(*count, Sink::long));
    });
}

fn empty_file() -> DataFileMeta {
    DataFileMeta {
        file_name: String::new(),
        file_size: 0,
        row_count: 0,
        min_key: BinaryRow::empty(),
        max_key: BinaryRow::empty(),
        key_stats: SimpleStats::empty(),
        value_stats: SimpleStats::empty(),
        min_sequence_number: 0,
        max_sequence_number: 0,
        schema_id: 0,
        level: 0,
        extra_files: Vec::new(),
        creation_time: None,
        delete_row_count: None,
        embedded_index: None,
        file_source: None,
        value_stats_cols: None,
        external_path: None,
        first_row_id: None,
        write_cols: None,
        write_cols_sequences: None,
    }
}

pub(super) fn read_file(cursor: &mut Cursor<'_>, schema: &Schema) -> Result<DataFileMeta> {
    let mut f = empty_file();
    cursor.record(schema, |slot, c, s| read_field(&mut f, slot, c, s))?;
    if f.file_name.is_empty() {
        return Err(missing("a file name"));
    }
    for (name, number) in [("size", f.file_size), ("row count", f.row_count)] {
        if number < 0 {
            return Err(cursor.corrupt(format!("{name} {number} of {}", f.file_name)));
        }
    }
    Ok(f)
}

fn read_field(f: &mut DataFileMeta, slot: usize, c: &mut Cursor<'_>, s: &Schema) -> Result<()> {
    match slot {
        0 => f.file_name = c.required(s, Cursor::read_string)?,
        1 => f.file_size = c.required(s, Cursor::read_long)?,
        2 => f.row_count = c.required(s, Cursor::read_long)?,
        3 => f.min_key = row(c, s)?,
        4 => f.max_key = row(c, s)?,
        5 => f.key_stats = c.required(s, read_stats)?,
        6 => f.value_stats = c.required(s, read_stats)?,
        7 => f.min_sequence_number = c.required(s, Cursor::read_long)?,
        8 => f.max_sequence_number = c.required(s, Cursor::read_long)?,
        9 => f.schema_id = c.required(s, Cursor::read_long)?,
        10 => f.level = c.required(s, Cursor::read_int)?,
        11 => f.extra_files = c.optional(s, strings)?.unwrap_or_default(),
        12 => f.creation_time = c.optional(s, Cursor::read_long)?,
        13 => f.delete_row_count = c.optional(s, Cursor::read_long)?,
        14 => f.embedded_index = c.optional(s, |c, s| c.read_bytes(s).map(<[u8]>::to_vec))?,
        15 => f.file_source = c.optional(s, file_source)?,
        16 => f.value_stats_cols = c.optional(s, strings)?,
        17 => f.external_path = c.optional(s, Cursor::read_string)?,
        18 => f.first_row_id = c.optional(s, Cursor::read_long)?,
        19 => f.write_cols = c.optional(s, strings)?,
        _ => {
            f.write_cols_sequences =
                c.optional(s, |c, s| c.array(s, |c, s| c.required(s, Cursor::read_long)))?;
        }
    }
    Ok(())
}

pub(super) fn strings(c: &mut Cursor<'_>, s: &Schema) -> Result<Vec<String>> {
    c.array(s, |c, s| c.required(s, Cursor::read_string))
}

fn file_source(c: &mut Cursor<'_>, s: &Schema) -> Result<FileSource> {
    match c.read_int(s)? {
        0 => Ok(FileSource::Append),
        1 => Ok(FileSource::Compact),
        other => Err(c.corrupt(format!("file source {other}"))),
    }
}

pub(super) fn write_file(out: &mut Sink, f: &DataFileMeta, with_sequences: bool) {
    out.string(&f.file_name);
    out.long(f.file_size);
    out.long(f.row_count);
    out.bytes(&f.min_key.to_framed());
    out.bytes(&f.max_key.to_framed());
    write_stats(out, &f.key_stats);
    write_stats(out, &f.value_stats);
    out.long(f.min_sequence_number);
    out.long(f.max_sequence_number);
    out.long(f.schema_id);
    out.int(f.level);
    write_strings(out, &f.extra_files);
    out.optional(f.creation_time, Sink::long);
    out.optional(f.delete_row_count, Sink::long);
    out.optional(f.embedded_index.as_deref(), Sink::bytes);
    out.optional(f.file_source, |out, source| {
        out.int(match source {
            FileSource::Append => 0,
            FileSource::Compact => 1,
        });
    });
    out.optional(f.value_stats_cols.as_deref(), write_strings);
    out.optional(f.external_path.as_deref(), Sink::string);
    out.optional(f.first_row_id, Sink::long);
    out.optional(f.write_cols.as_deref(), write_strings);
    if with_sequences {
        out.optional(f.write_cols_sequences.as_deref(), |out, items| {
            out.array(items, |out, item| out.long(*item));
        });
    }
}

fn write_strings(out: &mut Sink, items: &[String]) {
    out.array(items, |out, item| out.string(item));
}
