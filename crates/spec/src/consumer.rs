//! `consumer/consumer-<id>`: format.md §2.5, `org.apache.paimon.consumer.Consumer`.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How far a reader of changes has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consumer {
    /// Id of the snapshot it will read next, which therefore is not to expire.
    pub next_snapshot: i64,
}

impl Consumer {
    /// Reads a consumer file.
    ///
    /// # Errors
    /// `Corrupt` for what is none.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|e| Error::corrupt("not a consumer").with_source(e))
    }

    /// The file's text, as Java writes it.
    pub fn to_json(&self) -> String {
        format!("{{\n  \"nextSnapshot\" : {}\n}}", self.next_snapshot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_java_writes() {
        let consumer = Consumer::from_json(b"{\n  \"nextSnapshot\" : 2\n}").unwrap();
        assert_eq!(consumer.next_snapshot, 2);
        assert_eq!(consumer.to_json(), "{\n  \"nextSnapshot\" : 2\n}");
        assert!(Consumer::from_json(b"{}").is_err());
    }
}
