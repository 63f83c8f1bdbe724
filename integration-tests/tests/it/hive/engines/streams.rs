//! Queries of a table into which Flink streams see what one commit left, never a part of one.

use super::super::session::{rows, run};
use super::site::Site;
use rimon_integration_tests::engine::Kind;
use std::time::{Duration, Instant};

/// Rows of the stream, and how many come in a second.
const ROWS: u64 = 3000;
const RATE: u64 = 400;

#[tokio::test(flavor = "multi_thread")]
async fn we_read_prefixes_of_what_flink_streams() {
    let Some(site) = Site::with(&[Kind::Flink]) else { return };
    let ours = site.session().await;
    run(&ours, "CREATE DATABASE flows").await;
    // Each row of the stream changes one account: it has had `n` rows so far, with the numbers that add up to `s`.
    run(
        &ours,
        "CREATE TABLE flows.accounts (account BIGINT NOT NULL, n BIGINT NOT NULL, s BIGINT, PRIMARY KEY (account)) WITH ('bucket' = '2')",
    )
    .await;
    run(&ours, "CREATE TABLE flows.log (id BIGINT, text STRING) WITH ('bucket' = '-1')").await;
    let mut flink = site.engine(Kind::Flink);
    flink.run(&format!(
        "@stream CREATE TEMPORARY TABLE default_catalog.default_database.numbers (id BIGINT) WITH ('connector' = 'datagen', \
         'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '{ROWS}', 'rows-per-second' = '{RATE}')"
    ));
    let numbers = "default_catalog.default_database.numbers";
    flink.run(&format!(
        "@stream INSERT INTO paimon.flows.accounts SELECT MOD(id, 10), COUNT(*), SUM(id) FROM {numbers} GROUP BY MOD(id, 10)"
    ));
    flink.run(&format!(
        "@stream INSERT INTO paimon.flows.log SELECT id, 'row ' || CAST(id AS STRING) FROM {numbers}"
    ));
    let started = Instant::now();
    let (mut seen, mut between) = ((0, 0), 0);
    while seen != (ROWS, ROWS) {
        assert!(started.elapsed() < Duration::from_secs(240), "the stream stands at {seen:?}");
        let accounts =
            rows(&ours, "SELECT coalesce(sum(n), 0), coalesce(sum(s), 0) FROM flows.accounts")
                .await;
        let log = rows(&ours, "SELECT count(*), coalesce(sum(id), 0), coalesce(max(id), 0), count(DISTINCT text) FROM flows.log").await;
        let (accounts, log) = (numbers_of(&accounts), numbers_of(&log));
        let (n, rows) = (accounts[0], log[0]);
        assert_eq!(accounts, [n, n * (n + 1) / 2], "no prefix of the stream");
        assert_eq!(log, [rows, rows * (rows + 1) / 2, rows, rows], "no prefix of the stream");
        assert!(n >= seen.0 && rows >= seen.1, "{seen:?} were seen, now {n} and {rows}");
        between += usize::from(seen != (n, rows) && n + rows > 0);
        seen = (n, rows);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(between > 4, "{between} states of the tables were seen, which shows little");
    assert_eq!(flink.run("@stop"), ["FINISHED", "FINISHED"]);
    for table in ["accounts", "log"] {
        let query = format!("SELECT * FROM paimon.flows.{table}");
        assert_eq!(flink.run(&query), rows(&ours, &query).await);
    }
    run(&ours, "DROP DATABASE flows CASCADE").await;
}

fn numbers_of(rows: &[String]) -> Vec<u64> {
    rows[0].split('|').map(|n| n.parse().unwrap()).collect()
}
