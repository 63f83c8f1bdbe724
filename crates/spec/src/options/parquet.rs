//! The `parquet.*` options of a writer: `RowDataParquetBuilder.java`.

use std::collections::BTreeMap;

use super::read::{bad_value, parse_flag};
use crate::{Error, Result};

/// How Parquet files are to be written, as far as options say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ParquetOptions {
    /// `parquet.block.size`: bytes of a row group; `file.block-size` goes before it.
    pub row_group_bytes: Option<u64>,
    /// `parquet.page.size`: bytes of a page before compression.
    pub page_bytes: Option<u64>,
    /// `parquet.page.row.count.limit`: rows of a page.
    pub page_rows: Option<u64>,
    /// `parquet.dictionary.page.size`: bytes of a dictionary.
    pub dictionary_page_bytes: Option<u64>,
    /// `parquet.enable.dictionary`.
    pub dictionary: Option<bool>,
    /// `parquet.enable.dictionary#<column>`.
    pub dictionary_of: BTreeMap<String, bool>,
    /// `parquet.compression`: goes before `file.compression`.
    pub compression: Option<String>,
    /// `parquet.compression.codec.zstd.level`: goes before `file.compression.zstd-level`.
    pub zstd_level: Option<i32>,
    /// `parquet.writer.version` is the first, by name: old readers know no other encodings.
    pub first_version: bool,
    /// `parquet.bloom.filter.enabled`.
    pub bloom_filter: bool,
    /// The same for single columns: `parquet.bloom.filter.enabled#<column>`.
    pub bloom_filter_of: BTreeMap<String, bool>,
    /// `parquet.bloom.filter.expected.ndv#<column>`.
    pub bloom_filter_values: BTreeMap<String, u64>,
    /// `parquet.bloom.filter.fpp#<column>`.
    pub bloom_filter_fpp: BTreeMap<String, f64>,
}

impl ParquetOptions {
    /// From all options of a table that begin with `parquet.`.
    ///
    /// # Errors
    /// `Unsupported` naming an option that a writer would have to follow and that is not known here; `Invalid` for a
    /// value that is none.
    pub fn parse(options: &BTreeMap<String, String>) -> Result<Self> {
        let mut parsed = Self::default();
        for (key, value) in options {
            if !concerns_reading(key) {
                parsed.set(key, value)?;
            }
        }
        Ok(parsed)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let flag = || parse_flag(value).ok_or_else(|| bad_value(key, value, "true or false"));
        // Java reads sizes of Parquet as plain numbers, unlike its own.
        let count = || {
            let count = value.trim().parse::<u64>().ok().filter(|n| *n > 0);
            count.ok_or_else(|| bad_value(key, value, "a number above 0"))
        };
        let unsupported = || {
            Error::unsupported(format!("option '{key}' = '{value}' is not supported by this build"))
        };
        match key.split_once('#').unwrap_or((key, "")) {
            ("parquet.block.size", "") => self.row_group_bytes = Some(count()?),
            ("parquet.page.size", "") => self.page_bytes = Some(count()?),
            ("parquet.page.row.count.limit", "") => self.page_rows = Some(count()?),
            ("parquet.dictionary.page.size", "") => self.dictionary_page_bytes = Some(count()?),
            ("parquet.enable.dictionary", "") => self.dictionary = Some(flag()?),
            ("parquet.enable.dictionary", column) => {
                self.dictionary_of.insert(column.to_owned(), flag()?);
            }
            ("parquet.compression", "") => self.compression = Some(codec(value)),
            ("parquet.compression.codec.zstd.level", "") => {
                let level = value.trim().parse().map_err(|_| bad_value(key, value, "a number"))?;
                self.zstd_level = Some(level);
            }
            ("parquet.bloom.filter.enabled", "") => self.bloom_filter = flag()?,
            ("parquet.bloom.filter.enabled", column) => {
                self.bloom_filter_of.insert(column.to_owned(), flag()?);
            }
            ("parquet.bloom.filter.expected.ndv", column) if !column.is_empty() => {
                self.bloom_filter_values.insert(column.to_owned(), count()?);
            }
            ("parquet.bloom.filter.fpp", column) if !column.is_empty() => {
                let fpp = value.trim().parse::<f64>().ok().filter(|p| *p > 0.0 && *p < 1.0);
                let fpp = fpp.ok_or_else(|| bad_value(key, value, "between 0 and 1"))?;
                self.bloom_filter_fpp.insert(column.to_owned(), fpp);
            }
            ("parquet.writer.version", "") => {
                let first = ["v1", "parquet_1_0"].iter().any(|v| value.eq_ignore_ascii_case(v));
                if !first {
                    return Err(unsupported());
                }
                self.first_version = true;
            }
            ("parquet.page.write-checksum.enabled", "") => {
                return if flag()? { Err(unsupported()) } else { Ok(()) };
            }
            _ => return Err(unsupported()),
        }
        Ok(())
    }
}

/// Options of readers only, which say how fast something is found and not what.
fn concerns_reading(key: &str) -> bool {
    key.starts_with("parquet.filter.") || key.starts_with("parquet.read.")
}

/// Names of codecs as `file.compression` has them.
fn codec(value: &str) -> String {
    match value.trim().to_lowercase().as_str() {
        "uncompressed" => "none".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<ParquetOptions> {
        let options = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        ParquetOptions::parse(&options.collect())
    }

    #[test]
    fn what_is_known_is_read() {
        let parsed = parse(&[
            ("parquet.block.size", "4096"),
            ("parquet.page.size", "1024"),
            ("parquet.enable.dictionary", "false"),
            ("parquet.enable.dictionary#a", "true"),
            ("parquet.bloom.filter.enabled#b", "true"),
            ("parquet.bloom.filter.fpp#b", "0.01"),
            ("parquet.compression", "UNCOMPRESSED"),
            ("parquet.filter.stats.enabled", "false"),
            ("parquet.writer.version", "PARQUET_1_0"),
        ])
        .unwrap();
        assert_eq!(parsed.row_group_bytes, Some(4096));
        assert_eq!(parsed.page_bytes, Some(1024));
        assert_eq!(parsed.dictionary, Some(false));
        assert_eq!(parsed.dictionary_of.get("a"), Some(&true));
        assert_eq!(parsed.bloom_filter_fpp.get("b"), Some(&0.01));
        assert_eq!(parsed.compression.as_deref(), Some("none"));
        assert!(parsed.first_version && !parse(&[]).unwrap().first_version);
    }

    #[test]
    fn the_rest_is_refused_by_name() {
        for (key, value) in [
            ("parquet.writer.version", "v2"),
            ("parquet.page.write-checksum.enabled", "true"),
            ("parquet.columnindex.truncate.length", "16"),
            ("parquet.page.size", "0"),
            ("parquet.block.size", "1 mb"),
            ("parquet.enable.dictionary", "perhaps"),
        ] {
            let error = parse(&[(key, value)]).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }
}
