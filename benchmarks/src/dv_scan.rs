//! A scan of an append table with deletion vectors next to DataFusion's own scan of the same files, deleted rows
//! included.

use std::path::{Path, PathBuf};

use rimon::Table;
use rimon::spec::index::deletion_vector::{INDEX_TYPE, VectorKind, encode_index_file};
use rimon::spec::manifest::codec::{AvroCodec, encode_manifest_index};
use rimon::spec::{
    BinaryRow, DeletionVector, DeletionVectorRange, FileKind, IndexManifestEntry, Snapshot,
};

use crate::measure::{compare, query, say};
use crate::tables::{
    APPEND_COLUMNS, append_rows, context, execute, maxima, register_plain, session,
};
use crate::{Args, Result};

const ROWS: usize = 5_000_000;
/// One row in so many is deleted.
const DELETED: u64 = 20;

pub(crate) async fn run(args: &Args) -> Result<()> {
    let dir = args.dir.join("dv_scan");
    if !dir.join("b.db/dv/snapshot/snapshot-2").exists() {
        make(args, &dir).await?;
    }
    let session = session(args, &dir).await?;
    let plain = context(args);
    register_plain(&plain, &dir.join("b.db/dv")).await?;
    say(&query(&session, "SELECT COUNT(*) FROM paimon.b.dv").await?.1)?;
    let (count, all) = maxima(&session, "paimon.b.dv").await?;
    let of_all = format!("max of all {count}");
    let cases = [
        ("one column, sum", "SELECT SUM(qty) FROM"),
        ("sum, max, count of 3", "SELECT SUM(price), MAX(qty), COUNT(k) FROM"),
        ("sum, max, distinct of 3", "SELECT SUM(price), MAX(qty), COUNT(DISTINCT city) FROM"),
        (of_all.as_str(), all.as_str()),
    ];
    for (what, select) in cases {
        let (a, b) = (format!("{select} paimon.b.dv"), format!("{select} plain"));
        compare(args, what, (&session, &a), (&plain, &b), "1.2").await?;
    }
    Ok(())
}

/// An append table in which one row in twenty, spread at random, is deleted. This build does not delete rows, so the
/// index file, its manifest and the snapshot are put beside what it wrote.
async fn make(args: &Args, dir: &Path) -> Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)?;
    }
    let session = session(args, dir).await?;
    execute(&session, "CREATE DATABASE IF NOT EXISTS b").await?;
    execute(&session, &format!("CREATE TABLE b.dv ({APPEND_COLUMNS})")).await?;
    execute(&session, &format!("INSERT INTO b.dv {}", append_rows(ROWS))).await?;
    let directory: PathBuf = dir.join("b.db/dv");
    let table = Table::open(&directory.to_string_lossy()).await?;
    let plan = table.scan().plan().await?;
    let mut vectors = Vec::new();
    for file in plan.splits.iter().flat_map(|split| &split.files) {
        let rows = 0..u64::try_from(file.row_count)?;
        let picked = rows.filter(|row| {
            row.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).is_multiple_of(DELETED)
        });
        vectors.push((file.file_name.clone(), picked.collect::<DeletionVector>()));
    }
    let named = vectors.iter().map(|(name, vector)| (name.as_str(), vector));
    let (bytes, ranges) = encode_index_file(named, VectorKind::Bits32)?;
    publish(&directory, plan.snapshot.ok_or("nothing was written")?.as_ref(), &bytes, ranges)
}

fn publish(
    table: &Path,
    base: &Snapshot,
    bytes: &[u8],
    ranges: Vec<DeletionVectorRange>,
) -> Result<()> {
    std::fs::create_dir_all(table.join("index"))?;
    std::fs::write(table.join("index/index-dv-0"), bytes)?;
    let entry = IndexManifestEntry {
        kind: FileKind::Add,
        partition: BinaryRow::empty(),
        bucket: 0,
        index_type: INDEX_TYPE.to_owned(),
        file_name: "index-dv-0".to_owned(),
        file_size: i64::try_from(bytes.len())?,
        row_count: i64::try_from(ranges.len())?,
        deletion_vectors: Some(ranges),
        external_path: None,
        global_index: None,
    };
    let manifest = encode_manifest_index(&[entry], &AvroCodec::from_option("zstd", 1)?)?;
    std::fs::write(table.join("manifest/index-manifest-dv-0"), manifest)?;
    let mut next = base.clone();
    next.id += 1;
    next.index_manifest = Some("index-manifest-dv-0".to_owned());
    std::fs::write(table.join(format!("snapshot/snapshot-{}", next.id)), next.to_json()?)?;
    std::fs::write(table.join("snapshot/LATEST"), next.id.to_string())?;
    Ok(())
}
