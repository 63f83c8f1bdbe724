//! What all fuzz targets share.

use rimon_fuzz_decoders::memory::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Once, before the first input.
pub fn start() {
    rimon_fuzz_decoders::watch_panics();
}

/// Decodes `bytes`; ends the process with a message when the decoder does what it must not.
pub fn check(decoder: &str, bytes: &[u8]) {
    rimon_fuzz_decoders::check(rimon_fuzz_decoders::named(decoder), bytes);
}
