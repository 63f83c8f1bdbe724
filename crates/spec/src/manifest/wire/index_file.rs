//! `IndexFileMetaSerializer.java`.

use super::record::{
    bytes, i64, missing, string, write_null, write_optional_bytes, write_optional_i64,
    write_optional_nested,
};
use crate::value::{ArrayWriter, BinaryArray, BinaryRowWriter};
use crate::{
    BinaryRow, DeletionVectorRange, Error, FileKind, GlobalIndexMeta, IndexManifestEntry, Result,
};

/// Columns of version 11 and later; before there was no global index.
const COLUMNS: usize = 7;
/// Columns of a global index in version 11.
const GLOBAL_COLUMNS: usize = 5;

pub(super) fn encode(file: &IndexManifestEntry) -> Result<Vec<u8>> {
    let mut writer = BinaryRowWriter::new(COLUMNS);
    writer.write_bytes(0, file.index_type.as_bytes());
    writer.write_bytes(1, file.file_name.as_bytes());
    writer.write_i64(2, file.file_size);
    writer.write_i64(3, file.row_count);
    write_optional_nested(&mut writer, 4, file.deletion_vectors.as_deref().map(ranges));
    write_optional_bytes(&mut writer, 5, file.external_path.as_deref().map(str::as_bytes));
    let global = file.global_index.as_ref().map(global).transpose();
    let global = global.map_err(|e| e.with("file", &file.file_name))?;
    write_optional_nested(&mut writer, 6, global);
    Ok(writer.as_bytes().to_vec())
}

fn ranges(ranges: &[DeletionVectorRange]) -> Vec<u8> {
    let mut array = ArrayWriter::new(ranges.len(), 8);
    for (i, range) in ranges.iter().enumerate() {
        let mut writer = BinaryRowWriter::new(4);
        writer.write_bytes(0, range.data_file.as_bytes());
        writer.write_i32(1, range.offset);
        writer.write_i32(2, range.length);
        write_optional_i64(&mut writer, 3, range.cardinality);
        array.nested(i, writer.as_bytes());
    }
    array.finish()
}

fn global(meta: &GlobalIndexMeta) -> Result<Vec<u8>> {
    if meta.source_meta.is_some() {
        return Err(Error::unsupported("the source of a global index in commit messages"));
    }
    let mut writer = BinaryRowWriter::new(GLOBAL_COLUMNS);
    writer.write_i64(0, meta.row_range_start);
    writer.write_i64(1, meta.row_range_end);
    writer.write_i32(2, meta.index_field_id);
    match &meta.extra_field_ids {
        Some(ids) => {
            let mut array = ArrayWriter::new(ids.len(), 4);
            ids.iter().enumerate().for_each(|(i, id)| array.i32(i, *id));
            writer.write_nested(3, &array.finish());
        }
        None => write_null(&mut writer, 3),
    }
    write_optional_bytes(&mut writer, 4, meta.index_meta.as_deref());
    Ok(writer.as_bytes().to_vec())
}

pub(super) fn decode(
    version: i32,
    record: &[u8],
    partition: &BinaryRow,
    bucket: i32,
) -> Result<IndexManifestEntry> {
    let columns = if version >= 11 { COLUMNS } else { COLUMNS - 1 };
    let row = BinaryRow::from_bytes(columns as u32, record)?;
    let global_columns = if version >= 12 { GLOBAL_COLUMNS + 1 } else { GLOBAL_COLUMNS };
    let global = row.nested(6)?.map(|bytes| read_global(global_columns as u32, bytes));
    Ok(IndexManifestEntry {
        kind: FileKind::Add,
        partition: partition.clone(),
        bucket,
        index_type: string(&row, 0)?.ok_or_else(missing)?,
        file_name: string(&row, 1)?.ok_or_else(missing)?,
        file_size: i64(&row, 2)?.ok_or_else(missing)?,
        row_count: i64(&row, 3)?.ok_or_else(missing)?,
        deletion_vectors: row.nested(4)?.map(read_ranges).transpose()?,
        external_path: string(&row, 5)?,
        global_index: global.transpose()?,
    })
}

fn read_ranges(bytes: &[u8]) -> Result<Vec<DeletionVectorRange>> {
    let array = BinaryArray::new(bytes, 8)?;
    (0..array.len())
        .map(|i| {
            let row = BinaryRow::from_bytes(4, array.nested(i)?)?;
            let int = |position| Ok::<_, Error>(i64(&row, position)?.ok_or_else(missing)? as i32);
            Ok(DeletionVectorRange {
                data_file: string(&row, 0)?.ok_or_else(missing)?,
                offset: int(1)?,
                length: int(2)?,
                cardinality: i64(&row, 3)?,
            })
        })
        .collect()
}

fn read_global(columns: u32, record: &[u8]) -> Result<GlobalIndexMeta> {
    let row = BinaryRow::from_bytes(columns, record)?;
    let long = |position| i64(&row, position)?.ok_or_else(missing);
    let ids = row.nested(3)?.map(|bytes| {
        let array = BinaryArray::new(bytes, 4)?;
        (0..array.len()).map(|i| array.i32(i)).collect::<Result<Vec<_>>>()
    });
    Ok(GlobalIndexMeta {
        row_range_start: long(0)?,
        row_range_end: long(1)?,
        index_field_id: long(2)? as i32,
        extra_field_ids: ids.transpose()?,
        index_meta: bytes(&row, 4)?,
        source_meta: if row.is_null(5) { None } else { bytes(&row, 5)? },
    })
}
