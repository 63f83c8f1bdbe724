//! Filters on values of a merge-on-read table next to its full read.

use std::path::PathBuf;

use crate::measure::{compare, query, say};
use crate::tables::{PK_COLUMNS, context, execute, maxima, register_plain, session};
use crate::{Args, Result};

const RUNS: usize = 8;

pub(crate) async fn run(args: &Args) -> Result<()> {
    let dir = table(args).await?;
    let session = session(args, &dir).await?;
    let (count, all) = maxima(&session, "paimon.b.pk").await?;
    let full = format!("{all} paimon.b.pk");
    let time = |id: i64| {
        format!("arrow_cast({}, 'Timestamp(Millisecond, None)')", 1_700_000_000_000 + id * 1000)
    };
    let times: Vec<String> = (0..10).map(|i| time(77_777 + i * 200_000)).collect();
    let filters = [
        (
            "1 % of the times, clustered",
            "ts >= TIMESTAMP '2023-11-20 00:00:00' AND ts < TIMESTAMP '2023-11-20 05:33:20'"
                .to_owned(),
        ),
        ("10 rows by their times", format!("ts IN ({})", times.join(", "))),
        ("10 rows by their name", "name = 'name_77777'".to_owned()),
    ];
    say(&format!("max of all {count} with the filter ('rimon') and without ('plain')"))?;
    for (what, filter) in filters {
        let sql = format!("{full} WHERE {filter}");
        let count = format!("SELECT COUNT(*) FROM paimon.b.pk WHERE {filter}");
        say(&query(&session, &count).await?.1)?;
        compare(args, what, (&session, &sql), (&session, &full), "0.25").await?;
    }
    // What reading the column of the filter alone costs without any merge.
    let plain = context(args);
    register_plain(&plain, &dir.join("b.db/pk")).await?;
    let (one, all) =
        ("SELECT COUNT(*) FROM plain WHERE name = 'name_77777'", format!("{all} plain"));
    compare(args, "by name over plain files", (&plain, one), (&plain, &all), "none").await?;
    Ok(())
}

/// 8 overlapping runs × 500 K rows over 2 M keys; times rise with the keys, each name has 10 keys.
async fn table(args: &Args) -> Result<PathBuf> {
    let dir = args.dir.join("mor_filter");
    if dir.join("b.db/pk").exists() {
        return Ok(dir);
    }
    let session = session(args, &dir).await?;
    execute(&session, "CREATE DATABASE IF NOT EXISTS b").await?;
    let create = format!("CREATE TABLE b.pk ({PK_COLUMNS}) WITH ('bucket' = '1')");
    execute(&session, &create).await?;
    for run in 0..RUNS {
        let insert = format!(
            "INSERT INTO b.pk SELECT id, CAST(value % 1000 AS INT) AS k, \
             CAST((value * 7919) % 100000 AS DOUBLE) / 100.0 AS price, CAST({run} AS INT) AS qty, \
             concat('name_', CAST(id % 200000 AS VARCHAR)) AS name, \
             concat('city_', CAST(value % 500 AS VARCHAR)) AS city, \
             arrow_cast(1700000000000 + id * 1000, 'Timestamp(Millisecond, None)') AS ts \
             FROM (SELECT value, (value * 2654435761 + {run} * 7919) % 2000003 AS id \
             FROM generate_series(1, 500000))"
        );
        execute(&session, &insert).await?;
    }
    Ok(dir)
}
