//! Index manifests: format.md §6.3.

use super::super::avro::{BlockWriter, Container, Cursor, Schema, Shape, ShapeField, Sink};
use super::entry::{kind_number, read_kind};
use super::{AvroCodec, check_version, missing, row, schemas};
use crate::BinaryRow;
use crate::{DeletionVectorRange, FileKind, GlobalIndexMeta, IndexManifestEntry, Result};

/// `_VERSION` of the entries written.
const VERSION: i32 = 1;

const fn must(name: &'static str) -> ShapeField {
    ShapeField { name, required: true, shape: None }
}

const fn may(name: &'static str) -> ShapeField {
    ShapeField { name, required: false, shape: None }
}

const fn maybe_record(name: &'static str, shape: &'static Shape) -> ShapeField {
    ShapeField { name, required: false, shape: Some(shape) }
}

static RANGE: Shape = Shape(&[must("f0"), must("f1"), must("f2"), may("_CARDINALITY")]);

static GLOBAL: Shape = Shape(&[
    must("_ROW_RANGE_START"),
    must("_ROW_RANGE_END"),
    must("_INDEX_FIELD_ID"),
    may("_EXTRA_FIELD_IDS"),
    may("_INDEX_META"),
    may("_SOURCE_META"),
]);

static ENTRY: Shape = Shape(&[
    must("_VERSION"),
    must("_KIND"),
    must("_PARTITION"),
    must("_BUCKET"),
    must("_INDEX_TYPE"),
    must("_FILE_NAME"),
    must("_FILE_SIZE"),
    must("_ROW_COUNT"),
    maybe_record("_DELETIONS_VECTORS_RANGES", &RANGE),
    may("_EXTERNAL_PATH"),
    maybe_record("_GLOBAL_INDEX", &GLOBAL),
]);

/// Reads an index manifest; `file` names it in errors. Errors as [`super::decode_manifest`].
pub fn decode_manifest_index(bytes: &[u8], file: &str) -> Result<Vec<IndexManifestEntry>> {
    decode(bytes).map_err(|e| e.with("file", file))
}

fn decode(bytes: &[u8]) -> Result<Vec<IndexManifestEntry>> {
    let mut entries = Vec::new();
    Container::open(bytes, &ENTRY)?.for_each(|cursor, schema| {
        entries.push(read_entry(cursor, schema)?);
        Ok(())
    })?;
    Ok(entries)
}

fn read_entry(cursor: &mut Cursor<'_>, schema: &Schema) -> Result<IndexManifestEntry> {
    let mut e = IndexManifestEntry {
        kind: FileKind::Add,
        partition: BinaryRow::empty(),
        bucket: 0,
        index_type: String::new(),
        file_name: String::new(),
        file_size: 0,
        row_count: 0,
        deletion_vectors: None,
        external_path: None,
        global_index: None,
    };
    cursor.record(schema, |slot, c, s| {
        match slot {
            0 => check_version(c.required(s, Cursor::read_int)?, VERSION)?,
            1 => e.kind = read_kind(c, s)?,
            2 => e.partition = row(c, s)?,
            3 => e.bucket = c.required(s, Cursor::read_int)?,
            4 => e.index_type = c.required(s, Cursor::read_string)?,
            5 => e.file_name = c.required(s, Cursor::read_string)?,
            6 => e.file_size = c.required(s, Cursor::read_long)?,
            7 => e.row_count = c.required(s, Cursor::read_long)?,
            8 => {
                e.deletion_vectors =
                    c.optional(s, |c, s| c.array(s, |c, s| c.required(s, read_range)))?;
            }
            9 => e.external_path = c.optional(s, Cursor::read_string)?,
            _ => e.global_index = c.optional(s, read_global)?,
        }
        Ok(())
    })?;
    if e.file_name.is_empty() {
        return Err(missing("a file name"));
    }
    Ok(e)
}

fn read_range(cursor: &mut Cursor<'_>, schema: &Schema) -> Result<DeletionVectorRange> {
    let mut r =
        DeletionVectorRange { data_file: String::new(), offset: 0, length: 0, cardinality: None };
    cursor.record(schema, |slot, c, s| {
        match slot {
            0 => r.data_file = c.required(s, Cursor::read_string)?,
            1 => r.offset = c.required(s, Cursor::read_int)?,
            2 => r.length = c.required(s, Cursor::read_int)?,
            _ => r.cardinality = c.optional(s, Cursor::read_long)?,
        }
        Ok(())
    })?;
    Ok(r)
}

fn read_global(cursor: &mut Cursor<'_>, schema: &Schema) -> Result<GlobalIndexMeta> {
    let mut g = GlobalIndexMeta {
        row_range_start: 0,
        row_range_end: 0,
        index_field_id: 0,
        extra_field_ids: None,
        index_meta: None,
        source_meta: None,
    };
    let bytes = |c: &mut Cursor<'_>, s: &Schema| c.read_bytes(s).map(<[u8]>::to_vec);
    cursor.record(schema, |slot, c, s| {
        match slot {
            0 => g.row_range_start = c.required(s, Cursor::read_long)?,
            1 => g.row_range_end = c.required(s, Cursor::read_long)?,
            2 => g.index_field_id = c.required(s, Cursor::read_int)?,
            3 => {
                g.extra_field_ids =
                    c.optional(s, |c, s| c.array(s, |c, s| c.required(s, Cursor::read_int)))?;
            }
            4 => g.index_meta = c.optional(s, bytes)?,
            _ => g.source_meta = c.optional(s, bytes)?,
        }
        Ok(())
    })?;
    Ok(g)
}

/// Writes an index manifest as Java does.
pub fn encode_manifest_index(entries: &[IndexManifestEntry], codec: &AvroCodec) -> Result<Vec<u8>> {
    let with_source =
        entries.iter().any(|e| e.global_index.as_ref().is_some_and(|g| g.source_meta.is_some()));
    let mut writer = BlockWriter::new(*codec);
    for e in entries {
        writer.write(|out| {
            out.int(VERSION);
            out.int(kind_number(e.kind));
            out.bytes(&e.partition.to_framed());
            out.int(e.bucket);
            out.string(&e.index_type);
            out.string(&e.file_name);
            out.long(e.file_size);
            out.long(e.row_count);
            out.optional(e.deletion_vectors.as_deref(), |out, ranges| {
                out.array(ranges, |out, range| out.optional(Some(range), write_range));
            });
            out.optional(e.external_path.as_deref(), Sink::string);
            out.optional(e.global_index.as_ref(), |out, g| write_global(out, g, with_source));
        })?;
    }
    writer.finish(&schemas::index(with_source))
}

fn write_range(out: &mut Sink, range: &DeletionVectorRange) {
    out.string(&range.data_file);
    out.int(range.offset);
    out.int(range.length);
    out.optional(range.cardinality, Sink::long);
}

fn write_global(out: &mut Sink, g: &GlobalIndexMeta, with_source: bool) {
    out.long(g.row_range_start);
    out.long(g.row_range_end);
    out.int(g.index_field_id);
    out.optional(g.extra_field_ids.as_deref(), |out, ids| {
        out.array(ids, |out, id| out.int(*id));
    });
    out.optional(g.index_meta.as_deref(), Sink::bytes);
    if with_source {
        out.optional(g.source_meta.as_deref(), Sink::bytes);
    }
}
