//! What a Hive Metastore answers, and the files that say where it is.

use rimon_catalog_hive::testing;

/// An answer is read again as it was written.
pub(crate) fn thrift(bytes: &[u8]) {
    if let Some(same) = testing::answer_round_trip(bytes) {
        assert!(same, "an answer that is written and read again is another one");
    }
}

pub(crate) fn hadoop_configuration(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        crate::fair(testing::hadoop_configuration(text));
    }
}
