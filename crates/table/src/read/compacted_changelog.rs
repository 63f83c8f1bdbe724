//! Changelog files of several buckets put together into one object: `CompactedChangelogPathResolver.java`.
//!
//! The object is in the directory of the first bucket, named `compacted-changelog-<id>$<bucket>-<length>.cc-<format>`
//! after its first part. The other parts are known by names of files that do not exist:
//! `compacted-changelog-<id>$<bucket>-<length>-<offset>-<length of the part>.cc-<format>`.

use rimon_spec::{Error, Result};

const PREFIX: &str = "compacted-changelog-";

/// Where a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The object, relative to the table.
    pub(super) path: String,
    /// The first byte.
    pub(super) offset: u64,
    /// Bytes.
    pub(super) length: u64,
}

/// The part that `name` in `directory` stands for; `None` for a file of another kind.
///
/// # Errors
/// `Corrupt` for a name of this kind that cannot be read.
pub(super) fn part(directory: &str, name: &str) -> Result<Option<Part>> {
    if !name.starts_with(PREFIX) {
        return Ok(None);
    }
    let found = parse(directory, name);
    found.map(Some).ok_or_else(|| {
        Error::corrupt("the name of a compacted changelog file cannot be read").with("file", name)
    })
}

fn parse(directory: &str, name: &str) -> Option<Part> {
    let (stem, format) = name.split_once('.')?;
    let (id, place) = stem.split_once('$')?;
    let numbers: Vec<u64> =
        place.split('-').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    match numbers.as_slice() {
        [_, length] => {
            Some(Part { path: format!("{directory}/{name}"), offset: 0, length: *length })
        }
        [bucket, first, offset, length] => {
            let parent = directory.rsplit_once('/').map_or("", |(parent, _)| parent);
            let slash = if parent.is_empty() { "" } else { "/" };
            let path = format!("{parent}{slash}bucket-{bucket}/{id}${bucket}-{first}.{format}");
            Some(Part { path, offset: *offset, length: *length })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts_lead_to_the_object() {
        let of = |directory, name| part(directory, name).unwrap();
        assert_eq!(of("bucket-0", "changelog-1.parquet"), None);
        let first = "compacted-changelog-x-y$3-100.cc-parquet";
        let expected = Part { path: format!("p=1/bucket-3/{first}"), offset: 0, length: 100 };
        assert_eq!(of("p=1/bucket-3", first), Some(expected.clone()));
        let later = "compacted-changelog-x-y$3-100-100-40.cc-parquet";
        let later = of("p=1/bucket-7", later).unwrap();
        assert_eq!(later, Part { offset: 100, length: 40, ..expected });
        assert_eq!(
            of("bucket-7", "compacted-changelog-x$0-9-9-4.cc-orc").unwrap().path,
            "bucket-0/compacted-changelog-x$0-9.cc-orc"
        );
        for bad in [
            "compacted-changelog-x",
            "compacted-changelog-x$1.cc-orc",
            "compacted-changelog-x$a-1.cc-orc",
        ] {
            assert!(part("bucket-0", bad).is_err(), "{bad}");
        }
    }
}
