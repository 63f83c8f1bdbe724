//! From a URL or path to a place, and what only local directories can do.

use super::parse_path;
use crate::failure::of_io;
use indexmap::IndexMap;
use object_store::memory::InMemory;
use object_store::path::Path as StorePath;
use rimon_spec::{Error, Result};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, Weak};

/// Where a URL or path leads.
pub(super) enum Location {
    /// An absolute, normalised path.
    Local(PathBuf),
    /// A store in memory.
    Memory {
        /// Shared by name.
        store: Arc<InMemory>,
        /// Path in it.
        root: StorePath,
    },
}

/// The option `fs.local.fsync`; any other key is refused.
pub(super) fn fsync_option(options: &IndexMap<String, String>) -> Result<bool> {
    let mut sync = true;
    for (key, value) in options {
        match (key.as_str(), value.as_str()) {
            ("fs.local.fsync", "commit") => sync = true,
            ("fs.local.fsync", "off") => sync = false,
            ("fs.local.fsync", _) => {
                return Err(
                    Error::invalid("fs.local.fsync must be 'commit' or 'off'").with("value", value)
                );
            }
            _ => return Err(Error::invalid("unknown storage option").with("option", key)),
        }
    }
    Ok(sync)
}

/// Resolves `location`; schemes that this build does not have are refused by name.
pub(super) fn parse(location: &str) -> Result<Location> {
    if location.trim().is_empty() {
        return Err(Error::invalid("an empty path"));
    }
    match scheme(location) {
        None => absolute(Path::new(location)).map(Location::Local),
        Some("file") => absolute(&file_path(location)?).map(Location::Local),
        Some("memory") => memory(location),
        Some(other) => Err(Error::unsupported(format!(
            "the storage scheme '{other}' needs a later build; this one has local paths, file: and memory:"
        ))
        .with("location", without_secrets(location))),
    }
}

/// The scheme of a URL: `name:/…`; a plain path may contain colons elsewhere.
fn scheme(location: &str) -> Option<&str> {
    let (scheme, rest) = location.split_once(':')?;
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    (named && rest.starts_with('/')).then_some(scheme)
}

/// A location as it may be shown: no user information, no query.
fn without_secrets(location: &str) -> String {
    let head = location.split(['?', '#']).next().unwrap_or_default();
    match head.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}/{path}")
        }
        None => head.to_owned(),
    }
}

/// The path of a `file:` URL, taken as it is, as Java's `Path` does: `file:/a b%20c` names a
/// directory with a space and a percent sign.
fn file_path(location: &str) -> Result<PathBuf> {
    let rest = location.strip_prefix("file:").unwrap_or(location);
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(after) if after.starts_with('/') => after,
        Some(after) => match after.strip_prefix("localhost/") {
            Some(_) => after.trim_start_matches("localhost"),
            None => {
                return Err(Error::invalid("a file URL must not name another host")
                    .with("location", location));
            }
        },
    };
    Ok(PathBuf::from(path))
}

/// `file://` and the path as it is: Java reads it back the same way.
pub(super) fn file_url(dir: &Path) -> Result<String> {
    let text = dir.to_str().ok_or_else(|| Error::invalid("the path is not UTF-8"))?;
    Ok(format!("file://{text}"))
}

/// Absolute against the current directory, `.` and `..` resolved by name, as Java does.
fn absolute(path: &Path) -> Result<PathBuf> {
    let full = std::path::absolute(path).map_err(|e| of_io(e, "resolve", path.display()))?;
    let mut normal = PathBuf::new();
    for part in full.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    Ok(normal)
}

fn memory(location: &str) -> Result<Location> {
    static STORES: OnceLock<Mutex<HashMap<String, Weak<InMemory>>>> = OnceLock::new();
    let rest = location.trim_start_matches("memory:").trim_start_matches('/');
    let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
    let root = parse_path(path)?;
    if name.is_empty() {
        return Ok(Location::Memory { store: Arc::default(), root });
    }
    let mut stores = match STORES.get_or_init(Mutex::default).lock() {
        Ok(stores) => stores,
        Err(poisoned) => poisoned.into_inner(),
    };
    let held = stores.get(name).and_then(Weak::upgrade);
    let store = held.unwrap_or_else(|| {
        let store = Arc::new(InMemory::new());
        stores.insert(name.to_owned(), Arc::downgrade(&store));
        store
    });
    Ok(Location::Memory { store, root })
}
