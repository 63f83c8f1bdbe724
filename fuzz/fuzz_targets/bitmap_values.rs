#![no_main]

libfuzzer_sys::fuzz_target!(init: rimon_fuzz::start(), |bytes: &[u8]| rimon_fuzz::check("bitmap_values", bytes));
