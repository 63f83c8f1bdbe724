//! JSON documents of a table, and options.

use indexmap::IndexMap;
use rimon_spec::{Consumer, Snapshot, TableOptions, TableSchema, TableStatistics, Tag};

use crate::fair;

/// `snapshot-N` and `changelog-N`: what is read is also what is written.
pub(crate) fn snapshot(bytes: &[u8]) {
    let Some(snapshot) = fair(Snapshot::from_json(bytes)) else { return };
    let text = snapshot.to_json().expect("what was read can be written");
    let again = Snapshot::from_json(text.as_bytes()).expect("what was written can be read");
    assert_eq!(snapshot, again);
}

/// `schema-N`.
pub(crate) fn schema(bytes: &[u8]) {
    let Some(schema) = fair(TableSchema::from_json(bytes)) else { return };
    let text = schema.to_json().expect("what was read can be written");
    let again = TableSchema::from_json(text.as_bytes()).expect("what was written can be read");
    assert_eq!(schema, again);
    fair(schema.validate());
    fair(schema.fields_json());
    drop((schema.trimmed_primary_keys(), schema.bucket_keys(), schema.key_fields()));
    if let Some(options) = fair(schema.options()) {
        fair(options.refuse_unsupported_read());
        fair(options.refuse_unsupported_write());
    }
}

/// `tag-NAME`.
pub(crate) fn tag(bytes: &[u8]) {
    fair(Tag::from_json(bytes));
}

/// `consumer-NAME`.
pub(crate) fn consumer(bytes: &[u8]) {
    fair(Consumer::from_json(bytes));
}

/// `stat-UUID-N`.
pub(crate) fn statistics(bytes: &[u8]) {
    let Some(statistics) = fair(TableStatistics::from_json(bytes)) else { return };
    fair(statistics.col_stats_json());
}

/// Options, one `key=value` per line; the first byte says whether there is a primary key.
pub(crate) fn options(bytes: &[u8]) {
    let Some((first, text)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let options: IndexMap<String, String> =
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let Some(parsed) = fair(TableOptions::parse(&options, first % 2 == 1)) else { return };
    fair(parsed.refuse_unsupported_read());
    fair(parsed.refuse_unsupported_write());
    drop(parsed.stats_modes(&["a", "b"], 0, &["a"]));
    drop(rimon_spec::path::bucket_path(&parsed, "p=1/", 3));
    drop(rimon_spec::path::data_file_name(&parsed, "u", 1, "parquet"));
}
