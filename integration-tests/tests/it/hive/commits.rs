//! Whatever happens to a call that a commit makes: an acknowledged row is there, a refused one is not, and the
//! metastore has the partitions of the rows without a `repair`.

use std::collections::BTreeSet;

use datafusion::error::Result;
use datafusion::prelude::SessionContext;
use rimon_catalog::Catalog;
use rimon_catalog_hive::testing;
use rimon_datafusion as paimon;
use rimon_integration_tests::metastore::{Metastore, Version};
use rimon_integration_tests::proxy::{Harm, Proxy};

use super::session::{catalog, rows, run, session};

/// Inserts a row into a partition of its own.
async fn insert(context: &SessionContext, id: usize) -> Result<()> {
    let sql = format!("INSERT INTO fault_commit.t VALUES ({id}, 'p{id}')");
    for outcome in paimon::sql(context, &sql).await? {
        if let paimon::Outcome::Rows(frame) = outcome {
            frame.collect().await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_a_commit() {
    let Some(metastore) = Metastore::shared(Version::Hive3) else { return };
    let folder = tempfile::tempdir().unwrap();
    let locks = [
        ("lock.enabled", "true"),
        ("lock-check-max-sleep", "100ms"),
        ("lock-acquire-timeout", "5s"),
    ];
    let proxy = Proxy::before(metastore.port());
    let uri = proxy.uri();
    let timeouts = [("uri", uri.as_str()), ("hive.metastore.client.socket.timeout", "2s")];
    let more: Vec<_> = locks.iter().chain(&timeouts).copied().collect();
    let harmed = session(catalog(metastore, folder.path(), &more).await);
    let direct = session(catalog(metastore, folder.path(), &locks).await);
    run(&direct, "CREATE DATABASE fault_commit").await;
    run(
        &direct,
        "CREATE TABLE fault_commit.t (id INT NOT NULL, p STRING NOT NULL, PRIMARY KEY (id, p)) \
         PARTITIONED BY (p) WITH ('bucket' = '1', 'metastore.partitioned-table' = 'true')",
    )
    .await;

    let mut expected = BTreeSet::new();
    let methods = ["get_table_req", "lock", "check_lock", "add_partitions_req", "unlock"];
    for (id, (method, harm)) in
        methods.iter().flat_map(|m| Harm::ALL.map(|harm| (*m, harm))).enumerate()
    {
        proxy.harm(method, harm);
        let inserted = insert(&harmed, id).await;
        assert!(proxy.done(), "{method} {harm:?}: the call was not made");
        if inserted.is_ok() {
            expected.insert(format!("p{id}"));
        }
        let there = rows(&direct, &format!("SELECT p FROM fault_commit.t WHERE id = {id}")).await;
        assert_eq!(there.len(), usize::from(inserted.is_ok()), "{method} {harm:?}: {inserted:?}");
    }
    assert!(expected.len() >= 2 * Harm::ALL.len(), "too few came through: {expected:?}");

    let direct = catalog(metastore, folder.path(), &[]).await;
    let partitions = testing::partitions(&direct, "fault_commit", "t").await.unwrap();
    let expected: BTreeSet<String> = expected.iter().map(|p| format!("p={p}")).collect();
    assert_eq!(partitions.into_iter().collect::<BTreeSet<_>>(), expected);
    let locks = direct.registry().unwrap().locks(None).await.unwrap();
    let left: Vec<_> = locks.iter().filter(|lock| lock.database == "fault_commit").collect();
    assert!(left.is_empty(), "{left:?}");
}
