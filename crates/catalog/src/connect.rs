//! From options to a catalog: `CatalogFactory.java`, `CatalogOptions.java`.

use crate::{Catalog, FilesystemCatalog, FilesystemOptions};
use indexmap::IndexMap;
use rimon_metadata::Storage;
use rimon_spec::{Error, Result};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

const WAREHOUSE: &str = "warehouse";
const METASTORE: &str = "metastore";
const TABLE_DEFAULT: &str = "table-default.";

/// Opens the catalog that the options describe:
///
/// - `warehouse`: path or URL of the directory, needed;
/// - `metastore`: `filesystem`, the default;
/// - `table-default.<key>`: the option `<key>` of new tables that do not have it;
/// - `fs.local.fsync`: `commit` (default) or `off`.
///
/// Nothing is created yet. A local warehouse that does not exist is made with its first table, if
/// the directory above it exists.
///
/// # Errors
/// `Invalid` for unknown options, by name, and for bad values; `Unsupported` for metastores and
/// storages of later builds, by name; `NotFound` if the warehouse cannot come to be.
pub async fn connect<I, K, V>(options: I) -> Result<Arc<dyn Catalog>>
where
    I: IntoIterator<Item = (K, V)>,
    K: Into<String>,
    V: Into<String>,
{
    let mut warehouse = None;
    let mut storage_options = IndexMap::new();
    let mut filesystem = FilesystemOptions::default();
    for (key, value) in options {
        let (key, value) = (key.into(), value.into());
        match key.as_str() {
            WAREHOUSE => warehouse = Some(value),
            METASTORE => check_metastore(&value)?,
            _ if key.starts_with("fs.local.") => {
                storage_options.insert(key, value);
            }
            _ => match key.strip_prefix(TABLE_DEFAULT).filter(|k| !k.is_empty()) {
                Some(option) => {
                    filesystem.table_defaults.insert(option.to_owned(), value);
                }
                None => return Err(unknown(&key)),
            },
        }
    }
    let warehouse = warehouse.ok_or_else(|| {
        Error::invalid("a catalog needs the option 'warehouse'")
            .with_hint("give the directory of the tables, for example warehouse=./warehouse")
    })?;
    let storage = Storage::open(&warehouse, &storage_options)?;
    check_warehouse(&storage)?;
    Ok(Arc::new(FilesystemCatalog::new(storage, filesystem)))
}

fn unknown(key: &str) -> Error {
    Error::invalid(format!("unknown catalog option '{key}'")).with_hint(
        "options: warehouse, metastore, table-default.<option of tables>, fs.local.fsync",
    )
}

fn check_metastore(name: &str) -> Result<()> {
    match name {
        "filesystem" => Ok(()),
        "hive" => Err(Error::unsupported("metastore 'hive' is not in this crate")
            .with_hint("open it with rimon_catalog_hive, or with rimon::catalog::connect")),
        "jdbc" | "rest" => {
            Err(Error::unsupported(format!("metastore '{name}' needs a later build"))
                .with_hint("this one has metastore=filesystem and metastore=hive"))
        }
        _ => Err(Error::invalid(format!("unknown metastore '{name}'"))
            .with_hint("this build has metastore=filesystem and metastore=hive")),
    }
}

/// A local warehouse is a directory, or can be made in one.
fn check_warehouse(storage: &Storage) -> Result<()> {
    let Some(dir) = storage.local_dir() else { return Ok(()) };
    if dir.is_dir() {
        return Ok(());
    }
    if dir.exists() {
        return Err(
            Error::invalid("the warehouse is not a directory").with("warehouse", dir.display())
        );
    }
    match dir.parent() {
        Some(parent) if parent.is_dir() => Ok(()),
        _ => Err(Error::not_found("neither the warehouse nor the directory above it exists")
            .with("warehouse", dir.display())),
    }
}

/// Milliseconds since the epoch.
pub(crate) fn system_clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
