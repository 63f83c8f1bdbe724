//! Which bytes of a table's files are shielded, so that a change of them is always found.

use std::path::Path;

/// What a changed byte may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shield {
    /// An error or the same rows: a checksum, a recorded size, or not needed for rows.
    Checked,
    /// Other rows too: nothing in the format tells. Why.
    None(&'static str),
}

/// The shield of what differs between `whole` and `damaged`.
pub(super) fn shield(file: &Path, whole: &[u8], damaged: &[u8]) -> Shield {
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = file.iter().next().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    if name.ends_with(".parquet") || name.ends_with(".orc") || name.ends_with(".avro") {
        return data_file(&name, whole, damaged);
    }
    if name.ends_with(".index") {
        // Without a filter nothing is skipped.
        return Shield::Checked;
    }
    match folder.as_str() {
        "index" => Shield::Checked,
        "manifest" => manifest(whole, damaged),
        "schema" => json(whole, damaged),
        "snapshot" if name.starts_with("snapshot-") => json(whole, damaged),
        _ => Shield::Checked,
    }
}

/// JSON that is cut is no JSON; anything else may be another document.
fn json(whole: &[u8], damaged: &[u8]) -> Shield {
    match whole.starts_with(damaged) {
        true => Shield::Checked,
        false => Shield::None("JSON documents have no checksum"),
    }
}

fn data_file(name: &str, whole: &[u8], damaged: &[u8]) -> Shield {
    if whole.len() != damaged.len() {
        return Shield::Checked; // the manifest says the size
    }
    let Some(changed) = changed(whole, damaged) else { return Shield::Checked };
    if name.ends_with(".orc") {
        return Shield::None("ORC has no checksums");
    }
    if name.ends_with(".avro") {
        return avro(whole, changed);
    }
    let tail = whole.last_chunk::<8>().expect("a Parquet file");
    let footer = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]) as usize;
    match changed.1 < whole.len() - 8 - footer {
        true => Shield::Checked, // Java writes a checksum for every page
        false => Shield::None("the footer of a Parquet file has no checksum"),
    }
}

/// Manifests are Avro; their sizes are recorded where they are named, except by old releases.
fn manifest(whole: &[u8], damaged: &[u8]) -> Shield {
    if whole.len() != damaged.len() {
        return Shield::None("old releases do not record the sizes of manifests");
    }
    changed(whole, damaged).map_or(Shield::Checked, |changed| avro(whole, changed))
}

fn avro(whole: &[u8], changed: (usize, usize)) -> Shield {
    let marker = &whole[whole.len() - 16..];
    let header = whole.windows(16).position(|w| w == marker).expect("a sync marker") + 16;
    if changed.0 < header {
        return Shield::None("the header of an Avro file has no checksum");
    }
    let summed = ["snappy", "bzip2"].iter().any(|codec| {
        // a key, the zigzag length of its value, the value
        let entry = [&b"avro.codec"[..], &[codec.len() as u8 * 2], codec.as_bytes()].concat();
        whole[..header].windows(entry.len()).any(|w| w == entry)
    });
    match summed {
        true => Shield::Checked,
        false => Shield::None("blocks of this Avro codec have no checksum"),
    }
}

/// First and last byte that differ.
fn changed(whole: &[u8], damaged: &[u8]) -> Option<(usize, usize)> {
    let differ = |(at, (a, b)): (usize, (&u8, &u8))| (a != b).then_some(at);
    let mut all = whole.iter().zip(damaged).enumerate().filter_map(differ);
    let first = all.next()?;
    Some((first, all.next_back().unwrap_or(first)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shield_is_that_of_the_bytes_that_changed() {
        let path = Path::new("bucket-0/data-0.orc");
        assert_eq!(shield(path, b"abc", b"abc"), Shield::Checked);
        assert_eq!(shield(path, b"abc", b"ab"), Shield::Checked);
        assert!(matches!(shield(path, b"abc", b"aXc"), Shield::None(_)));
        let path = Path::new("snapshot/snapshot-1");
        assert_eq!(shield(path, b"{}", b"{"), Shield::Checked);
        assert!(matches!(shield(path, b"{1}", b"{2}"), Shield::None(_)));
        assert_eq!(shield(Path::new("snapshot/LATEST"), b"1", b"2"), Shield::Checked);
    }
}
