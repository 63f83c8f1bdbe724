//! A scan of an append table next to DataFusion's own scan of the same files.

use std::path::PathBuf;

use crate::measure::{compare, say};
use crate::tables::{
    APPEND_COLUMNS, append_rows, context, execute, maxima, register_plain, session,
};
use crate::{Args, Result};

const ROWS: usize = 5_000_000;

pub(crate) async fn run(args: &Args) -> Result<()> {
    let (dir, name) = table(args).await?;
    let session = session(args, &dir).await?;
    let plain = context(args);
    let directory = dir.join("b.db").join(&name);
    register_plain(&plain, &directory).await?;
    say(&format!("table {}", directory.display()))?;
    let (count, all) = maxima(&session, &format!("paimon.b.{name}")).await?;
    let of_all = format!("max of all {count}");
    let cases = [
        ("sum, max, distinct of 3", "SELECT SUM(price), MAX(qty), COUNT(DISTINCT city) FROM"),
        ("sum, max, count of 3", "SELECT SUM(price), MAX(qty), COUNT(k) FROM"),
        (of_all.as_str(), all.as_str()),
        ("count(*)", "SELECT COUNT(*) FROM"),
        ("one column, sum", "SELECT SUM(qty) FROM"),
    ];
    for (what, select) in cases {
        let (a, b) = (format!("{select} paimon.b.{name}"), format!("{select} plain"));
        compare(args, what, (&session, &a), (&plain, &b), "1.05").await?;
    }
    let condition = "WHERE id BETWEEN 4000000 AND 4000100";
    let a = format!("SELECT SUM(price) FROM paimon.b.{name} {condition}");
    let b = format!("SELECT SUM(price) FROM plain {condition}");
    compare(args, "100 neighbouring ids", (&session, &a), (&plain, &b), "1.05").await
}

async fn table(args: &Args) -> Result<(PathBuf, String)> {
    if let Some(table) = &args.table {
        let name = table.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let warehouse = table.parent().and_then(|db| db.parent());
        return Ok((warehouse.ok_or("--table must be WAREHOUSE/b.db/TABLE")?.into(), name));
    }
    let dir = args.dir.join("append_scan");
    if !dir.join("b.db/app").exists() {
        let session = session(args, &dir).await?;
        execute(&session, "CREATE DATABASE IF NOT EXISTS b").await?;
        execute(&session, &format!("CREATE TABLE b.app ({APPEND_COLUMNS})")).await?;
        execute(&session, &format!("INSERT INTO b.app {}", append_rows(ROWS))).await?;
    }
    Ok((dir, "app".to_owned()))
}
