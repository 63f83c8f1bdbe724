//! Errors of the store as ours, and panics on damaged bytes as errors.

use futures::stream::{BoxStream, Stream, StreamExt};
use rimon_spec::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Bytes that are not a file of their format.
pub(crate) fn damaged(file: &str) -> Error {
    Error::corrupt("the data file is damaged").with("file", file)
}

/// An error of the store about `file`.
pub(crate) fn store_error(error: object_store::Error, file: &str) -> Error {
    use object_store::Error as Store;
    let made = match &error {
        Store::NotFound { .. } => Error::not_found("the data file is missing"),
        Store::AlreadyExists { .. } => Error::already_exists("the data file exists"),
        Store::PermissionDenied { .. } | Store::Unauthenticated { .. } => {
            Error::invalid("no permission for the data file")
        }
        _ if is_full(&error) => Error::exhausted("no space left for the data file"),
        _ => Error::unavailable("the store of the data file does not answer"),
    };
    made.with("file", file).with_source(error)
}

fn is_full(error: &object_store::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(e) = cause {
        if let Some(io) = e.downcast_ref::<std::io::Error>() {
            return io.kind() == std::io::ErrorKind::StorageFull
                || io.kind() == std::io::ErrorKind::QuotaExceeded;
        }
        cause = e.source();
    }
    false
}

/// Runs a decoder that may panic on damaged bytes.
pub(crate) fn guarded<T>(file: &str, decode: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err(panicked(file)))
}

fn panicked(file: &str) -> Error {
    damaged(file).with_hint("the decoder gave up on its bytes")
}

/// Ends `stream` with an error when it panics.
pub(crate) fn guarded_stream<T: Send + 'static>(
    stream: BoxStream<'static, Result<T>>,
    file: Arc<str>,
) -> BoxStream<'static, Result<T>> {
    Guarded { stream: Some(stream), file }.boxed()
}

struct Guarded<T> {
    stream: Option<BoxStream<'static, Result<T>>>,
    file: Arc<str>,
}

impl<T> Stream for Guarded<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(stream) = self.stream.as_mut() else { return Poll::Ready(None) };
        match catch_unwind(AssertUnwindSafe(|| stream.poll_next_unpin(cx))) {
            Ok(Poll::Ready(Some(Err(error)))) => {
                self.stream = None;
                Poll::Ready(Some(Err(error)))
            }
            Ok(poll) => poll,
            Err(_) => {
                self.stream = None;
                Poll::Ready(Some(Err(panicked(&self.file))))
            }
        }
    }
}
