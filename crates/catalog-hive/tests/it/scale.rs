//! How many calls lists of many tables and partitions take.

#![expect(clippy::print_stderr, reason = "figures of a long run")]

use crate::site::options;
use indexmap::IndexMap;
use rimon_catalog::testing::sample_table;
use rimon_catalog::{Catalog, Identifier};
use rimon_catalog_hive::testing;
use rimon_integration_tests::metastore::{Metastore, Version};
use rimon_integration_tests::proxy::Proxy;
use std::collections::BTreeMap;
use std::time::Instant;

/// Tables; ten times as many partitions. `RIMON_HIVE_SCALE=1000` for the figures of `docs/benchmarks.md`.
fn tables() -> usize {
    std::env::var("RIMON_HIVE_SCALE").map_or(70, |n| n.parse().unwrap())
}

/// Does something; the calls that it took, by method.
macro_rules! counted {
    ($proxy:expr, $what:literal, $does:expr) => {{
        $proxy.calls();
        let started = Instant::now();
        let result = $does.await.unwrap();
        let (calls, took) = ($proxy.calls(), started.elapsed());
        let mut by_method = BTreeMap::<String, usize>::new();
        // Calls longer than what the proxy reads at once go on without a name.
        for call in calls.into_iter().filter(|c| !c.is_empty()) {
            *by_method.entry(call).or_default() += 1;
        }
        eprintln!("{}: {} ms, {by_method:?}", $what, took.as_millis());
        (result, by_method.values().sum::<usize>())
    }};
}

async fn check(version: Version) {
    let Some(metastore) = Metastore::start(version, &[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let proxy = Proxy::before(metastore.port());
    let direct =
        rimon_catalog_hive::connect(options(&metastore.uri(), folder.path())).await.unwrap();
    direct.create_database("many", &IndexMap::new(), false).await.unwrap();
    let started = Instant::now();
    for at in 0..tables() {
        let id = Identifier::new("many", &format!("t{at:05}")).unwrap();
        direct.create_table(&id, sample_table(), false).await.unwrap();
    }
    eprintln!("{version:?}: {} tables were made in {} ms", tables(), started.elapsed().as_millis());

    // Java's batch of 300, and one that shows batches in a small run.
    let mut all = options(&proxy.uri(), folder.path());
    let batch = if tables() < 300 { 30 } else { 300 };
    all.insert("hive.metastore.batch.retrieve.max".to_owned(), batch.to_string());
    let watched = rimon_catalog_hive::connect(all).await.unwrap();
    let (names, calls) = counted!(proxy, "list the tables", watched.list_tables("many"));
    assert_eq!(names.len(), tables());
    assert!(calls <= 2 + tables().div_ceil(batch), "{calls} calls");
    let started = Instant::now();
    assert_eq!(direct.list_tables("many").await.unwrap(), names);
    eprintln!("the same without a proxy: {} ms", started.elapsed().as_millis());
    let id = Identifier::new("many", "t00007").unwrap();
    let (_, calls) = counted!(proxy, "load one table", watched.load_table(&id));
    assert!(calls <= 2, "{calls} calls");

    let id = Identifier::new("many", "parted").unwrap();
    let mut table = sample_table();
    table.partition_keys = vec!["name".to_owned()];
    table.primary_keys = vec!["id".to_owned(), "name".to_owned()];
    table.options.insert("metastore.partitioned-table".to_owned(), "true".to_owned());
    watched.create_table(&id, table, false).await.unwrap();
    let partitions = tables() * 10;
    let values: Vec<Vec<String>> = (0..partitions).map(|n| vec![format!("p {n:06}")]).collect();
    let (_, calls) = counted!(
        proxy,
        "register the partitions",
        testing::add_partitions(&watched, "many", "parted", &values)
    );
    assert!(calls <= 2 + partitions.div_ceil(500), "{calls} calls");
    let (found, calls) =
        counted!(proxy, "list the partitions", testing::partitions(&watched, "many", "parted"));
    assert_eq!(found.len(), partitions);
    assert_eq!(calls, 1);
    let started = Instant::now();
    assert_eq!(testing::partitions(&direct, "many", "parted").await.unwrap(), found);
    eprintln!("the same without a proxy: {} ms", started.elapsed().as_millis());
}

#[tokio::test(flavor = "multi_thread")]
async fn hive_3_lists_with_few_calls() {
    check(Version::Hive3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hive_4_lists_with_few_calls() {
    check(Version::Hive4).await;
}
