//! Errors of the store and of the `parquet` crate as ours, and panics on damaged bytes as errors.

use futures::stream::{BoxStream, Stream, StreamExt};
use parquet::errors::ParquetError;
use rimon_spec::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// An error while reading `file`: what is not the store's fault is damage.
pub(super) fn read_error(error: ParquetError, file: &str) -> Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(other) => damaged(file).with_source(other),
        },
        ParquetError::NYI(message) => {
            Error::unsupported(format!("in a Parquet file: {message}")).with("file", file)
        }
        other => damaged(file).with_source(other),
    }
}

/// Bytes that are not a Parquet file as they should be.
pub(super) fn damaged(file: &str) -> Error {
    Error::corrupt("the data file is damaged").with("file", file)
}

/// An error of the store about `file`.
pub(super) fn store_error(error: object_store::Error, file: &str) -> Error {
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

/// An error while writing `file`.
pub(super) fn write_error(error: ParquetError, file: &str) -> Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<object_store::Error>() {
            Ok(store) => store_error(*store, file),
            Err(other) => {
                Error::internal("encoding a data file").with("file", file).with_source(other)
            }
        },
        other => Error::internal("encoding a data file").with("file", file).with_source(other),
    }
}

/// Runs a decoder that may panic on damaged bytes.
pub(super) fn guarded<T>(file: &str, decode: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err(panicked(file)))
}

fn panicked(file: &str) -> Error {
    damaged(file).with_hint("the decoder gave up on its bytes")
}

/// Ends `stream` with an error when it panics.
pub(super) fn guarded_stream<T: Send + 'static>(
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
