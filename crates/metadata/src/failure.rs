//! Failures of file systems and object stores in the terms of the workspace's error.

use object_store::Error as StoreError;
use rimon_spec::{Error, ErrorKind};
use std::io;

/// The error for `op` ("read", "create", …) on the file `path`.
pub(crate) fn of_io(err: io::Error, op: &str, path: impl ToString) -> Error {
    let (kind, cause, hint) = classify(&err);
    let error =
        Error::new(kind, format!("cannot {op} file: {cause}")).with("file", path.to_string());
    let error = match hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    };
    error.with_source(err)
}

fn classify(err: &io::Error) -> (ErrorKind, &'static str, Option<&'static str>) {
    use io::ErrorKind as K;
    match err.kind() {
        K::NotFound => (ErrorKind::NotFound, "it does not exist", None),
        K::AlreadyExists => (ErrorKind::AlreadyExists, "it is already there", None),
        K::PermissionDenied => (
            ErrorKind::Invalid,
            "permission denied",
            Some("check owner and mode of the file and of the directories above it"),
        ),
        K::ReadOnlyFilesystem => (ErrorKind::Invalid, "the file system is read-only", None),
        K::StorageFull | K::QuotaExceeded => (
            ErrorKind::ResourceExhausted,
            "no space left on the device",
            Some("free some space and try again; nothing was published"),
        ),
        K::FileTooLarge => (ErrorKind::ResourceExhausted, "the file is too large", None),
        K::InvalidFilename => (ErrorKind::Invalid, "the name is too long or not allowed", None),
        K::NotADirectory => (ErrorKind::Invalid, "a part of the path is not a directory", None),
        K::IsADirectory => (ErrorKind::Invalid, "it is a directory", None),
        K::Unsupported => {
            (ErrorKind::Unsupported, "the file system does not support the operation", None)
        }
        // EMFILE, ENFILE: std has no kind for them.
        _ if matches!(err.raw_os_error(), Some(23 | 24)) => (
            ErrorKind::ResourceExhausted,
            "too many open files",
            Some("raise the limit of open files (ulimit -n)"),
        ),
        _ => (ErrorKind::Unavailable, "input or output failed", None),
    }
}

/// The error for `op` on the object `path`.
pub(crate) fn of_store(err: StoreError, op: &str, path: impl ToString) -> Error {
    let (kind, cause) = match &err {
        StoreError::NotFound { .. } => (ErrorKind::NotFound, "it does not exist"),
        StoreError::AlreadyExists { .. } => (ErrorKind::AlreadyExists, "it is already there"),
        StoreError::Precondition { .. } => (ErrorKind::Conflict, "it was changed meanwhile"),
        StoreError::PermissionDenied { .. } => (ErrorKind::Invalid, "permission denied"),
        StoreError::Unauthenticated { .. } => (ErrorKind::Invalid, "not authenticated"),
        StoreError::InvalidPath { .. } => (ErrorKind::Invalid, "the path is not allowed"),
        StoreError::NotSupported { .. } | StoreError::NotImplemented { .. } => {
            (ErrorKind::Unsupported, "the store does not support the operation")
        }
        _ => (ErrorKind::Unavailable, "the store did not answer as it should"),
    };
    Error::new(kind, format!("cannot {op} object: {cause}"))
        .with("file", path.to_string())
        .with_source(err)
}

/// Whether the store said for certain that it did nothing, and will say so again.
pub(crate) fn is_refusal(err: &StoreError) -> bool {
    matches!(
        err,
        StoreError::PermissionDenied { .. }
            | StoreError::Unauthenticated { .. }
            | StoreError::InvalidPath { .. }
            | StoreError::NotSupported { .. }
            | StoreError::NotImplemented { .. }
            | StoreError::UnknownConfigurationKey { .. }
    )
}

/// Runs blocking file-system work off the asynchronous threads.
pub(crate) async fn blocking<T, F>(work: F) -> rimon_spec::Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> rimon_spec::Result<T> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(err) => Err(Error::internal("a file task ended early").with_source(err)),
    }
}
