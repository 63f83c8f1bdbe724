//! Names and places of files under a table's directory: format.md §1, `FileStorePathFactory.java`.

use crate::{DataField, Result, TableOptions, Value};

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

/// The format a reader takes for a data file: its last extension, or the one before a compression
/// extension of a text format. `None` without extension.
pub fn format_of(_file_name: &str) -> Option<&str> {
    None
}

/// `k=v/k2=v2/` with a trailing slash, the empty string for an unpartitioned table: the directory of a
/// partition, keys and values escaped. `fields` are the partition columns, `values` theirs.
pub fn partition_path(
    _fields: &[&DataField],
    _values: &[Value],
    _options: &TableOptions,
) -> Result<String> {
    Ok(String::new())
}

/// The text of one partition value, not yet escaped; null and blank give the default name.
pub fn partition_value(
    _field: &DataField,
    _value: &Value,
    _options: &TableOptions,
) -> Result<String> {
    Ok(String::new())
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
