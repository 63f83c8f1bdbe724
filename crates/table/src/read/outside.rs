//! Files outside the table's directory: `data-file.external-paths`.

use indexmap::IndexMap;
use rimon_metadata::Storage;
use rimon_spec::{Error, Result};

/// The directory of a file by its whole path, as manifests have it, and the file's name there. Such paths are those of
/// Hadoop: a `%` in them is a `%`.
///
/// # Errors
/// `Corrupt` for a path that is none; `Unsupported` for a storage that this build does not have.
pub(super) fn outside(path: &str) -> Result<(Storage, String)> {
    let broken = || Error::corrupt("an external path names no file").with("_EXTERNAL_PATH", path);
    let (directory, name) = path.rsplit_once('/').ok_or_else(broken)?;
    let local = directory.strip_prefix("file:").unwrap_or(directory);
    let local = local.strip_prefix("//").unwrap_or(local);
    let place = if local.starts_with('/') { local } else { directory };
    if name.is_empty() || !is_outside(place) {
        return Err(broken());
    }
    let storage = Storage::open(place, &IndexMap::new());
    Ok((storage.map_err(|e| e.with("_EXTERNAL_PATH", path))?, name.to_owned()))
}

/// Whether a path is a whole one, not one in the table's directory.
pub(super) fn is_outside(path: &str) -> bool {
    path.starts_with('/') || path.contains(":/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rimon_spec::ErrorKind;

    #[test]
    fn paths_as_manifests_have_them() {
        for path in ["file:/a/p=%2F/b.parquet", "file:///a/p=%2F/b.parquet", "/a/p=%2F/b.parquet"] {
            let (storage, name) = outside(path).unwrap();
            assert_eq!((storage.location().as_str(), name.as_str()), ("/a/p=%2F", "b.parquet"));
        }
        for (path, kind) in [
            ("s3://b/a/b.parquet", ErrorKind::Unsupported),
            ("a/b.parquet", ErrorKind::Corrupt),
            ("b.parquet", ErrorKind::Corrupt),
            ("/a/", ErrorKind::Corrupt),
        ] {
            assert_eq!(outside(path).unwrap_err().kind(), kind, "{path}");
        }
    }
}
