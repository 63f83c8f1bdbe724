//! Locks: waiting, signs of life, ghosts, breaking.

use crate::site::Site;
use rimon_catalog::testing::sample_table;
use rimon_catalog::{Catalog, Identifier};
use rimon_catalog_hive::testing;
use rimon_integration_tests::metastore::{Metastore, Version};
use rimon_spec::ErrorKind;
use std::time::{Duration, Instant};

const LOCKED: &[(&str, &str)] = &[
    ("lock.enabled", "true"),
    ("lock-check-max-sleep", "100 ms"),
    ("lock-acquire-timeout", "1 s"),
];

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_too_long_is_told_who_holds_the_lock() {
    for version in Version::ALL {
        let Some(site) = Site::new(version) else { return };
        site.with_database("locks").await;
        let catalog = site.catalog_with(LOCKED).await;
        let id: Identifier = "locks.t".parse().unwrap();
        let held = testing::lock(&catalog, "locks", "t", "Unknown").await.unwrap();
        let started = Instant::now();
        let e = catalog.create_table(&id, sample_table(), false).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Unavailable, "{e}");
        assert!(e.to_string().contains(&format!("lock {held} of ")), "{e}");
        assert!(started.elapsed() < Duration::from_secs(10));
        assert!(!site.warehouse().join("locks.db/t").exists(), "nothing was written");

        let registry = catalog.registry().unwrap();
        let shown = registry.locks(Some(&id)).await.unwrap();
        assert_eq!(shown.iter().map(|l| (l.id, l.state)).collect::<Vec<_>>(), [(held, "acquired")]);
        let missing = registry.break_lock(held + 1000).await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound, "{missing}");
        registry.break_lock(held).await.unwrap();
        catalog.create_table(&id, sample_table(), false).await.unwrap();
        assert!(registry.locks(None).await.unwrap().iter().all(|l| l.database != "locks"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lock_of_a_process_that_ended_is_given_back() {
    let Some(site) = Site::new(Version::Hive3) else { return };
    site.with_database("ghosts").await;
    let catalog = site.catalog_with(LOCKED).await;
    testing::lock(&catalog, "ghosts", "t", &testing::agent_of_the_dead()).await.unwrap();
    let id: Identifier = "ghosts.t".parse().unwrap();
    catalog.create_table(&id, sample_table(), false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_used_outlives_the_timeout() {
    let Some(metastore) = Metastore::start(
        Version::Hive3,
        &["metastore.txn.timeout=3s", "metastore.timedout.txn.reaper.interval=1s"],
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut options = crate::site::options(&metastore.uri(), folder.path());
    options.extend(LOCKED.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    options.insert("hive.txn.timeout".to_owned(), "3s".to_owned());
    let catalog = rimon_catalog_hive::connect(options).await.unwrap();
    // Alive by its signs of life, and gone without them.
    assert!(testing::outlives(&catalog, Duration::from_secs(8)).await.unwrap());
    testing::lock(&catalog, "default", "silent", "Unknown").await.unwrap();
    tokio::time::sleep(Duration::from_secs(8)).await;
    let left = catalog.registry().unwrap().locks(None).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}
