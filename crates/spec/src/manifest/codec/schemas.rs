//! The schemas that Java 1.4 writes, word for word. The two fields that came later are appended only when an entry has
//! them, so that every Java release reads what it can.

use std::borrow::Cow;

const STATS: &str = r#""fields":[{"name":"_MIN_VALUES","type":"bytes"},{"name":"_MAX_VALUES","type":"bytes"},{"name":"_NULL_COUNTS","type":["null",{"type":"array","items":["null","long"]}],"default":null}]"#;

const RECORD: &str =
    r#"{"type":"record","name":"record","namespace":"org.apache.paimon.avro.generated","fields":["#;

/// Of a manifest.
pub(super) fn manifest(with_sequences: bool) -> String {
    let sequences = if with_sequences {
        r#",{"name":"_WRITE_COLS_SEQUENCES","type":["null",{"type":"array","items":"long"}],"default":null}"#
    } else {
        ""
    };
    [
        Cow::Borrowed(RECORD),
        Cow::Borrowed(
            r#"{"name":"_VERSION","type":"int"},{"name":"_KIND","type":"int"},{"name":"_PARTITION","type":"bytes"},{"name":"_BUCKET","type":"int"},{"name":"_TOTAL_BUCKETS","type":"int"},{"name":"_FILE","type":{"type":"record","name":"record__FILE","fields":[{"name":"_FILE_NAME","type":"string"},{"name":"_FILE_SIZE","type":"long"},{"name":"_ROW_COUNT","type":"long"},{"name":"_MIN_KEY","type":"bytes"},{"name":"_MAX_KEY","type":"bytes"},"#,
        ),
        stats("_KEY_STATS", "record__FILE__KEY_STATS"),
        Cow::Borrowed(","),
        stats("_VALUE_STATS", "record__FILE__VALUE_STATS"),
        Cow::Borrowed(
            r#",{"name":"_MIN_SEQUENCE_NUMBER","type":"long"},{"name":"_MAX_SEQUENCE_NUMBER","type":"long"},{"name":"_SCHEMA_ID","type":"long"},{"name":"_LEVEL","type":"int"},{"name":"_EXTRA_FILES","type":{"type":"array","items":"string"}},{"name":"_CREATION_TIME","type":["null",{"type":"long","logicalType":"timestamp-millis"}],"default":null},{"name":"_DELETE_ROW_COUNT","type":["null","long"],"default":null},{"name":"_EMBEDDED_FILE_INDEX","type":["null","bytes"],"default":null},{"name":"_FILE_SOURCE","type":["null","int"],"default":null},{"name":"_VALUE_STATS_COLS","type":["null",{"type":"array","items":"string"}],"default":null},{"name":"_EXTERNAL_PATH","type":["null","string"],"default":null},{"name":"_FIRST_ROW_ID","type":["null","long"],"default":null},{"name":"_WRITE_COLS","type":["null",{"type":"array","items":"string"}],"default":null}"#,
        ),
        Cow::Borrowed(sequences),
        Cow::Borrowed("]}}]}"),
    ]
    .concat()
}

/// Of a manifest list.
pub(super) fn list() -> String {
    [
        Cow::Borrowed(RECORD),
        Cow::Borrowed(
            r#"{"name":"_VERSION","type":"int"},{"name":"_FILE_NAME","type":"string"},{"name":"_FILE_SIZE","type":"long"},{"name":"_NUM_ADDED_FILES","type":"long"},{"name":"_NUM_DELETED_FILES","type":"long"},"#,
        ),
        stats("_PARTITION_STATS", "record__PARTITION_STATS"),
        Cow::Borrowed(
            r#",{"name":"_SCHEMA_ID","type":"long"},{"name":"_MIN_BUCKET","type":["null","int"],"default":null},{"name":"_MAX_BUCKET","type":["null","int"],"default":null},{"name":"_MIN_LEVEL","type":["null","int"],"default":null},{"name":"_MAX_LEVEL","type":["null","int"],"default":null},{"name":"_MIN_ROW_ID","type":["null","long"],"default":null},{"name":"_MAX_ROW_ID","type":["null","long"],"default":null}]}"#,
        ),
    ]
    .concat()
}

/// Of an index manifest.
pub(super) fn index(with_source_meta: bool) -> String {
    let source = if with_source_meta {
        r#",{"name":"_SOURCE_META","type":["null","bytes"],"default":null}"#
    } else {
        ""
    };
    [
        RECORD,
        r#"{"name":"_VERSION","type":"int"},{"name":"_KIND","type":"int"},{"name":"_PARTITION","type":"bytes"},{"name":"_BUCKET","type":"int"},{"name":"_INDEX_TYPE","type":"string"},{"name":"_FILE_NAME","type":"string"},{"name":"_FILE_SIZE","type":"long"},{"name":"_ROW_COUNT","type":"long"},{"name":"_DELETIONS_VECTORS_RANGES","type":["null",{"type":"array","items":["null",{"type":"record","name":"record__DELETIONS_VECTORS_RANGES","fields":[{"name":"f0","type":"string"},{"name":"f1","type":"int"},{"name":"f2","type":"int"},{"name":"_CARDINALITY","type":["null","long"],"default":null}]}]}],"default":null},{"name":"_EXTERNAL_PATH","type":["null","string"],"default":null},{"name":"_GLOBAL_INDEX","type":["null",{"type":"record","name":"record__GLOBAL_INDEX","fields":[{"name":"_ROW_RANGE_START","type":"long"},{"name":"_ROW_RANGE_END","type":"long"},{"name":"_INDEX_FIELD_ID","type":"int"},{"name":"_EXTRA_FIELD_IDS","type":["null",{"type":"array","items":"int"}],"default":null},{"name":"_INDEX_META","type":["null","bytes"],"default":null}"#,
        source,
        r#"]}],"default":null}]}"#,
    ]
    .concat()
}

fn stats(field: &str, name: &str) -> Cow<'static, str> {
    format!(r#"{{"name":"{field}","type":{{"type":"record","name":"{name}",{STATS}}}}}"#).into()
}
