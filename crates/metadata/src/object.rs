//! Single objects of a store that is not the local file system: bounded read, conditional create.

use crate::failure::{is_refusal, of_store};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use object_store::path::Path;
use object_store::{
    Error as StoreError, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload,
};
use rimon_spec::{Error, ErrorKind, Result};
use std::time::Duration;

/// What became of a create-if-absent.
#[derive(Debug)]
pub enum Created {
    /// The target holds our bytes, and is durable where the store can tell.
    Won,
    /// The target holds other bytes, or held them a moment ago.
    Lost,
    /// Nobody can say: the target may hold our bytes now, or later. Nothing that it refers to may
    /// be deleted. Carries what went wrong.
    Unknown(Error),
}

/// Tries of one create whose target stays absent, and pauses between them.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(20);

/// Creates `path` with `bytes` if it is not there.
///
/// Neither `AlreadyExists` nor any other error is believed: the target is read and compared, since
/// a client may have repeated a request whose first try was applied. While the target is absent the
/// same conditional create is tried again, which is safe.
///
/// # Errors
/// Only when the store refuses for certain (permission, path, unsupported); nothing was created.
pub(crate) async fn create(store: &dyn ObjectStore, path: &Path, bytes: &Bytes) -> Result<Created> {
    let mut doubt: Option<StoreError> = None;
    for attempt in 0..TRIES {
        if attempt > 0 {
            tokio::time::sleep(PAUSE * 2u32.saturating_pow(attempt)).await;
        }
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let put = store.put_opts(path, PutPayload::from_bytes(bytes.clone()), options).await;
        let Err(err) = put else { return Ok(Created::Won) };
        match read(store, path, bytes.len() as u64 + 1).await {
            Ok(found) if found == *bytes => return Ok(Created::Won),
            Ok(_) => return Ok(Created::Lost),
            // Larger than ours, so not ours.
            Err(e) if e.kind() == ErrorKind::ResourceExhausted => return Ok(Created::Lost),
            Err(e) if e.kind() == ErrorKind::NotFound && is_refusal(&err) && doubt.is_none() => {
                return Err(of_store(err, "create", path));
            }
            Err(_) => doubt = Some(err),
        }
    }
    Ok(Created::Unknown(match doubt {
        Some(err) => of_store(err, "create", path),
        None => Error::internal("a create without a try").with("file", path),
    }))
}

/// The whole object, which must not be larger than `limit` bytes.
pub(crate) async fn read(store: &dyn ObjectStore, path: &Path, limit: u64) -> Result<Bytes> {
    let got = store.get(path).await.map_err(|e| of_store(e, "read", path))?;
    if got.meta.size > limit {
        return Err(too_large(path, got.meta.size, limit));
    }
    let mut stream = got.into_stream();
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|e| of_store(e, "read", path))?;
        let held = first.as_ref().map_or(0, Bytes::len).max(rest.len()) as u64;
        if held.saturating_add(chunk.len() as u64) > limit {
            return Err(too_large(path, held.saturating_add(chunk.len() as u64), limit));
        }
        match first.take() {
            None if rest.is_empty() => first = Some(chunk),
            Some(head) => {
                rest.extend_from_slice(&head);
                rest.extend_from_slice(&chunk);
            }
            None => rest.extend_from_slice(&chunk),
        }
    }
    Ok(first.unwrap_or_else(|| rest.freeze()))
}

/// A file above the limit for files of its kind.
pub(crate) fn too_large(path: impl ToString, size: u64, limit: u64) -> Error {
    Error::exhausted(format!("the file has {size} bytes, more than the limit of {limit}"))
        .with("file", path)
}

#[cfg(test)]
mod tests;
