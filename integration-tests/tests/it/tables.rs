//! Reading and writing tables through `rimon-table`, in the rows of the harness.

use std::path::Path;

use arrow::array::{AsArray, Int8Array, RecordBatch};
use arrow::datatypes::Int8Type;
use futures::TryStreamExt;
use rimon_integration_tests::row::{Rows, lines, lines_of_kinds};
use rimon_spec::{DataField, Result, RowKind, Snapshot};
use rimon_table::commit::BATCH_COMMIT;
use rimon_table::{StreamScan, StreamStart, StreamStep, Table, Travel};

/// A runtime for one test.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Opens the table in a directory.
pub(crate) async fn open(directory: &Path) -> Result<Table> {
    Table::open(&directory.display().to_string()).await
}

/// All rows of a version as sorted lines, in that version's columns.
pub(crate) async fn read(directory: &Path, travel: Travel) -> Result<Vec<String>> {
    let table = open(directory).await?.at(&travel).await?;
    rows(&table).await
}

/// All rows of a table as sorted lines.
pub(crate) async fn rows(table: &Table) -> Result<Vec<String>> {
    let fields = table.schema().fields.clone();
    let batches: Vec<_> = table.scan().stream().await?.try_collect().await?;
    let mut out: Vec<String> = batches.iter().flat_map(|b| lines(b, &fields)).collect();
    out.sort();
    Ok(out)
}

/// All rows of a read with their kinds, retractions included, as sorted lines.
pub(crate) async fn rows_with_kinds(table: &Table) -> Result<Vec<String>> {
    let fields = table.schema().fields.clone();
    let batches: Vec<_> = table.scan().with_row_kinds().stream().await?.try_collect().await?;
    let mut out: Vec<String> = batches.iter().flat_map(|b| lines_with_kinds(b, &fields)).collect();
    out.sort();
    Ok(out)
}

/// The lines of a batch whose last column is the kind of each row.
pub(crate) fn lines_with_kinds(batch: &RecordBatch, fields: &[DataField]) -> Vec<String> {
    let kinds = batch.column(batch.num_columns() - 1).as_primitive::<Int8Type>().clone();
    let columns: Vec<usize> = (0..batch.num_columns() - 1).collect();
    let kind = |row| {
        let byte = u8::try_from(kinds.value(row)).expect("a kind");
        RowKind::from_byte(byte).expect("a kind").short_string()
    };
    lines_of_kinds(&batch.project(&columns).expect("columns"), fields, kind)
}

/// What a stream from the changes of a snapshot on gives until there is nothing new, in its order.
pub(crate) async fn changelog(table: &Table, from: i64) -> Result<Vec<String>> {
    let mut stream = table.stream_scan().start(StreamStart::FromSnapshot(from));
    follow(table, &mut stream).await
}

/// What a stream gives until there is nothing new: lines with the snapshot in front.
pub(crate) async fn follow(table: &Table, stream: &mut StreamScan) -> Result<Vec<String>> {
    let fields = table.schema().fields.clone();
    let mut out = Vec::new();
    while let StreamStep::Plan(plan) = stream.plan().await? {
        let id = plan.snapshot.as_ref().expect("a snapshot").id;
        let rows = plan.read.stream_in_order(plan.splits).await?;
        let batches: Vec<_> = rows.try_collect().await?;
        for line in batches.iter().flat_map(|b| lines_with_kinds(b, &fields)) {
            out.push(line.replacen('{', &format!("{{\"_snapshot\":{id},"), 1));
        }
    }
    Ok(out)
}

/// Writes rows and commits them as a batch job does.
pub(crate) async fn write(table: &Table, rows: &Rows) -> Result<Option<Snapshot>> {
    let user = table.runtime().ids().uuid();
    let mut writer = table.writer(&user).build()?;
    if rows.kinds.iter().all(|k| k == "+I") {
        writer.write(rows.batch.clone()).await?;
    } else {
        let kinds = rows.kinds.iter().map(|k| kind(k) as i8);
        writer.write_with_kinds(rows.batch.clone(), Int8Array::from_iter_values(kinds)).await?;
    }
    let messages = writer.prepare_commit(BATCH_COMMIT).await?;
    table.committer(&user).commit(BATCH_COMMIT, messages).await?.into_snapshot()
}

pub(crate) fn kind(text: &str) -> RowKind {
    match text {
        "+I" => RowKind::Insert,
        "-U" => RowKind::UpdateBefore,
        "+U" => RowKind::UpdateAfter,
        "-D" => RowKind::Delete,
        other => panic!("no row kind is {other}"),
    }
}

/// The same lines as in one string to compare, with what differs first.
pub(crate) fn difference(got: &[String], expected: &[String]) -> Option<String> {
    if got == expected {
        return None;
    }
    let extra = got.iter().find(|l| !expected.contains(l));
    let missing = expected.iter().find(|l| !got.contains(l));
    Some(format!(
        "{} rows instead of {}\n    not expected: {}\n    missing:      {}",
        got.len(),
        expected.len(),
        extra.map_or("-", String::as_str),
        missing.map_or("-", String::as_str),
    ))
}
