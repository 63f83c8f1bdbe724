//! The corpora of the fuzz targets, how their seeds are made, and damaged tables.

mod corruption;
mod mutate;
mod replay;
mod seeds;

use rimon_fuzz_decoders::memory::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;
