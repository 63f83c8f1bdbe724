//! `rimon-bench CASE`: Rimon next to plain DataFusion over the same rows, interleaved in one process. Prints the best
//! and the median of each, and their ratio. Nothing is asserted: timing is for people to read.

mod append_scan;
mod dv_scan;
mod insert;
mod measure;
mod mor_dedup;
mod mor_engines;
mod mor_filter;
mod plan_files;
mod sustained;
mod tables;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

#[global_allocator]
static GLOBAL: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Any error: a benchmark only reports it.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Debug, Parser)]
#[command(about)]
struct Args {
    /// What to measure
    case: Case,
    /// Measured runs of each side
    #[arg(long, default_value_t = 7)]
    reps: usize,
    /// Where tables are made; they are kept and used again
    #[arg(long, default_value = "target/benchmarks")]
    dir: PathBuf,
    /// Read this table instead of one that Rimon writes (mor_dedup, append_scan): a table with the same columns
    #[arg(long)]
    table: Option<PathBuf>,
    /// Only the measurements whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Rows (pk_sustained), 10 M by default
    #[arg(long)]
    rows: Option<usize>,
    /// Partitions of both sides
    #[arg(long)]
    partitions: Option<usize>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Case {
    /// 8 overlapping runs × 500 K rows over 2 M keys in one bucket
    MorDedup,
    /// 5 M rows × 8 columns without a key
    AppendScan,
    /// 5 M rows × 8 columns without a key, one in twenty deleted by deletion vectors
    DvScan,
    /// Filters on values of 8 overlapping runs next to the full read
    MorFilter,
    /// As mor_dedup with merge-engine partial-update: each run brings a third of the columns
    MorPartialUpdate,
    /// As mor_dedup with merge-engine aggregation: sums, a greatest, a least, the last
    MorAggregation,
    /// Planning of 100 K files
    PlanFiles,
    /// 500 K and 5 M rows written next to COPY TO Parquet
    Insert,
    /// 500 K rows with a key written next to a sort and COPY TO Parquet
    PkInsert,
    /// 10 M rows with a key, narrow and wide, next to a sort and COPY TO Parquet
    PkSustained,
}

fn main() -> Result<()> {
    let args = Args::parse();
    std::fs::create_dir_all(&args.dir)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match args.case {
            Case::MorDedup => mor_dedup::run(&args).await,
            Case::AppendScan => append_scan::run(&args).await,
            Case::DvScan => dv_scan::run(&args).await,
            Case::MorFilter => mor_filter::run(&args).await,
            Case::MorPartialUpdate => mor_engines::run(&args, &mor_engines::PARTIAL_UPDATE).await,
            Case::MorAggregation => mor_engines::run(&args, &mor_engines::AGGREGATION).await,
            Case::PlanFiles => plan_files::run(&args).await,
            Case::Insert => insert::run(&args).await,
            Case::PkInsert => insert::run_sorted(&args).await,
            Case::PkSustained => sustained::run(&args).await,
        }
    })
}
