//! How the table's options want its files encoded.

use std::collections::BTreeMap;

use rimon_format::{ColumnWriteOptions, Compression, WriteOptions};
use rimon_spec::options::ParquetOptions;
use rimon_spec::{Result, TableOptions};

/// How a file of `level` is written.
///
/// # Errors
/// `Invalid` for values that cannot be parsed, `Unsupported` naming an option of Parquet that this build does not
/// follow.
pub(super) fn write_options(options: &TableOptions, level: i32) -> Result<WriteOptions> {
    let parquet = match options.format_of_level(level) {
        "parquet" => ParquetOptions::parse(&options.parquet)?,
        _ => ParquetOptions::default(),
    };
    let codec = parquet.compression.as_deref().unwrap_or(options.compression_of_level(level));
    let zstd = parquet.zstd_level.unwrap_or(options.zstd_level);
    let default = WriteOptions::default();
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let row_group_bytes = options.file_block_size.or(parquet.row_group_bytes);
    Ok(WriteOptions {
        compression: Compression::parse(codec, zstd)?,
        row_group_bytes: row_group_bytes.unwrap_or(default.row_group_bytes),
        page_bytes: parquet.page_bytes.map_or(default.page_bytes, size),
        page_rows: parquet.page_rows.map(size),
        dictionary_page_bytes: parquet.dictionary_page_bytes.map(size),
        sample_dictionary: parquet.dictionary.is_none(),
        dictionary: parquet.dictionary.unwrap_or(default.dictionary),
        bloom_filter: parquet.bloom_filter,
        delta: !parquet.first_version,
        columns: columns(parquet),
        ..default
    })
}

/// What options say of single columns.
fn columns(parquet: ParquetOptions) -> BTreeMap<String, ColumnWriteOptions> {
    let mut columns: BTreeMap<String, ColumnWriteOptions> = BTreeMap::new();
    for (name, wanted) in parquet.dictionary_of {
        columns.entry(name).or_default().dictionary = Some(wanted);
    }
    for (name, wanted) in parquet.bloom_filter_of {
        columns.entry(name).or_default().bloom_filter = Some(wanted);
    }
    for (name, values) in parquet.bloom_filter_values {
        columns.entry(name).or_default().bloom_filter_values = Some(values);
    }
    for (name, fpp) in parquet.bloom_filter_fpp {
        columns.entry(name).or_default().bloom_filter_fpp = Some(fpp);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use rimon_spec::ErrorKind;

    fn of(pairs: &[(&str, &str)], level: i32) -> Result<WriteOptions> {
        let map = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        write_options(&TableOptions::parse(&map, true)?, level)
    }

    #[test]
    fn each_level_has_its_format_and_compression() -> Result<()> {
        let options = [
            ("file.format.per.level", "0:avro,5:parquet"),
            ("file.compression.per.level", "0:snappy,5:zstd"),
            ("file.compression", "lz4"),
            ("file.compression.zstd-level", "7"),
            ("parquet.compression.codec.zstd.level", "9"),
        ];
        assert_eq!(of(&options, 0)?.compression, Compression::Snappy);
        assert_eq!(of(&options, 3)?.compression, Compression::Lz4);
        assert_eq!(of(&options, 5)?.compression, Compression::Zstd(9));
        assert_eq!(of(options.get(2..4).unwrap_or_default(), 5)?.compression, Compression::Lz4);
        Ok(())
    }

    #[test]
    fn options_of_parquet_are_followed_or_refused() -> Result<()> {
        let written = of(
            &[
                ("parquet.enable.dictionary", "false"),
                ("parquet.page.size", "4096"),
                ("parquet.block.size", "1048576"),
                ("parquet.compression", "none"),
            ],
            0,
        )?;
        assert!(!written.dictionary);
        assert_eq!((written.page_bytes, written.row_group_bytes), (4096, 1 << 20));
        assert_eq!(written.compression, Compression::None);
        let bloom = [
            ("parquet.bloom.filter.enabled", "true"),
            ("parquet.bloom.filter.enabled#a", "false"),
            ("parquet.bloom.filter.expected.ndv#b", "100"),
        ];
        let written = of(&bloom, 0)?;
        let of_column = |name| written.columns.get(name).cloned().unwrap_or_default();
        assert!(written.bloom_filter);
        assert_eq!(of_column("a").bloom_filter, Some(false));
        assert_eq!(of_column("b").bloom_filter_values, Some(100));
        let sums = ("parquet.page.write-checksum.enabled", "true");
        let error = of(&[sums], 0).err().map(|e| (e.kind(), e.to_string()));
        assert!(
            error.is_some_and(|(kind, text)| kind == ErrorKind::Unsupported && text.contains(sums.0))
        );
        // What concerns Parquet does not concern Avro.
        assert!(of(&[sums, ("file.format", "avro")], 0).is_ok());
        let bad = of(&[("parquet.page.size", "large")], 0).err().map(|e| e.kind());
        assert_eq!(bad, Some(ErrorKind::Invalid));
        Ok(())
    }
}
