//! Reading a chunk: keys first, then the plan, then the values of the rows that survive.

mod chunk;
mod compose;
mod cut;
mod folded;
mod front;
mod keys;
mod ordered;
mod part;
mod pieces;
mod shadows;
mod streamed;
mod survivors;
mod unordered;

pub(crate) use chunk::execute_chunk;
pub(crate) use folded::can_fold;
pub(crate) use unordered::coalesce;

use arrow::error::ArrowError;
use rimon_spec::Error;

/// Arrow refuses only what the ports' contract excludes.
fn broken(error: ArrowError) -> Error {
    Error::internal("a file gave other columns than it was asked for").with_source(error)
}
