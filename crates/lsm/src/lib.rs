//! The LSM engine: sorted runs in, one row per key out, on Arrow.
//!
//! It knows no paths, formats or runtimes: files come and go through [`ports`].
//!
//! Reading: [`section::partition`] groups files, [`MergeTreeReader::tasks`] cuts a section into
//! key ranges, [`SlabTask::execute`] reads the keys of a range, finds the surviving rows with the
//! tables of [`plan`], then reads and filters the values. Writing: [`MergeTreeWriter`], and [`compact`].

mod bitmap;
pub mod buffer;
pub mod compact;
mod execute;
pub mod key;
pub mod levels;
pub mod merge;
pub mod plan;
pub mod ports;
pub mod read_spec;
pub mod reader;
pub mod run;
pub mod section;
pub mod sequence;
mod slab;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod writer;

pub use buffer::{BufferSpec, WriteBuffer};
pub use levels::Levels;
pub use merge::{Aggregate, Deduplicate, FirstRow, MergeFunction, PartialUpdate};
pub use ports::{
    BatchStream, KeyBlock, KeyParts, RowRanges, RunBatch, RunRole, RunWriter, RunWriterFactory,
    SortedFile, SortedFileMeta,
};
pub use read_spec::{MergeReadSpec, Output, ReadOrder, ReadTuning};
pub use reader::{MergeTreeReader, SlabTask};
pub use run::{RunRank, SortedRun};
pub use section::{Section, partition};
pub use sequence::UserSequence;
pub use writer::MergeTreeWriter;
