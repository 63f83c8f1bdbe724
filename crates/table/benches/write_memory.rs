//! Many rows over a thousand buckets with a small budget: the most memory that the process had, and whether all rows
//! are there. `write_memory [SHAPE] [--rows N] [--budget MIB] [--dir DIR]`; each shape has a process of its own.

#![allow(clippy::print_stdout, reason = "a benchmark says what it measured")]

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{AsArray, Int32Array, Int64Array, RecordBatch};
use arrow::compute::sum;
use arrow::datatypes::Int64Type;
use futures::TryStreamExt;
use rimon_spec::{NewColumn, NewTable, TableSchema};
use rimon_table::Table;
use rimon_table::commit::CommitOutcome;

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Partitions and buckets of each.
const PARTITIONS: u64 = 125;
const BUCKETS: u64 = 8;
/// Rows of a batch: all buckets are in every one.
const BATCH: u64 = 8192;

/// A kind of table.
struct Shape {
    what: &'static str,
    keyed: bool,
    options: &'static [(&'static str, &'static str)],
}

const SHAPES: [Shape; 3] = [
    Shape { what: "deduplicate", keyed: true, options: &[] },
    Shape {
        what: "aggregation",
        keyed: true,
        options: &[("merge-engine", "aggregation"), ("fields.v.aggregate-function", "max")],
    },
    Shape { what: "append", keyed: false, options: &[("bucket-key", "id")] },
];

struct Args {
    shape: Option<String>,
    rows: u64,
    budget: usize,
    dir: PathBuf,
}

fn args() -> Result<Args> {
    let mut args =
        Args { shape: None, rows: 50_000_000, budget: 256, dir: "target/write_memory".into() };
    let mut given = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = given.next() {
        let mut value = || given.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--rows" => args.rows = value()?.parse()?,
            "--budget" => args.budget = value()?.parse()?,
            "--dir" => args.dir = value()?.into(),
            _ => args.shape = Some(arg),
        }
    }
    Ok(args)
}

fn main() -> Result<()> {
    let args = args()?;
    let Some(wanted) = &args.shape else {
        return SHAPES.iter().try_for_each(alone);
    };
    let shape = SHAPES.iter().find(|shape| shape.what == wanted);
    let shape = shape.ok_or(format!("there is no shape {wanted}"))?;
    if args.dir.exists() {
        std::fs::remove_dir_all(&args.dir)?;
    }
    std::fs::create_dir_all(args.dir.join("schema"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(&args, shape))?;
    Ok(std::fs::remove_dir_all(&args.dir)?)
}

/// Runs a shape in a process of its own, since a process has one peak.
fn alone(shape: &Shape) -> Result<()> {
    let mut run = Command::new(std::env::current_exe()?);
    let status = run.args(std::env::args().skip(1)).arg(shape.what).status()?;
    if status.success() { Ok(()) } else { Err(format!("{}: {status}", shape.what).into()) }
}

async fn measure(args: &Args, shape: &Shape) -> Result<()> {
    let table = table(&args.dir, shape).await?;
    let (start, before) = (Instant::now(), peak_memory()?);
    let mut writer = table.writer("bench").memory(args.budget << 20).build()?;
    let mut row = 0;
    while row < args.rows {
        let end = (row + BATCH).min(args.rows);
        writer.write(batch(row..end, args.rows)?).await?;
        row = end;
    }
    let (written, peak_of_rows) = (start.elapsed(), peak_memory()?);
    let messages = writer.prepare_commit(1).await?;
    let CommitOutcome::Committed(_) = table.committer("bench").commit(1, messages).await? else {
        return Err("the rows were not committed".into());
    };
    let (time, peak) = (start.elapsed(), peak_memory()?);
    println!(
        "{:<12} {} K rows, {} buckets, budget {} MiB: {:.1} s ({:.1} s before the commit), peak {peak} MiB, {} over \
         the budget ({before} MiB before, {peak_of_rows} MiB before the commit)",
        shape.what,
        args.rows / 1_000,
        PARTITIONS * BUCKETS,
        args.budget,
        time.as_secs_f64(),
        written.as_secs_f64(),
        peak as i64 - args.budget as i64,
    );
    let expected = if shape.keyed { newest(args.rows) } else { all(args.rows) };
    let found = read(&table).await?;
    if found != expected {
        return Err(format!("{found:?} were read where {expected:?} were expected").into());
    }
    Ok(())
}

/// The table in a directory.
async fn table(dir: &Path, shape: &Shape) -> Result<Table> {
    let options = [("bucket", BUCKETS.to_string())].into_iter();
    let options = options.chain(shape.options.iter().map(|(k, v)| (*k, (*v).to_owned())));
    let new = NewTable {
        columns: vec![
            NewColumn::new("p", "INT".parse()?),
            NewColumn::new("id", "BIGINT".parse()?),
            NewColumn::new("v", "BIGINT".parse()?),
        ],
        primary_keys: if shape.keyed { vec!["p".into(), "id".into()] } else { Vec::new() },
        partition_keys: vec!["p".into()],
        options: options.map(|(k, v)| (k.to_owned(), v)).collect(),
        ..NewTable::default()
    };
    let schema = TableSchema::create(new, 0)?;
    std::fs::write(dir.join("schema/schema-0"), schema.to_json()?)?;
    let url = std::fs::canonicalize(dir)?;
    Ok(Table::open(&url.to_string_lossy()).await?)
}

/// The key of a row: two of three rows have one of their own.
fn key(row: u64, rows: u64) -> u64 {
    let mut x = row.wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 31;
    x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
    (x ^ (x >> 29)) % rows
}

fn batch(range: std::ops::Range<u64>, rows: u64) -> Result<RecordBatch> {
    let ids: Vec<u64> = range.clone().map(|row| key(row, rows)).collect();
    let partition = |id: &u64| (id / 7 % PARTITIONS) as i32;
    Ok(RecordBatch::try_from_iter([
        ("p", Arc::new(Int32Array::from_iter_values(ids.iter().map(partition))) as _),
        ("id", Arc::new(Int64Array::from_iter_values(ids.iter().map(|id| *id as i64))) as _),
        ("v", Arc::new(Int64Array::from_iter_values(range.map(|row| row as i64))) as _),
    ])?)
}

/// Number and sum of the rows that are there.
async fn read(table: &Table) -> Result<(u64, u64)> {
    let mut rows = table.scan().select(["v"]).stream().await?;
    let mut found = (0, 0);
    while let Some(batch) = rows.try_next().await? {
        found.0 += batch.num_rows() as u64;
        found.1 += sum(batch.column(0).as_primitive::<Int64Type>()).unwrap_or(0) as u64;
    }
    Ok(found)
}

/// Number and sum of all rows.
fn all(rows: u64) -> (u64, u64) {
    (rows, (0..rows).sum())
}

/// Number and sum of the last row of each key, which is also the greatest.
fn newest(rows: u64) -> (u64, u64) {
    let mut last = vec![None; rows as usize];
    for row in 0..rows {
        if let Some(last) = last.get_mut(key(row, rows) as usize) {
            *last = NonZeroU32::new(row as u32 + 1);
        }
    }
    let last = || last.iter().flatten().map(|row| u64::from(row.get()) - 1);
    (last().count() as u64, last().sum())
}

/// MiB of memory that the process had at most, on Linux.
fn peak_memory() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM")?;
    Ok(kib.parse::<u64>()? >> 10)
}
