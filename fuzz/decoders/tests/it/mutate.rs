//! Seeded damage to every seed: what fuzzing does, without its compiler, in every test run.
//! `RIMON_MUTATIONS` is the number of mutations of each input (100), `RIMON_DECODER` the only decoder.

use std::fs;
use std::panic::catch_unwind;

use rimon_fuzz_decoders::{DECODERS, Decoder, check, damage, watch_panics};

use crate::replay::{fuzz, names};

fn mutations() -> u64 {
    std::env::var("RIMON_MUTATIONS").map_or(100, |n| n.parse().expect("a number"))
}

/// Mutates each input of a decoder's corpus; the failures.
fn mutated(decoder: Decoder) -> Vec<String> {
    let folder = fuzz().join("corpus").join(decoder.name);
    let mut failures = Vec::new();
    for input in names(&folder) {
        let whole = fs::read(folder.join(&input)).expect("an input");
        for seed in 0..mutations() {
            let bytes = damage::damaged(&whole, seed);
            if catch_unwind(|| check(decoder, &bytes)).is_err() {
                let kept = std::env::temp_dir().join(format!("{}-{input}-{seed}", decoder.name));
                fs::write(&kept, &bytes).expect("the temporary folder");
                failures.push(kept.display().to_string());
            }
        }
    }
    failures
}

#[test]
fn damaged_seeds_are_errors() {
    watch_panics();
    let only = std::env::var("RIMON_DECODER").ok();
    let chosen = DECODERS.iter().filter(|d| only.as_ref().is_none_or(|o| o == d.name));
    let failures: Vec<String> = chosen.flat_map(|d| mutated(*d)).collect();
    assert!(failures.is_empty(), "{} inputs:\n{}", failures.len(), failures.join("\n"));
}
