//! Manifest lists: format.md §6.2.

use super::super::avro::{BlockWriter, Container, Cursor, Schema, Shape, ShapeField, Sink};
use super::data_file::{STATS, read_stats, write_stats};
use super::{AvroCodec, check_version, missing, schemas};
use crate::{ManifestFileMeta, Result, SimpleStats};

/// `_VERSION` of the entries written.
const VERSION: i32 = 2;

const fn must(name: &'static str) -> ShapeField {
    ShapeField { name, required: true, shape: None }
}

const fn may(name: &'static str) -> ShapeField {
    ShapeField { name, required: false, shape: None }
}

static ENTRY: Shape = Shape(&[
    must("_VERSION"),
    must("_FILE_NAME"),
    must("_FILE_SIZE"),
    must("_NUM_ADDED_FILES"),
    must("_NUM_DELETED_FILES"),
    ShapeField { name: "_PARTITION_STATS", required: true, shape: Some(&STATS) },
    must("_SCHEMA_ID"),
    may("_MIN_BUCKET"),
    may("_MAX_BUCKET"),
    may("_MIN_LEVEL"),
    may("_MAX_LEVEL"),
    may("_MIN_ROW_ID"),
    may("_MAX_ROW_ID"),
]);

/// Reads a manifest list; `file` names it in errors. Errors as [`super::decode_manifest`].
pub fn decode_manifest_list(bytes: &[u8], file: &str) -> Result<Vec<ManifestFileMeta>> {
    decode(bytes).map_err(|e| e.with("file", file))
}

fn decode(bytes: &[u8]) -> Result<Vec<ManifestFileMeta>> {
    let mut entries = Vec::new();
    Container::open(bytes, &ENTRY)?.for_each(|cursor, schema| {
        entries.push(read_meta(cursor, schema)?);
        Ok(())
    })?;
    Ok(entries)
}

fn read_meta(cursor: &mut Cursor<'_>, schema: &Schema) -> Result<ManifestFileMeta> {
    let mut m = ManifestFileMeta {
        file_name: String::new(),
        file_size: 0,
        num_added_files: 0,
        num_deleted_files: 0,
        partition_stats: SimpleStats::empty(),
        schema_id: 0,
        min_bucket: None,
        max_bucket: None,
        min_level: None,
        max_level: None,
        min_row_id: None,
        max_row_id: None,
    };
    cursor.record(schema, |slot, c, s| {
        match slot {
            0 => check_version(c.required(s, Cursor::read_int)?, VERSION)?,
            1 => m.file_name = c.required(s, Cursor::read_string)?,
            2 => m.file_size = c.required(s, Cursor::read_long)?,
            3 => m.num_added_files = c.required(s, Cursor::read_long)?,
            4 => m.num_deleted_files = c.required(s, Cursor::read_long)?,
            5 => m.partition_stats = c.required(s, read_stats)?,
            6 => m.schema_id = c.required(s, Cursor::read_long)?,
            7 => m.min_bucket = c.optional(s, Cursor::read_int)?,
            8 => m.max_bucket = c.optional(s, Cursor::read_int)?,
            9 => m.min_level = c.optional(s, Cursor::read_int)?,
            10 => m.max_level = c.optional(s, Cursor::read_int)?,
            11 => m.min_row_id = c.optional(s, Cursor::read_long)?,
            _ => m.max_row_id = c.optional(s, Cursor::read_long)?,
        }
        Ok(())
    })?;
    if m.file_name.is_empty() {
        return Err(missing("a file name"));
    }
    Ok(m)
}

/// Writes a manifest list as Java does.
pub fn encode_manifest_list(entries: &[ManifestFileMeta], codec: &AvroCodec) -> Result<Vec<u8>> {
    let mut writer = BlockWriter::new(*codec);
    for m in entries {
        writer.write(|out| {
            out.int(VERSION);
            out.string(&m.file_name);
            out.long(m.file_size);
            out.long(m.num_added_files);
            out.long(m.num_deleted_files);
            write_stats(out, &m.partition_stats);
            out.long(m.schema_id);
            out.optional(m.min_bucket, Sink::int);
            out.optional(m.max_bucket, Sink::int);
            out.optional(m.min_level, Sink::int);
            out.optional(m.max_level, Sink::int);
            out.optional(m.min_row_id, Sink::long);
            out.optional(m.max_row_id, Sink::long);
        })?;
    }
    writer.finish(&schemas::list())
}
