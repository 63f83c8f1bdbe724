//! Merge-on-read of partial-update and aggregation tables: 8 overlapping runs × 500 K rows over 2 M keys in one bucket.

use std::path::PathBuf;

use crate::measure::{compare, query, say};
use crate::tables::{PK_COLUMNS, context, execute, maxima, pk_rows, register_plain, session};
use crate::{Args, Result};

const RUNS: usize = 8;

const GOAL: &str = "2.0";

/// A merge engine with what its tables are made of.
pub(crate) struct Engine {
    pub(crate) options: &'static str,
    shapes: &'static [Shape],
}

/// The rows of a table.
struct Shape {
    /// Name of the folder.
    name: &'static str,
    /// Columns of a run's rows: `{rows}` stands for [`pk_rows`], `{run}` for its number.
    rows: &'static str,
}

/// Each run brings all columns, as in the table of `mor_dedup`, or a third of them.
pub(crate) const PARTIAL_UPDATE: Engine = Engine {
    options: "'merge-engine' = 'partial-update'",
    shapes: &[
        Shape { name: "mor_partial_update", rows: "{rows}" },
        Shape { name: "mor_partial_update_thirds", rows: THIRDS },
    ],
};

const THIRDS: &str = "SELECT id, CASE WHEN {run} % 3 = 0 THEN k END AS k, CASE WHEN {run} % 3 = 0 THEN price END AS price, \
           CASE WHEN {run} % 3 = 1 THEN qty END AS qty, CASE WHEN {run} % 3 = 1 THEN name END AS name, \
           CASE WHEN {run} % 3 = 2 THEN city END AS city, CASE WHEN {run} % 3 = 2 THEN ts END AS ts FROM ({rows})";

/// Numbers are summed, a greatest and a least are kept, of the rest the last.
pub(crate) const AGGREGATION: Engine = Engine {
    options: "'merge-engine' = 'aggregation', 'fields.k.aggregate-function' = 'max', \
              'fields.price.aggregate-function' = 'sum', 'fields.qty.aggregate-function' = 'sum', \
              'fields.ts.aggregate-function' = 'min'",
    shapes: &[Shape { name: "mor_aggregation", rows: "{rows}" }],
};

const THREE: &str = "SELECT SUM(price), MAX(qty), COUNT(DISTINCT city) FROM";
const THREE_PRICES: &str = "SELECT SUM(price), MAX(qty), COUNT(k) FROM";

pub(crate) async fn run(args: &Args, engine: &Engine) -> Result<()> {
    for shape in engine.shapes {
        read(args, engine, shape).await?;
    }
    Ok(())
}

async fn read(args: &Args, engine: &Engine, shape: &Shape) -> Result<()> {
    let dir = table(args, engine, shape).await?;
    let session = session(args, &dir).await?;
    let plain = context(args);
    register_plain(&plain, &dir.join("b.db/pk")).await?;
    let rows = query(&session, "SELECT COUNT(*) FROM paimon.b.pk").await?.1;
    say(&format!("table {}\n{rows}", dir.display()))?;
    let (count, all) = maxima(&session, "paimon.b.pk").await?;
    let of_all = format!("max of all {count}");
    let cases = [
        ("sum, max, distinct of 3", THREE),
        ("sum, max, count of 3", THREE_PRICES),
        (of_all.as_str(), all.as_str()),
    ];
    for (what, select) in cases {
        let (a, b) = (format!("{select} paimon.b.pk"), format!("{select} plain"));
        compare(args, what, (&session, &a), (&plain, &b), GOAL).await?;
    }
    Ok(())
}

/// The warehouse of the table; writes it when it is not there.
async fn table(args: &Args, engine: &Engine, shape: &Shape) -> Result<PathBuf> {
    let dir = args.dir.join(shape.name);
    if dir.join("b.db/pk").exists() {
        return Ok(dir);
    }
    let session = session(args, &dir).await?;
    execute(&session, "CREATE DATABASE IF NOT EXISTS b").await?;
    let options = engine.options;
    let create = format!("CREATE TABLE b.pk ({PK_COLUMNS}) WITH ('bucket' = '1', {options})");
    execute(&session, &create).await?;
    for run in 0..RUNS {
        let rows = shape.rows.replace("{run}", &run.to_string()).replace("{rows}", &pk_rows(run));
        execute(&session, &format!("INSERT INTO b.pk {rows}")).await?;
    }
    Ok(dir)
}
