//! Manifests: format.md §6.1.

use super::super::avro::{BlockWriter, Container, Cursor, Schema, Shape, ShapeField};
use super::data_file::{DATA_FILE, read_file, write_file};
use super::{AvroCodec, check_version, missing, row, schemas};
use crate::{BinaryRow, Error, FileKind, ManifestEntry, Result};

/// `_VERSION` of the entries written.
const VERSION: i32 = 2;

const fn must(name: &'static str) -> ShapeField {
    ShapeField { name, required: true, shape: None }
}

static ENTRY: Shape = Shape(&[
    must("_VERSION"),
    must("_KIND"),
    must("_PARTITION"),
    must("_BUCKET"),
    must("_TOTAL_BUCKETS"),
    ShapeField { name: "_FILE", required: true, shape: Some(&DATA_FILE) },
]);

/// Reads a manifest; `file` names it in errors. [`crate::ErrorKind::Corrupt`] for bytes that are not a manifest,
/// [`crate::ErrorKind::Unsupported`] for entries of an unknown version.
pub fn decode_manifest(bytes: &[u8], file: &str) -> Result<Vec<ManifestEntry>> {
    decode(bytes).map_err(|e| e.with("file", file))
}

fn decode(bytes: &[u8]) -> Result<Vec<ManifestEntry>> {
    let mut entries: Vec<ManifestEntry> = Vec::new();
    Container::open(bytes, &ENTRY)?.for_each(|cursor, schema| {
        let entry = read_entry(cursor, schema, entries.last().map(|e| &e.partition))?;
        entries.push(entry);
        Ok(())
    })?;
    Ok(entries)
}

/// Reads one entry. Neighbours are mostly of one partition: they share its row.
fn read_entry(
    cursor: &mut Cursor<'_>,
    schema: &Schema,
    before: Option<&BinaryRow>,
) -> Result<ManifestEntry> {
    let (mut kind, mut partition, mut bucket, mut total_buckets) = (FileKind::Add, None, 0, 0);
    let mut file = None;
    cursor.record(schema, |slot, c, s| {
        match slot {
            0 => check_version(c.required(s, Cursor::read_int)?, VERSION)?,
            1 => kind = read_kind(c, s)?,
            2 => partition = Some(row(c, s)?),
            3 => bucket = c.required(s, Cursor::read_int)?,
            4 => total_buckets = c.required(s, Cursor::read_int)?,
            _ => file = Some(c.required(s, read_file)?),
        }
        Ok(())
    })?;
    let partition = partition.ok_or_else(|| missing("_PARTITION"))?;
    let partition = match before {
        Some(before) if *before == partition => before.clone(),
        _ => partition,
    };
    let file = file.ok_or_else(|| missing("_FILE"))?;
    Ok(ManifestEntry { kind, partition, bucket, total_buckets, file })
}

pub(super) fn read_kind(cursor: &mut Cursor<'_>, schema: &Schema) -> Result<FileKind> {
    match cursor.required(schema, Cursor::read_int)? {
        0 => Ok(FileKind::Add),
        1 => Ok(FileKind::Delete),
        other => Err(Error::corrupt(format!("file kind {other} is neither ADD nor DELETE"))),
    }
}

pub(super) fn kind_number(kind: FileKind) -> i32 {
    match kind {
        FileKind::Add => 0,
        FileKind::Delete => 1,
    }
}

/// Writes a manifest as Java does.
pub fn encode_manifest(entries: &[ManifestEntry], codec: &AvroCodec) -> Result<Vec<u8>> {
    let with_sequences = entries.iter().any(|e| e.file.write_cols_sequences.is_some());
    let mut writer = BlockWriter::new(*codec);
    for entry in entries {
        writer.write(|out| {
            out.int(VERSION);
            out.int(kind_number(entry.kind));
            out.bytes(&entry.partition.to_framed());
            out.int(entry.bucket);
            out.int(entry.total_buckets);
            write_file(out, &entry.file, with_sequences);
        })?;
    }
    writer.finish(&schemas::manifest(with_sequences))
}
