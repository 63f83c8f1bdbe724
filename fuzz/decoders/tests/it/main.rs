//! The corpora of the fuzz targets, and how their seeds are made.

mod mutate;
mod replay;
mod seeds;

use rimon_fuzz_decoders::memory::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;
