//! Merge-on-read of a deduplicate table: 8 overlapping runs × 500 K rows over 2 M keys in one bucket.

use std::path::PathBuf;

use crate::measure::{compare, query, say};
use crate::tables::{PK_COLUMNS, context, execute, maxima, pk_rows, register_plain, session};
use crate::{Args, Result};

const RUNS: usize = 8;

const THREE: &str = "SELECT SUM(price), MAX(qty), COUNT(DISTINCT city) FROM";
const THREE_PRICES: &str = "SELECT SUM(price), MAX(qty), COUNT(k) FROM";

pub(crate) async fn run(args: &Args) -> Result<()> {
    let (dir, name) = table(args).await?;
    let session = session(args, &dir).await?;
    let ours = &session;
    let plain = context(args);
    let directory = dir.join("b.db").join(&name);
    register_plain(&plain, &directory).await?;
    let (rows, _) = (query(ours, &format!("SELECT COUNT(*) FROM paimon.b.{name}")).await?.1, ());
    say(&format!("table {}\n{rows}", directory.display()))?;
    let (count, all) = maxima(ours, &format!("paimon.b.{name}")).await?;
    let of_all = format!("max of all {count}");
    let cases = [
        ("sum, max, distinct of 3", THREE, "1.6 (own files), 2.2 (Java's)"),
        ("sum, max, count of 3", THREE_PRICES, "1.6 (own files), 2.2 (Java's)"),
        (of_all.as_str(), all.as_str(), "1.25 (own files), 1.4 (Java's)"),
    ];
    for (what, select, goal) in cases {
        let (a, b) = (format!("{select} paimon.b.{name}"), format!("{select} plain"));
        compare(args, what, (ours, &a), (&plain, &b), goal).await?;
    }
    let (a, b) =
        (format!("SELECT COUNT(*) FROM paimon.b.{name}"), "SELECT SUM(_VALUE_KIND) FROM plain");
    let b = b.replace("_VALUE_KIND", "\"_VALUE_KIND\"");
    compare(args, "COUNT(*) / one tiny column", (ours, &a), (&plain, &b), "none").await
}

/// The warehouse and name of the table to read; writes it when it is not there.
async fn table(args: &Args) -> Result<(PathBuf, String)> {
    if let Some(table) = &args.table {
        let name = table.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let warehouse = table.parent().and_then(|db| db.parent());
        return Ok((warehouse.ok_or("--table must be WAREHOUSE/b.db/TABLE")?.into(), name));
    }
    let dir = args.dir.join("mor_dedup");
    if !dir.join("b.db/pk").exists() {
        let session = session(args, &dir).await?;
        execute(&session, "CREATE DATABASE IF NOT EXISTS b").await?;
        let create = format!("CREATE TABLE b.pk ({PK_COLUMNS}) WITH ('bucket' = '1')");
        execute(&session, &create).await?;
        for run in 0..RUNS {
            execute(&session, &format!("INSERT INTO b.pk {}", pk_rows(run))).await?;
        }
    }
    Ok((dir, "pk".to_owned()))
}
