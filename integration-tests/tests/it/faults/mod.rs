//! Bad input: damaged tables, wrong requests, storage that fails. A clear error each time, no panic, nothing lost.

mod damage;
mod disk;
mod requests;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every file below a folder with its bytes, to show that nothing was changed.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let bytes = fs::read(&path).expect("a file");
                out.insert(path.strip_prefix(folder).expect("below it").to_owned(), bytes);
            }
        }
    }
    out
}
