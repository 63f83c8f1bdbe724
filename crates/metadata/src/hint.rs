//! The `LATEST` and `EARLIEST` hints: format.md §1.2, `HintFileUtils.java`.
//!
//! A hint is never the truth: what it says is verified by its reader, and failing to write it never
//! fails what happened before.

use crate::Storage;
use bytes::Bytes;

/// Larger than any number.
const LIMIT: u64 = 64;

/// What the hint says, if it is there and a number above zero.
pub(crate) async fn read(storage: &Storage, path: &str) -> Option<i64> {
    let bytes = storage.read_limited(path, LIMIT).await.ok()?;
    let id: i64 = std::str::from_utf8(&bytes).ok()?.trim().parse().ok()?;
    (id > 0).then_some(id)
}

/// Writes the hint; a failure is only logged.
pub(crate) async fn write(storage: &Storage, path: &str, id: i64) {
    if let Err(err) = storage.overwrite_volatile(path, Bytes::from(id.to_string())).await {
        tracing::debug!(%err, "a hint was not written");
    }
}
