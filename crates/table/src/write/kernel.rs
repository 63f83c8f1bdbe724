//! Failures of Arrow kernels.

use arrow::error::ArrowError;
use rimon_spec::Error;

/// An Arrow kernel's failure on data that was checked before.
pub(crate) fn arrow_error(error: ArrowError) -> Error {
    Error::internal("an Arrow kernel failed").with_source(error)
}
