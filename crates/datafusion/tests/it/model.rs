//! Upserts against the naive definition: of all rows of a key, the last one written.

use crate::lake::Lake;

/// Rows `first, first + step, …` up to `last`, written by one statement.
struct Write {
    first: i64,
    last: i64,
    step: i64,
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % u64::try_from(bound).unwrap()).unwrap()
    }
}

async fn check(key_columns: &str, key: &str, columns: &str, options: &str, keys: i64, seed: u64) {
    let lake = Lake::new().await;
    lake.run(&format!(
        "CREATE TABLE t ({columns}, version BIGINT, note STRING, PRIMARY KEY ({key_columns}))
         WITH ({options})"
    ))
    .await;
    let mut numbers = Numbers(seed);
    let mut naive = Vec::new();
    for version in 0..6 {
        let first = numbers.below(keys);
        let write = Write {
            first,
            last: first + numbers.below(keys - first) + 1,
            step: 1 + numbers.below(3) * numbers.below(4),
        };
        let rows = format!(
            "SELECT {key}, cast({version} AS BIGINT) AS version,
                    concat('note ', cast(value % 97 AS STRING), ' of {version}') AS note
             FROM generate_series({}, {}, {})",
            write.first, write.last, write.step
        );
        lake.run(&format!("INSERT INTO t {rows}")).await;
        naive.push(rows);
    }
    let naive = format!(
        "SELECT {key_columns}, version, note FROM (
            SELECT *, row_number() OVER (PARTITION BY {key_columns} ORDER BY version DESC) AS n
            FROM ({})) WHERE n = 1",
        naive.join(" UNION ALL ")
    );
    let ours = format!("SELECT {key_columns}, version, note FROM t");
    for workers in [1, 3] {
        lake.run(&format!("SET datafusion.execution.target_partitions = {workers}")).await;
        for (left, right) in [(&ours, &naive), (&naive, &ours)] {
            let missing = lake.rows(&format!("{left} EXCEPT ALL {right} LIMIT 5")).await;
            assert_eq!(missing, Vec::<String>::new(), "seed {seed}, {workers} workers: {left}");
        }
        let count = lake.rows("SELECT count(*) FROM t").await;
        assert_eq!(count, lake.rows(&format!("SELECT count(*) FROM ({naive})")).await);
        let some = "WHERE version IN (1, 3) AND note LIKE '%7 of%'";
        let filtered = lake.rows(&format!("SELECT count(*) FROM t {some}")).await;
        assert_eq!(filtered, lake.rows(&format!("SELECT count(*) FROM ({naive}) {some}")).await);
    }
}

#[tokio::test]
async fn integer_keys() {
    for seed in 0..SEEDS {
        check("id", "value AS id", "id BIGINT", "'bucket' = '1'", 60_000, seed).await;
    }
}

#[tokio::test]
async fn string_keys_in_two_buckets() {
    let key = "concat('k', cast(value * 7919 % 100003 AS STRING)) AS name";
    for seed in 0..SEEDS {
        check("name", key, "name STRING", "'bucket' = '2'", 20_000, seed).await;
    }
}

#[tokio::test]
async fn composite_keys() {
    let key = "cast(value % 5 AS INT) AS a, concat('x', cast(value / 5 AS STRING)) AS b";
    for seed in 0..SEEDS {
        check("a, b", key, "a INT, b STRING", "'bucket' = '1'", 20_000, seed).await;
    }
}

const SEEDS: u64 = 2;
