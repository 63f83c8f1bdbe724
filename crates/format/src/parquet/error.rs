//! Errors of the `parquet` crate as ours.

use crate::fault::{damaged, store_error};
use parquet::errors::ParquetError;
use rimon_spec::Error;

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
