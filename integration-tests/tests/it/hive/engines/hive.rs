//! Hive reads what we write, and filters it by partition. (Partitions whose values are escaped in their paths are hidden
//! from it, those of Java too.)

use super::super::session::{rows, run, session};
use super::site::Site;
use rimon_catalog::Catalog;
use rimon_catalog_hive::testing;
use rimon_integration_tests::engine::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn hive_reads_and_filters_our_partitions() {
    let Some(site) = Site::with(&[Kind::Hive]) else { return };
    let ours = site.session().await;
    run(&ours, "CREATE DATABASE seen").await;
    run(
        &ours,
        "CREATE TABLE seen.orders (id INT NOT NULL, item STRING, price DECIMAL(10, 2), day STRING NOT NULL, shop INT NOT NULL, \
         PRIMARY KEY (id, day, shop)) PARTITIONED BY (day, shop) WITH ('bucket' = '2', 'metastore.partitioned-table' = 'true')",
    )
    .await;
    run(
        &ours,
        "INSERT INTO seen.orders VALUES (1, 'pen', 1.50, '2026-01-01', 1), (2, 'ink', NULL, '2026-01-01', 2), \
         (3, NULL, 3.25, '2026-01-02', 1), (4, 'x|y', -0.01, '2026-02-03', 2)",
    )
    .await;
    run(&ours, "INSERT INTO seen.orders VALUES (1, 'pencil', 2.50, '2026-01-01', 1)").await;
    let mut hive = site.engine(Kind::Hive);
    assert_eq!(hive.run("SHOW TABLES IN seen"), ["orders"]);
    assert_eq!(
        hive.run("SHOW PARTITIONS seen.orders"),
        [
            "day=2026-01-01/shop=1",
            "day=2026-01-01/shop=2",
            "day=2026-01-02/shop=1",
            "day=2026-02-03/shop=2",
        ]
    );
    for (condition, count) in [
        ("id > 0", 4),
        ("price > 2", 2),
        ("day = '2026-01-01'", 2),
        ("day = '2026-01-01' AND shop = 2", 1),
        ("shop IN (1, 3) AND day <> '2026-01-02'", 1),
        ("day > '2026-01-01' OR item = 'ink'", 3),
        ("day = '2026-02-03'", 1),
        ("day = 'never'", 0),
    ] {
        let query = format!("SELECT * FROM seen.orders WHERE {condition}");
        let read = hive.run(&query);
        assert_eq!(read, rows(&ours, &query).await, "{query}");
        assert_eq!(read.len(), count, "{query}");
    }
    let counts = "SELECT shop, count(*), sum(price) FROM seen.orders GROUP BY shop";
    assert_eq!(hive.run(counts), rows(&ours, counts).await);

    run(&ours, "ALTER TABLE seen.orders DROP PARTITION (day = '2026-01-01', shop = 1)").await;
    run(&ours, "ALTER TABLE seen.orders ADD COLUMN note STRING").await;
    let read = hive.run("SELECT id, note FROM seen.orders WHERE day < '2026-01-31'");
    assert_eq!(read, ["2|NULL", "3|NULL"]);
    assert_eq!(hive.run("SHOW PARTITIONS seen.orders").len(), 3);
    run(&ours, "DROP DATABASE seen CASCADE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hive_reads_our_managed_and_external_tables_and_drops_them() {
    let Some(site) = Site::with(&[Kind::Hive]) else { return };
    let managed = site.session().await;
    let catalog = site.catalog(&[("table.type", "external")]).await;
    let external = session(site.catalog(&[("table.type", "external")]).await);
    run(&managed, "CREATE DATABASE kept").await;
    let columns =
        "(a INT, b BIGINT, c DOUBLE, d BOOLEAN, e DATE, f STRING, g DECIMAL(20, 4), h TINYINT)";
    run(&managed, &format!("CREATE TABLE kept.inside {columns}")).await;
    run(&external, &format!("CREATE TABLE kept.outside {columns}")).await;
    let mut hive = site.engine(Kind::Hive);
    for (context, table) in [(&managed, "kept.inside"), (&external, "kept.outside")] {
        let values = "(1, 12345678901, 2.5, true, DATE '2026-02-28', 'ä', 1.2500, -1), (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL)";
        run(context, &format!("INSERT INTO {table} VALUES {values}")).await;
        let expected = [
            "1|12345678901|2.5|true|2026-02-28|ä|1.2500|-1".to_owned(),
            format!("2{}", "|NULL".repeat(7)),
        ];
        assert_eq!(hive.run(&format!("SELECT * FROM {table}")), expected);
        assert_eq!(hive.run(&format!("SELECT a FROM {table} WHERE e > '2026-01-01'")), ["1"]);
    }
    hive.run(
        "INSERT INTO kept.inside SELECT a + 10, b, c, d, e, 'of Hive', g, h FROM kept.outside",
    );
    let expected = ["11|of Hive|2026-02-28", "12|of Hive|NULL", "1|ä|2026-02-28", "2|NULL|NULL"];
    assert_eq!(rows(&managed, "SELECT a, f, e FROM kept.inside").await, expected);

    // Dropping is by the type: Hive takes the files of a managed table along.
    let folder = site.warehouse().join("kept.db");
    let object = testing::object(&catalog, "kept", "outside").await.unwrap();
    assert!(object.lines.iter().any(|l| l.contains("EXTERNAL_TABLE")), "{object:?}");
    hive.run("DROP TABLE kept.inside");
    hive.run("DROP TABLE kept.outside");
    assert!(catalog.list_tables("kept").await.unwrap().is_empty());
    assert!(!folder.join("inside").exists() && folder.join("outside/snapshot").exists());
    // Hive registers what is there, and we see it.
    let location = folder.join("outside");
    hive.run(&format!(
        "CREATE EXTERNAL TABLE kept.again STORED BY 'org.apache.paimon.hive.PaimonStorageHandler' LOCATION '{}'",
        location.display()
    ));
    assert_eq!(rows(&managed, "SELECT a, f FROM kept.again").await, ["1|ä", "2|NULL"]);
    run(&managed, "INSERT INTO kept.again (a, f) VALUES (3, 'more')").await;
    assert_eq!(hive.run("SELECT a, f FROM kept.again"), ["1|ä", "2|NULL", "3|more"]);
    run(&managed, "DROP DATABASE kept CASCADE").await;
}
