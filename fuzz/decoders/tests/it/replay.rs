//! Every input that was ever kept, through its decoder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rimon_fuzz_decoders::{DECODERS, check, watch_panics};

pub(crate) fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

/// The seeds, and what fuzzing found (`found-…`, each named after what was wrong).
#[test]
fn every_corpus_is_decoded_within_its_limits() {
    watch_panics();
    for decoder in DECODERS {
        let folder = fuzz().join("corpus").join(decoder.name);
        let inputs = names(&folder);
        assert!(!inputs.is_empty(), "{} has no corpus", decoder.name);
        for input in inputs {
            println!("{}/{input}", decoder.name);
            check(*decoder, &fs::read(folder.join(input)).expect("an input"));
        }
    }
}

/// No decoder without target and corpus, and the reverse.
#[test]
fn every_decoder_has_a_target() {
    let decoders: BTreeSet<String> = DECODERS.iter().map(|d| d.name.to_owned()).collect();
    let targets = names(&fuzz().join("fuzz_targets"));
    let targets = targets.iter().map(|t| t.trim_end_matches(".rs").to_owned()).collect();
    assert_eq!(decoders, targets);
    assert_eq!(decoders, names(&fuzz().join("corpus")));
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("the manifest");
    for name in decoders {
        assert!(manifest.contains(&format!("fuzz_targets/{name}.rs")), "{name} is no binary");
    }
}
