//! How columns are encoded.

use super::schema::INT96_LENGTH;
use crate::{Compression, WriteOptions};
use parquet::basic::{Compression as Codec, Encoding, GzipLevel, Type as Physical, ZstdLevel};
use parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion,
};
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};
use rimon_spec::{DataField, Error, Result, SpecialField, TypeKind};

/// Properties for a file with `fields`, whose Parquet schema (INT96 as bytes) is `schema`. Columns named in `plain`
/// get no dictionary.
///
/// # Errors
/// `Invalid` for a compression level out of range.
pub(super) fn properties(
    fields: &[DataField],
    schema: &SchemaDescriptor,
    options: &WriteOptions,
    plain: &[String],
) -> Result<WriterProperties> {
    let mut builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by(format!("rimon version {}", env!("CARGO_PKG_VERSION")))
        .set_compression(codec(options.compression)?)
        .set_dictionary_enabled(options.dictionary)
        .set_data_page_size_limit(options.page_bytes)
        .set_max_row_group_row_count(None)
        .set_bloom_filter_enabled(options.bloom_filter)
        // Bounds in the footer become the table's statistics: not truncated here.
        .set_statistics_truncate_length(None)
        .set_statistics_enabled(EnabledStatistics::Page);
    if let Some(rows) = options.page_rows {
        // The limit is looked at between batches of values only.
        builder = builder.set_data_page_row_count_limit(rows).set_write_batch_size(rows.min(1024));
    }
    if let Some(bytes) = options.dictionary_page_bytes {
        builder = builder.set_dictionary_page_size_limit(bytes);
    }
    for column in schema.columns() {
        builder = encode(builder, column, fields, options);
        let name = column.path().parts().first();
        if name.is_some_and(|name| plain.contains(name)) {
            builder = builder.set_column_dictionary_enabled(column.path().clone(), false);
        }
        builder = of_column(builder, column, options);
    }
    Ok(builder.build())
}

/// What options say of one column.
fn of_column(
    mut builder: WriterPropertiesBuilder,
    column: &ColumnDescPtr,
    options: &WriteOptions,
) -> WriterPropertiesBuilder {
    let path = column.path();
    let Some(wanted) = options.columns.get(&path.string()) else { return builder };
    if let Some(dictionary) = wanted.dictionary {
        builder = builder.set_column_dictionary_enabled(path.clone(), dictionary);
    }
    let bloom_filter = wanted.bloom_filter.unwrap_or(options.bloom_filter);
    if wanted.bloom_filter.is_some() {
        builder = builder.set_column_bloom_filter_enabled(path.clone(), bloom_filter);
    }
    // Setting either of these makes a filter.
    if let (true, Some(values)) = (bloom_filter, wanted.bloom_filter_values) {
        builder = builder.set_column_bloom_filter_max_ndv(path.clone(), values);
    }
    if let (true, Some(fpp)) = (bloom_filter, wanted.bloom_filter_fpp) {
        builder = builder.set_column_bloom_filter_fpp(path.clone(), fpp);
    }
    builder
}

fn encode(
    builder: WriterPropertiesBuilder,
    column: &ColumnDescPtr,
    fields: &[DataField],
    options: &WriteOptions,
) -> WriterPropertiesBuilder {
    let path = column.path().clone();
    let name = path.parts().first().map(String::as_str).unwrap_or_default();
    let top_level = path.parts().len() == 1;
    let integer = matches!(column.physical_type(), Physical::INT32 | Physical::INT64);
    let mut builder = builder;
    if options.delta && top_level && integer && ascends(name, fields, options) {
        // Differences of sorted numbers take few bits and decode many times faster than plain values.
        builder = builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path.clone(), Encoding::DELTA_BINARY_PACKED);
    }
    let bytes12 = column.physical_type() == Physical::FIXED_LEN_BYTE_ARRAY
        && column.type_length() == INT96_LENGTH
        && column.logical_type_ref().is_none();
    if bytes12 {
        // The order of the bytes is not the order of the instants.
        builder = builder.set_column_statistics_enabled(path, EnabledStatistics::Chunk);
    }
    builder
}

/// Whether the values of a column rise with the rows: the first key column, its value twin, and what the caller says.
/// Sequence numbers do not rise in files sorted by key, but lie close together.
fn ascends(name: &str, fields: &[DataField], options: &WriteOptions) -> bool {
    let first_key = fields.iter().find(|f| f.name.starts_with(SpecialField::KEY_PREFIX));
    let is_first_key = |f: &DataField| {
        f.name == name
            || fields.iter().any(|value| {
                value.name == name
                    && value.id.checked_add(SpecialField::KEY_ID_OFFSET) == Some(f.id)
            })
    };
    let sequence = SpecialField::sequence_number();
    name == sequence.name && fields.iter().any(|f| f.id == sequence.id)
        || first_key.is_some_and(is_first_key)
        || options.sorted_columns.iter().any(|c| c == name)
}

fn codec(compression: Compression) -> Result<Codec> {
    let level = |e| Error::invalid("file.compression.zstd-level is out of range").with_source(e);
    Ok(match compression {
        Compression::None => Codec::UNCOMPRESSED,
        Compression::Snappy => Codec::SNAPPY,
        Compression::Gzip => Codec::GZIP(GzipLevel::default()),
        Compression::Lz4 => Codec::LZ4,
        Compression::Deflate | Compression::Bzip2 => {
            let name = if compression == Compression::Bzip2 { "bzip2" } else { "deflate" };
            return Err(Error::invalid(format!("file.compression: Parquet has no codec '{name}'")));
        }
        Compression::Zstd(n) => Codec::ZSTD(ZstdLevel::try_new(n).map_err(level)?),
    })
}

/// Whether the column is floating, where NaN has to be watched for.
pub(super) fn is_floating(field: &DataField) -> bool {
    matches!(field.data_type.kind, TypeKind::Float | TypeKind::Double)
}
