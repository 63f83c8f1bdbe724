//! The suite that every catalog passes, on empty metastores.

use crate::site::options;
use rimon_catalog::testing::{Names, contract_with};
use rimon_integration_tests::metastore::{Metastore, Version};
use std::sync::Arc;

async fn check(version: Version, more: &[(&str, &str)]) {
    let Some(metastore) = Metastore::start(version, &[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(&metastore.uri(), folder.path());
    options.extend(more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    let catalog = rimon_catalog_hive::connect(options).await.unwrap();
    contract_with(Arc::new(catalog), Names::PLAIN).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn hive_3() {
    check(Version::Hive3, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hive_4() {
    check(Version::Hive4, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_locks() {
    check(
        Version::Hive3,
        &[("lock.enabled", "true"), ("lock-check-max-sleep", "200 ms"), ("client-pool-size", "5")],
    )
    .await;
}
