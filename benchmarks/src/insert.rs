//! INSERT next to DataFusion's `COPY … TO` Parquet with the same compression, of rows that are in memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider,
};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;

use crate::measure::{Times, report, say};
use crate::mor_engines::{AGGREGATION, Engine, PARTIAL_UPDATE};
use crate::tables::{APPEND_COLUMNS, PK_COLUMNS, append_rows, execute, pk_rows, session};
use crate::{Args, Result};

/// A kind of write.
pub(crate) struct Write {
    pub(crate) what: String,
    /// Columns and options of the table.
    pub(crate) table: String,
    /// The query that gives the rows.
    pub(crate) rows: String,
    pub(crate) goal: &'static str,
    /// What the plain side copies.
    pub(crate) plain: &'static str,
}

const ALL: &str = "SELECT * FROM memory.public.source";
pub(crate) const SORTED: &str = "SELECT * FROM memory.public.source ORDER BY id";

pub(crate) async fn run(args: &Args) -> Result<()> {
    let append = |what: &str, rows| Write {
        what: what.to_owned(),
        table: format!("({APPEND_COLUMNS})"),
        rows: append_rows(rows),
        goal: "1.3",
        plain: ALL,
    };
    let pk = Write {
        what: "primary key 500 K × 7".to_owned(),
        table: format!("({PK_COLUMNS}) WITH ('bucket' = '1')"),
        rows: pk_rows(0),
        goal: "2",
        plain: ALL,
    };
    let cases = [append("append 500 K × 8", 500_000), append("append 5 M × 8", 5_000_000), pk];
    measure(args, &cases).await
}

/// Primary-key tables next to a sort by key and a copy.
pub(crate) async fn run_sorted(args: &Args) -> Result<()> {
    let deduplicate = |buckets: usize| Write {
        what: format!("deduplicate, {buckets} bucket{}", if buckets == 1 { "" } else { "s" }),
        table: format!("({PK_COLUMNS}) WITH ('bucket' = '{buckets}')"),
        rows: pk_rows(0),
        goal: "1.2",
        plain: SORTED,
    };
    let engine = |what: &str, engine: &Engine, rows| Write {
        what: what.to_owned(),
        table: format!("({PK_COLUMNS}) WITH ('bucket' = '1', {})", engine.options),
        rows,
        goal: "1.5",
        plain: SORTED,
    };
    let five = || {
        let rows = pk_rows(0);
        format!("SELECT id % 100000 AS id, k, price, qty, name, city, ts FROM ({rows})")
    };
    let cases = [
        deduplicate(1),
        deduplicate(4),
        engine("partial-update", &PARTIAL_UPDATE, pk_rows(0)),
        engine("partial-update, 5 rows of a key", &PARTIAL_UPDATE, five()),
        engine("aggregation", &AGGREGATION, pk_rows(0)),
        engine("aggregation, 5 rows of a key", &AGGREGATION, five()),
    ];
    measure(args, &cases).await
}

pub(crate) async fn measure(args: &Args, cases: &[Write]) -> Result<()> {
    let dir = args.dir.join("insert");
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    let session = session(args, &dir).await?;
    execute(&session, "CREATE DATABASE IF NOT EXISTS b").await?;
    let (mut loaded, mut count) = ("", 0);
    for (number, case) in cases.iter().enumerate() {
        if args.only.as_ref().is_some_and(|only| !case.what.contains(only.as_str())) {
            continue;
        }
        if loaded != case.rows {
            (loaded, count) = (&case.rows, load(&session, &case.rows).await?);
        }
        let (mut ours, mut plain) = (Times::default(), Times::default());
        for rep in 0..=args.reps {
            let a = insert(&session, &format!("t{number}_{rep}"), &case.table).await?;
            let path = dir.join(format!("c{number}_{rep}.parquet"));
            let b = copy(&session, case.plain, &path).await?;
            if rep > 0 {
                ours.push(a);
                plain.push(b);
            }
        }
        say(&format!("{count} rows"))?;
        report(&case.what, &ours, &plain, case.goal)?;
    }
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}

/// Puts the rows into memory as table `rows`.
async fn load(ctx: &SessionContext, rows: &str) -> Result<usize> {
    let frame = ctx.sql(rows).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let partitions = frame.collect_partitioned().await?;
    let count = partitions.iter().flatten().map(|b| b.num_rows()).sum();
    let database = MemorySchemaProvider::new();
    let table = MemTable::try_new(schema, partitions)?;
    database.register_table("source".to_owned(), Arc::new(table))?;
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema("public", Arc::new(database))?;
    ctx.register_catalog("memory", Arc::new(catalog));
    Ok(count)
}

async fn insert(session: &SessionContext, name: &str, columns: &str) -> Result<Duration> {
    execute(session, &format!("CREATE TABLE b.{name} {columns}")).await?;
    let start = Instant::now();
    let insert = format!("INSERT INTO b.{name} SELECT * FROM memory.public.source");
    execute(session, &insert).await?;
    let time = start.elapsed();
    execute(session, &format!("DROP TABLE b.{name}")).await?;
    Ok(time)
}

async fn copy(ctx: &SessionContext, query: &str, path: &std::path::Path) -> Result<Duration> {
    let sql = format!(
        "COPY ({query}) TO '{}' STORED AS PARQUET \
         OPTIONS ('format.compression' 'zstd(1)')",
        path.display()
    );
    let start = Instant::now();
    ctx.sql(&sql).await?.collect().await?;
    let time = start.elapsed();
    if path.is_dir() {
        std::fs::remove_dir_all(path)?
    } else {
        std::fs::remove_file(path)?
    };
    Ok(time)
}
