//! A Hive site for a test: a metastore, a warehouse, a database.

use indexmap::IndexMap;
use rimon_catalog::Catalog;
use rimon_catalog_hive::HiveCatalog;
use rimon_integration_tests::metastore::{Metastore, Version};
use std::path::Path;
use tempfile::TempDir;

/// A warehouse of its own on the shared metastore.
pub(crate) struct Site {
    pub(crate) metastore: &'static Metastore,
    folder: TempDir,
}

impl Site {
    /// `None` where Hive cannot be had: the test is skipped.
    pub(crate) fn new(version: Version) -> Option<Self> {
        let metastore = Metastore::shared(version)?;
        Some(Self { metastore, folder: tempfile::tempdir().unwrap() })
    }

    pub(crate) fn warehouse(&self) -> &Path {
        self.folder.path()
    }

    /// The options of a catalog here.
    pub(crate) fn options(&self) -> IndexMap<String, String> {
        options(&self.metastore.uri(), self.warehouse())
    }

    pub(crate) async fn catalog(&self) -> HiveCatalog {
        self.catalog_with(&[]).await
    }

    pub(crate) async fn catalog_with(&self, more: &[(&str, &str)]) -> HiveCatalog {
        let mut options = self.options();
        options.extend(more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        rimon_catalog_hive::connect(options).await.unwrap()
    }

    /// A catalog with the database `name`, made anew.
    pub(crate) async fn with_database(&self, name: &str) -> HiveCatalog {
        let catalog = self.catalog().await;
        catalog.create_database(name, &IndexMap::new(), false).await.unwrap();
        catalog
    }
}

/// The options of a catalog.
pub(crate) fn options(uri: &str, warehouse: &Path) -> IndexMap<String, String> {
    let pairs = [("uri", uri.to_owned()), ("warehouse", warehouse.to_str().unwrap().to_owned())];
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}
