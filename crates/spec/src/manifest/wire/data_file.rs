//! `DataFileMetaSerializer.java`.

use super::record::{
    self, bytes, framed, i64, missing, read_longs, read_stats, read_strings, string, strings,
    write_optional_bytes, write_optional_i64, write_optional_nested,
};
use crate::value::BinaryRowWriter;
use crate::{BinaryRow, DataFileMeta, Error, FileSource, Result};

/// Columns of versions 9 to 12; the next one has the sequence numbers of `_WRITE_COLS`.
const COLUMNS: usize = 20;

pub(super) fn encode(file: &DataFileMeta) -> Result<Vec<u8>> {
    if file.write_cols_sequences.is_some() {
        return Err(Error::unsupported("sequence numbers of columns in commit messages")
            .with("file", &file.file_name));
    }
    let mut writer = BinaryRowWriter::new(COLUMNS);
    writer.write_bytes(0, file.file_name.as_bytes());
    writer.write_i64(1, file.file_size);
    writer.write_i64(2, file.row_count);
    writer.write_bytes(3, &file.min_key.to_framed());
    writer.write_bytes(4, &file.max_key.to_framed());
    writer.write_nested(5, &record::stats(&file.key_stats));
    writer.write_nested(6, &record::stats(&file.value_stats));
    writer.write_i64(7, file.min_sequence_number);
    writer.write_i64(8, file.max_sequence_number);
    writer.write_i64(9, file.schema_id);
    writer.write_i32(10, file.level);
    writer.write_nested(11, &strings(&file.extra_files));
    write_optional_i64(&mut writer, 12, file.creation_time);
    write_optional_i64(&mut writer, 13, file.delete_row_count);
    write_optional_bytes(&mut writer, 14, file.embedded_index.as_deref());
    match file.file_source {
        Some(FileSource::Append) => writer.write_i8(15, 0),
        Some(FileSource::Compact) => writer.write_i8(15, 1),
        None => record::write_null(&mut writer, 15),
    }
    write_optional_nested(&mut writer, 16, file.value_stats_cols.as_deref().map(strings));
    write_optional_bytes(&mut writer, 17, file.external_path.as_deref().map(str::as_bytes));
    write_optional_i64(&mut writer, 18, file.first_row_id);
    write_optional_nested(&mut writer, 19, file.write_cols.as_deref().map(strings));
    Ok(writer.as_bytes().to_vec())
}

pub(super) fn decode(version: i32, record: &[u8]) -> Result<DataFileMeta> {
    let columns = if version >= 13 { COLUMNS + 1 } else { COLUMNS };
    let row = BinaryRow::from_bytes(columns as u32, record)?;
    let long = |position| i64(&row, position)?.ok_or_else(missing);
    let list = |position| row.nested(position)?.map(read_strings).transpose();
    Ok(DataFileMeta {
        file_name: string(&row, 0)?.ok_or_else(missing)?,
        file_size: long(1)?,
        row_count: long(2)?,
        min_key: framed(&row, 3)?,
        max_key: framed(&row, 4)?,
        key_stats: read_stats(row.nested(5)?)?,
        value_stats: read_stats(row.nested(6)?)?,
        min_sequence_number: long(7)?,
        max_sequence_number: long(8)?,
        schema_id: long(9)?,
        level: long(10)? as i32,
        extra_files: list(11)?.unwrap_or_default(),
        creation_time: i64(&row, 12)?,
        delete_row_count: i64(&row, 13)?,
        embedded_index: bytes(&row, 14)?,
        file_source: i64(&row, 15)?.map(source).transpose()?,
        value_stats_cols: list(16)?,
        external_path: string(&row, 17)?,
        first_row_id: i64(&row, 18)?,
        write_cols: list(19)?,
        write_cols_sequences: match row.nested(20)? {
            Some(array) if columns > COLUMNS => {
                Some(read_longs(array)?.into_iter().flatten().collect())
            }
            _ => None,
        },
    })
}

fn source(code: i64) -> Result<FileSource> {
    match code {
        0 => Ok(FileSource::Append),
        1 => Ok(FileSource::Compact),
        _ => Err(Error::corrupt(format!("a file of source {code}"))),
    }
}
