//! Directories as Hadoop spells them.

use indexmap::IndexMap;
use rimon_metadata::Storage;
use rimon_spec::{Error, Result};

/// As `org.apache.hadoop.fs.Path` prints it: `file:/a/b`, no slash at the end, none twice.
pub(crate) fn normal(location: &str) -> String {
    let (scheme, rest) = match location.split_once(":/") {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), format!("/{rest}")),
        _ => (None, location.to_owned()),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        Some(after) if scheme.is_some() => match after.split_once('/') {
            Some((host, path)) => (host.to_owned(), format!("/{path}")),
            None => (after.to_owned(), String::new()),
        },
        _ => (String::new(), rest),
    };
    let mut clean = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !clean.ends_with('/') {
            clean.push(c);
        }
    }
    if clean.len() > 1 && clean.ends_with('/') {
        clean.pop();
    }
    match (scheme, authority.is_empty()) {
        (None, _) => clean,
        (Some(scheme), true) => format!("{scheme}:{clean}"),
        (Some(scheme), false) => format!("{scheme}://{authority}{clean}"),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// The directory `name` below `base`.
pub(crate) fn child(base: &str, name: &str) -> String {
    format!("{}/{name}", normal(base).trim_end_matches('/'))
}

/// The warehouse, absolute: a relative path is one of this process, which the server does not share.
pub(crate) fn warehouse(text: &str, options: &IndexMap<String, String>) -> Result<String> {
    if text.starts_with('/') || text.contains(":/") {
        // Opened to refuse stores that this build does not have before anything is made.
        Storage::open(text, options)?;
        return Ok(normal(text));
    }
    Ok(normal(Storage::open(text, options)?.url()))
}

/// The directory that a metastore names.
///
/// # Errors
/// As [`Storage::open`], naming the object.
pub(crate) fn open(
    location: &str,
    options: &IndexMap<String, String>,
    object: &str,
) -> Result<Storage> {
    Storage::open(location, options).map_err(|e| {
        let e = e.with("object", object).with("location", location.escape_debug());
        if e.hint().is_some() { e } else { e.with_hint("the location comes from the metastore") }
    })
}

/// Whether two spellings mean one directory.
pub(crate) fn same(one: &str, other: &str) -> bool {
    let bare = |l: &str| {
        let l = normal(l);
        l.strip_prefix("file:").map(str::to_owned).unwrap_or(l)
    };
    bare(one) == bare(other)
}

/// An object that must say where it is and does not.
pub(crate) fn missing(object: &str, server: &str) -> Error {
    Error::corrupt("the metastore names no location of it")
        .with("object", object)
        .with("metastore", server)
        .with_hint(
            "location-in-properties=true takes the location from its parameter paimon_location",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_hadoop_prints_paths() {
        for (given, printed) in [
            ("file:///a//b/", "file:/a/b"),
            ("file:/a", "file:/a"),
            ("/a/b/", "/a/b"),
            ("/", "/"),
            ("hdfs://nn:8020//x/y", "hdfs://nn:8020/x/y"),
            ("a:b/c", "a:b/c"),
        ] {
            assert_eq!(normal(given), printed);
        }
        assert_eq!(child("file:///w/", "d.db"), "file:/w/d.db");
        assert!(same("file:///w/t", "/w//t/"));
        assert!(!same("file:/w/t", "file:/w/u"));
    }
}
