//! How the table's options want its files encoded.

use rimon_format::{Compression, WriteOptions};
use rimon_spec::{Error, Result, TableOptions};

/// The options of Parquet that are followed (`RowDataParquetBuilder.java`).
const DICTIONARY: &str = "parquet.enable.dictionary";
const PAGE_SIZE: &str = "parquet.page.size";
const BLOCK_SIZE: &str = "parquet.block.size";
const CODEC: &str = "parquet.compression";
const ZSTD_LEVEL: &str = "parquet.compression.codec.zstd.level";

/// How a file of `level` is written.
///
/// # Errors
/// `Invalid` for values that cannot be parsed, `Unsupported` naming an option of Parquet that this build does not
/// follow.
pub(super) fn write_options(options: &TableOptions, level: i32) -> Result<WriteOptions> {
    let parquet = options.format_of_level(level) == "parquet";
    let own = |key: &str| options.parquet.get(key).filter(|_| parquet).map(String::as_str);
    let known = [DICTIONARY, PAGE_SIZE, BLOCK_SIZE, CODEC, ZSTD_LEVEL];
    if parquet && let Some(other) = options.parquet.keys().find(|k| !known.contains(&k.as_str())) {
        let value = options.parquet.get(other).map(String::as_str).unwrap_or_default();
        let what = format!("option '{other}' = '{value}' is not supported by this build");
        return Err(Error::unsupported(what).with_hint("it concerns writing only"));
    }
    let zstd = match own(ZSTD_LEVEL) {
        Some(level) => number(ZSTD_LEVEL, level)?,
        None => options.zstd_level,
    };
    let codec = own(CODEC).unwrap_or_else(|| options.compression_of_level(level));
    let mut write = WriteOptions {
        compression: Compression::parse(codec, zstd)?,
        sample_dictionary: own(DICTIONARY).is_none(),
        ..WriteOptions::default()
    };
    if let Some(bytes) = own(PAGE_SIZE) {
        write.page_bytes = number(PAGE_SIZE, bytes)?;
    }
    if let Some(flag) = own(DICTIONARY) {
        write.dictionary = flag.eq_ignore_ascii_case("true");
    }
    if let Some(bytes) = own(BLOCK_SIZE) {
        write.row_group_bytes = number(BLOCK_SIZE, bytes)?;
    }
    if let Some(bytes) = options.file_block_size {
        write.row_group_bytes = bytes;
    }
    Ok(write)
}

fn number<T: std::str::FromStr>(key: &str, text: &str) -> Result<T> {
    let bad = |_| Error::invalid(format!("option '{key}' = '{text}' is no number"));
    text.trim().parse().map_err(bad)
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
        let bloom = ("parquet.bloom.filter.enabled", "true");
        let error = of(&[bloom], 0).err().map(|e| (e.kind(), e.to_string()));
        assert!(error.is_some_and(|(kind, text)| kind == ErrorKind::Unsupported
            && text.contains("parquet.bloom.filter.enabled")));
        // What concerns Parquet does not concern Avro.
        assert!(of(&[bloom, ("file.format", "avro")], 0).is_ok());
        let bad = of(&[("parquet.page.size", "large")], 0).err().map(|e| e.kind());
        assert_eq!(bad, Some(ErrorKind::Invalid));
        Ok(())
    }
}
