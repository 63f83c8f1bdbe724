//! Names and places of files under a table's directory: format.md §1, `FileStorePathFactory.java`.

use crate::{DataField, Error, Result, TableOptions, Value};

/// Directory of snapshots.
pub const SNAPSHOT_DIR: &str = "snapshot";
/// Directory of schemas.
pub const SCHEMA_DIR: &str = "schema";
/// Directory of manifests, manifest lists and index manifests.
pub const MANIFEST_DIR: &str = "manifest";
/// Directory of index files.
pub const INDEX_DIR: &str = "index";
/// Directory of statistics files.
pub const STATISTICS_DIR: &str = "statistics";
/// Directory of changelogs.
pub const CHANGELOG_DIR: &str = "changelog";
/// Directory of tags.
pub const TAG_DIR: &str = "tag";
/// Directory of branches.
pub const BRANCH_DIR: &str = "branch";
/// Directory of consumers.
pub const CONSUMER_DIR: &str = "consumer";
/// Hint file naming the latest snapshot.
pub const LATEST: &str = "LATEST";
/// Hint file naming the earliest snapshot.
pub const EARLIEST: &str = "EARLIEST";
/// Prefix of snapshot files.
pub const SNAPSHOT_PREFIX: &str = "snapshot-";
/// Prefix of schema files.
pub const SCHEMA_PREFIX: &str = "schema-";
/// Prefix of bucket directories.
pub const BUCKET_PREFIX: &str = "bucket-";
/// Bucket number of postponed files.
pub const POSTPONE_BUCKET: i32 = -2;

/// `snapshot/snapshot-<id>`.
pub fn snapshot_file(id: i64) -> String {
    format!("{SNAPSHOT_DIR}/{SNAPSHOT_PREFIX}{id}")
}

/// `schema/schema-<id>`.
pub fn schema_file(id: i64) -> String {
    format!("{SCHEMA_DIR}/{SCHEMA_PREFIX}{id}")
}

/// `manifest/<name>`: of a manifest, a manifest list or an index manifest.
pub fn manifest_file(name: &str) -> String {
    format!("{MANIFEST_DIR}/{name}")
}

/// `manifest-<uuid>-<n>`.
pub fn manifest_name(uuid: &str, n: u32) -> String {
    format!("manifest-{uuid}-{n}")
}

/// `manifest-list-<uuid>-<n>`.
pub fn manifest_list_name(uuid: &str, n: u32) -> String {
    format!("manifest-list-{uuid}-{n}")
}

/// `index-<uuid>-<n>`: a hash index or deletion vectors.
pub fn index_name(uuid: &str, n: u32) -> String {
    format!("index-{uuid}-{n}")
}

/// `index-manifest-<uuid>-<n>`.
pub fn index_manifest_name(uuid: &str, n: u32) -> String {
    format!("index-manifest-{uuid}-{n}")
}

/// `branch/branch-<name>`, or the empty string for `main`.
pub fn branch_dir(branch: &str) -> String {
    if branch == "main" { String::new() } else { format!("{BRANCH_DIR}/branch-{branch}") }
}

/// `bucket-<n>`, `bucket-postpone` for -2.
pub fn bucket_dir(bucket: i32) -> String {
    if bucket == POSTPONE_BUCKET {
        "bucket-postpone".into()
    } else {
        format!("{BUCKET_PREFIX}{bucket}")
    }
}

/// `<prefix><uuid>-<n>.<format>` with the options' prefix and compression suffix; `format` such as `parquet`.
pub fn data_file_name(options: &TableOptions, uuid: &str, n: u32, format: &str) -> String {
    if options.file_suffix_include_compression {
        format!("{}{uuid}-{n}.{}.{format}", options.data_file_prefix, options.file_compression)
    } else {
        format!("{}{uuid}-{n}.{format}", options.data_file_prefix)
    }
}

/// Extensions of compressed text files, behind the format's.
const COMPRESSIONS: &[&str] =
    &["gz", "gzip", "bz2", "deflate", "snappy", "lz4", "zst", "zstd", "lzo", "xz"];

/// The format a reader takes for a data file: its last extension, or the one before a compression
/// extension of a text format. `None` without extension.
pub fn format_of(file_name: &str) -> Option<&str> {
    let (stem, extension) = file_name.rsplit_once('.')?;
    if COMPRESSIONS.contains(&extension) {
        return stem.rsplit_once('.').map(|(_, format)| format);
    }
    Some(extension)
}

/// `k=v/k2=v2/` with a trailing slash, the empty string for an unpartitioned table: the directory of a
/// partition, keys and values escaped. `fields` are the partition columns, `values` theirs.
/// [`crate::ErrorKind::Unsupported`] for a column that has no text in Java.
pub fn partition_path(
    fields: &[&DataField],
    values: &[Value],
    options: &TableOptions,
) -> Result<String> {
    if fields.len() != values.len() {
        let (given, wanted) = (values.len(), fields.len());
        return Err(Error::invalid(format!("{given} partition values for {wanted} columns")));
    }
    let mut path = String::new();
    for (field, value) in fields.iter().zip(values) {
        escape_into(&mut path, &field.name);
        path.push('=');
        escape_into(&mut path, &partition_value(field, value, options)?);
        path.push('/');
    }
    Ok(path)
}

/// The text of one partition value, not yet escaped; null and blank give the default name.
pub fn partition_value(field: &DataField, value: &Value, options: &TableOptions) -> Result<String> {
    let text = match value {
        Value::Null => None,
        value if options.partition_legacy_name => {
            let text = value.to_java_string();
            Some(text.ok_or_else(|| {
                Error::unsupported("BINARY partition columns with 'partition.legacy-name' = 'true'")
                    .with("column", &field.name)
            })?)
        }
        value => Some(value.to_sql_string(&field.data_type)),
    };
    let text = text.filter(|t| !t.chars().all(is_java_whitespace));
    Ok(text.unwrap_or_else(|| options.partition_default_name.clone()))
}

/// `Character.isWhitespace`: no-break spaces are none.
fn is_java_whitespace(c: char) -> bool {
    matches!(c, '\u{1c}'..='\u{1f}')
        || c.is_whitespace() && !matches!(c, '\u{85}' | '\u{a0}' | '\u{2007}' | '\u{202f}')
}

/// A key or value as it stands in a path: control characters and those with a meaning there as `%XX`.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    escape_into(&mut escaped, text);
    escaped
}

fn escape_into(path: &mut String, text: &str) {
    for c in text.chars() {
        if c.is_ascii_control() || "\"#%'*/:=?\\{}[]^".contains(c) {
            path.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            path.push(c);
        }
    }
}

/// The reverse of [`escape`]; what is no escape stays as it is. `None` when the bytes are not UTF-8.
pub fn unescape(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut out: Vec<u8> = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let code = part.get(..2).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match (code.and_then(|hex| u8::from_str_radix(hex, 16).ok()), part.get(2..)) {
            (Some(byte), Some(rest)) => {
                out.push(byte);
                out.extend_from_slice(rest.as_bytes());
            }
            _ => {
                out.push(b'%');
                out.extend_from_slice(part.as_bytes());
            }
        }
    }
    String::from_utf8(out).ok()
}

/// Relative directory of a bucket's files: `[<data-file.path-directory>/]<partition>/bucket-<n>`.
pub fn bucket_path(options: &TableOptions, partition: &str, bucket: i32) -> String {
    let mut path = String::new();
    if let Some(dir) = &options.data_file_path_directory {
        path.push_str(dir.trim_end_matches('/'));
        path.push('/');
    }
    path.push_str(partition);
    path.push_str(&bucket_dir(bucket));
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decimal, Timestamp};
    use proptest::prelude::*;

    fn options(pairs: &[(&str, &str)]) -> TableOptions {
        let map = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        TableOptions::parse(&map, false).unwrap()
    }

    fn path_of(data_type: &str, value: Value, options: &TableOptions) -> String {
        let field = DataField::new(0, "p", data_type.parse().unwrap());
        partition_path(&[&field], &[value], options).unwrap()
    }

    #[test]
    fn legacy_and_new_names() {
        let (old, new) = (options(&[]), options(&[("partition.legacy-name", "false")]));
        let t = Value::Timestamp(Timestamp::from_millis(1_704_067_200_000));
        for (data_type, value, legacy, cast) in [
            ("DATE", Value::Date(19_723), "p=19723/", "p=2024-01-01/"),
            ("TIMESTAMP(3)", t, "p=2024-01-01T00%3A00/", "p=2024-01-01 00%3A00%3A00.000/"),
            ("INT", Value::Int(-5), "p=-5/", "p=-5/"),
            ("BOOLEAN", Value::Boolean(true), "p=true/", "p=true/"),
            ("DOUBLE", Value::Double(1e10), "p=1.0E10/", "p=1.0E10/"),
            ("STRING", Value::String("a/b=ä %".into()), "p=a%2Fb%3Dä %25/", "p=a%2Fb%3Dä %25/"),
            (
                "DECIMAL(5, 2)",
                Value::Decimal(Decimal { unscaled: -150, precision: 5, scale: 2 }),
                "p=-1.50/",
                "p=-1.50/",
            ),
            ("STRING", Value::Null, "p=__DEFAULT_PARTITION__/", "p=__DEFAULT_PARTITION__/"),
            (
                "STRING",
                Value::String(" \t".into()),
                "p=__DEFAULT_PARTITION__/",
                "p=__DEFAULT_PARTITION__/",
            ),
            ("STRING", Value::String("\u{a0}".into()), "p=\u{a0}/", "p=\u{a0}/"),
        ] {
            assert_eq!(path_of(data_type, value.clone(), &old), legacy);
            assert_eq!(path_of(data_type, value, &new), cast);
        }
        let named = options(&[("partition.default-name", "nothing")]);
        assert_eq!(path_of("INT", Value::Null, &named), "p=nothing/");
        let bytes = DataField::new(0, "p", "BYTES".parse().unwrap());
        assert!(partition_path(&[&bytes], &[Value::Bytes(vec![1])], &old).is_err());
    }

    #[test]
    fn names_of_files() {
        assert_eq!(data_file_name(&options(&[]), "u", 3, "parquet"), "data-u-3.parquet");
        let suffix = options(&[("file.suffix.include.compression", "true")]);
        assert_eq!(data_file_name(&suffix, "u", 0, "parquet"), "data-u-0.zstd.parquet");
        assert_eq!(format_of("data-u-0.zstd.parquet"), Some("parquet"));
        assert_eq!(format_of("data-u-0.csv.gz"), Some("csv"));
        assert_eq!(format_of("data-u-0"), None);
        assert_eq!(bucket_path(&options(&[]), "p=1/", 2), "p=1/bucket-2");
        let placed = options(&[("data-file.path-directory", "data")]);
        assert_eq!(bucket_path(&placed, "", -2), "data/bucket-postpone");
    }

    proptest! {
        #[test]
        fn escapes_are_undone(text in any::<String>()) {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains('/'));
            prop_assert_eq!(unescape(&escaped).unwrap(), text);
        }

        #[test]
        fn unescape_never_panics(text in "[%0-9a-fä]*") {
            let _ = unescape(&text);
        }
    }
}
