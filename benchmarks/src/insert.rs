//! INSERT next to DataFusion's `COPY … TO` Parquet with the same compression, of rows that are in memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider,
};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;

use crate::measure::{Times, report, say};
use crate::tables::{APPEND_COLUMNS, PK_COLUMNS, append_rows, execute, pk_rows, session};
use crate::{Args, Result};

pub(crate) async fn run(args: &Args) -> Result<()> {
    let dir = args.dir.join("insert");
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    let session = session(args, &dir).await?;
    execute(&session, "CREATE DATABASE IF NOT EXISTS b").await?;
    let cases = [
        ("append 500 K × 8", format!("({APPEND_COLUMNS})"), append_rows(500_000), "1.3"),
        ("append 5 M × 8", format!("({APPEND_COLUMNS})"), append_rows(5_000_000), "1.3"),
        ("primary key 500 K × 7", format!("({PK_COLUMNS}) WITH ('bucket' = '1')"), pk_rows(0), "2"),
    ];
    for (number, (what, columns, rows, goal)) in cases.iter().enumerate() {
        let count = load(&session, rows).await?;
        let (mut ours, mut plain) = (Times::default(), Times::default());
        for rep in 0..=args.reps {
            let a = insert(&session, &format!("t{number}_{rep}"), columns).await?;
            let b = copy(&session, &dir.join(format!("c{number}_{rep}.parquet"))).await?;
            if rep > 0 {
                ours.push(a);
                plain.push(b);
            }
        }
        say(&format!("{count} rows"))?;
        report(what, &ours, &plain, goal)?;
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

async fn copy(ctx: &SessionContext, path: &std::path::Path) -> Result<Duration> {
    let sql = format!(
        "COPY (SELECT * FROM memory.public.source) TO '{}' STORED AS PARQUET \
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
