//! `slt/**/*.slt`: what SQL statements do, in sessions over warehouses of their own; and tables of Java through SQL.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as ArrowType, Field, Schema};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use rimon_datafusion::{Outcome, register, session_config, sql};
use rimon_integration_tests::fixture::{Fixture, Unpacked};
use rimon_integration_tests::row::lines;
use rimon_spec::{DataField, TypeKind};
use rimon_table::Travel;
use serde_json::Value;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};
use tempfile::TempDir;

use crate::tables::{difference, open, read, runtime};

/// One session over one warehouse.
struct Session {
    context: SessionContext,
    _warehouse: TempDir,
}

impl Session {
    async fn new() -> Result<Self, DataFusionError> {
        let folder = TempDir::new().expect("a folder");
        Ok(Self { context: session(folder.path()).await?, _warehouse: folder })
    }
}

async fn session(warehouse: &Path) -> Result<SessionContext, DataFusionError> {
    let warehouse = warehouse.display().to_string();
    let catalog = rimon_catalog::connect([("warehouse", warehouse)]).await.expect("a catalog");
    let context = SessionContext::new_with_config(session_config("paimon"));
    register(&context, "paimon", catalog)?;
    Ok(context)
}

#[async_trait]
impl AsyncDB for Session {
    type Error = DataFusionError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, text: &str) -> Result<DBOutput<DefaultColumnType>, DataFusionError> {
        let mut outcomes = sql(&self.context, text).await?;
        match outcomes.pop() {
            Some(Outcome::Rows(rows)) => {
                let columns = rows.schema().fields().len();
                let types = vec![DefaultColumnType::Any; columns];
                let rows = cells(&rows.collect().await?)?;
                Ok(DBOutput::Rows { types, rows: rows.into_iter().flat_map(by_line).collect() })
            }
            Some(Outcome::Changed { rows }) => Ok(DBOutput::StatementComplete(rows)),
            Some(Outcome::Done(_)) | None => Ok(DBOutput::StatementComplete(0)),
        }
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "rimon"
    }
}

/// Cells as text: `NULL`, `(empty)` for an empty string, numbers and times as Arrow prints them.
fn cells(batches: &[RecordBatch]) -> Result<Vec<Vec<String>>, DataFusionError> {
    let options = FormatOptions::default().with_null("NULL");
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Result<Vec<_>, _> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options)).collect();
        let columns = columns?;
        rows.extend((0..batch.num_rows()).map(|row| {
            let cells = columns.iter().map(|c| c.value(row).to_string());
            cells.map(|c| if c.is_empty() { "(empty)".into() } else { c }).collect()
        }));
    }
    Ok(rows)
}

/// A plan has many lines: each is a row.
fn by_line(row: Vec<String>) -> Vec<Vec<String>> {
    let text = row.join(" ");
    match text.contains('\n') {
        true => text.lines().map(|line| vec![line.to_owned()]).collect(),
        false => vec![row],
    }
}

fn scripts(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            scripts(&path, out);
        } else if path.extension().is_some_and(|e| e == "slt") {
            out.push(path);
        }
    }
    out.sort();
}

#[test]
fn scripts_give_what_they_say() {
    let mut files = Vec::new();
    scripts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("slt"), &mut files);
    assert!(!files.is_empty());
    let runtime = runtime();
    let mut wrong = Vec::new();
    for file in files {
        let result = runtime.block_on(Runner::new(Session::new).run_file_async(&file));
        wrong.extend(result.err().map(|e| e.display(false).to_string()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

async fn select(
    context: &SessionContext,
    text: &str,
    fields: &[DataField],
) -> Result<Vec<String>, DataFusionError> {
    let batches = context.sql(text).await?.collect().await?;
    let mut rows = Vec::new();
    for batch in batches {
        rows.extend(lines(&without_views(batch)?, fields));
    }
    rows.sort();
    Ok(rows)
}

/// A query may give strings and bytes as views, which are other arrays of the same values.
fn without_views(batch: RecordBatch) -> Result<RecordBatch, DataFusionError> {
    let (schema, columns, _) = batch.into_parts();
    let plain = |data_type: &ArrowType| match data_type {
        ArrowType::Utf8View => ArrowType::Utf8,
        ArrowType::BinaryView => ArrowType::Binary,
        other => other.clone(),
    };
    let columns: Result<Vec<_>, _> =
        columns.iter().map(|c| cast(c, &plain(c.data_type()))).collect();
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|f| f.as_ref().clone().with_data_type(plain(f.data_type())))
        .collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns?)?)
}

async fn count(context: &SessionContext, text: &str) -> Result<String, DataFusionError> {
    let counted = cells(&context.sql(text).await?.collect().await?)?;
    Ok(counted.concat().concat())
}

/// The value as SQL writes it; `None` for types whose values are not written that way, and for zeros with a sign.
fn sql_literal(value: &Value, field: &DataField) -> Option<String> {
    let text = match value {
        Value::String(text) => text.replace('\'', "''"),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    match field.data_type.kind {
        TypeKind::Boolean
        | TypeKind::TinyInt
        | TypeKind::SmallInt
        | TypeKind::Int
        | TypeKind::BigInt => Some(text),
        // DataFusion reads a decimal number as a double
        TypeKind::Decimal { precision, scale } => {
            Some(format!("CAST('{text}' AS DECIMAL({precision}, {scale}))"))
        }
        TypeKind::Char { .. } | TypeKind::VarChar { .. } => Some(format!("'{text}'")),
        TypeKind::Date if text.len() == 10 => Some(format!("DATE '{text}'")),
        TypeKind::Timestamp { precision }
            if precision <= 6 && ("1700"..="2200").contains(&&text[..4]) =>
        {
            Some(format!("TIMESTAMP '{text}'"))
        }
        _ => None,
    }
}

/// Conditions on the columns of a table, with the rows that fulfil them.
fn conditions(fields: &[DataField], rows: &[Value]) -> Vec<(String, Vec<String>)> {
    let mut out = Vec::new();
    for field in fields {
        let name = field.name.as_str();
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        let matching = |test: &dyn Fn(&Value) -> bool| -> Vec<String> {
            rows.iter().filter(|r| test(&r[name])).map(Value::to_string).collect()
        };
        out.push((format!("{quoted} IS NULL"), matching(&Value::is_null)));
        let pick = &rows[rows.len() / 2][name];
        let Some(literal) = sql_literal(pick, field) else { continue };
        out.push((format!("{quoted} = {literal}"), matching(&|v| v == pick)));
        let not_equal = matching(&|v| !v.is_null() && v != pick);
        out.push((format!("{quoted} <> {literal}"), not_equal));
        if let Some(bound) = pick.as_i64() {
            let below = matching(&|v| v.as_i64().is_some_and(|v| v <= bound));
            out.push((format!("{quoted} <= {literal}"), below));
        }
    }
    out
}

async fn compare(unpacked: &Unpacked, name: &str, wrong: &mut Vec<String>) -> Option<usize> {
    let latest = unpacked.reads().into_iter().find(|r| r.name == "latest")?;
    // what cannot be read at all is interop_read's business
    read(&unpacked.table(), Travel::Latest).await.ok()?;
    let fields = open(&unpacked.table()).await.ok()?.schema().fields.clone();
    let context = session(&unpacked.warehouse()).await.expect("a session");
    let rows: Vec<Value> =
        latest.expected.iter().map(|l| serde_json::from_str(l).expect("a row")).collect();
    let mut queries = vec![("true".to_owned(), latest.expected.clone())];
    if !rows.is_empty() {
        queries.extend(conditions(&fields, &rows));
    }
    for (condition, expected) in &queries {
        let text = format!("SELECT * FROM db.t WHERE {condition}");
        match select(&context, &text, &fields).await {
            Ok(got) => {
                wrong
                    .extend(difference(&got, expected).map(|how| format!("{name}: {text}: {how}")));
            }
            Err(error) => wrong.push(format!("{name}: {text}: {error}")),
        }
        let text = format!("SELECT count(*) FROM db.t WHERE {condition}");
        match count(&context, &text).await {
            Ok(counted) if counted == expected.len().to_string() => {}
            Ok(counted) => wrong.push(format!("{name}: {text}: {counted}, not {}", expected.len())),
            Err(error) => wrong.push(format!("{name}: {text}: {error}")),
        }
    }
    Some(queries.len())
}

/// Every table of Java that can be read, through `SELECT` with conditions on each of its columns.
#[test]
fn tables_of_java_through_sql() {
    let only = std::env::var("RIMON_FIXTURES").unwrap_or_default();
    let runtime = runtime();
    let mut wrong = Vec::new();
    let mut queries = 0;
    for fixture in Fixture::all().iter().filter(|f| f.name.contains(&only)) {
        let unpacked = fixture.unpack();
        let asked = runtime.block_on(compare(&unpacked, &fixture.name, &mut wrong));
        queries += asked.unwrap_or(0);
    }
    eprintln!("{queries} queries");
    assert!(wrong.is_empty(), "{} of {queries}:\n  {}", wrong.len(), wrong.join("\n  "));
    assert!(queries > 500 || !only.is_empty(), "only {queries} queries were asked");
}

async fn texts(context: &SessionContext, text: &str) -> Vec<Vec<String>> {
    let mut outcomes = sql(context, text).await.expect(text);
    match outcomes.pop() {
        Some(Outcome::Rows(rows)) => cells(&rows.collect().await.expect(text)).expect("text"),
        _ => Vec::new(),
    }
}

/// A branch has rows, system tables and versions of its own, and is written apart from the others.
#[test]
fn branches_through_sql() {
    let unpacked = Fixture::named("pk_system_tables").unpack();
    let reads = unpacked.reads();
    let branch = reads.iter().find(|r| r.name == "branch b1").expect("a read of the branch");
    let latest = reads.iter().find(|r| r.name == "latest").expect("a read of the latest");
    runtime().block_on(async {
        let context = session(&unpacked.warehouse()).await.expect("a session");
        let now = open(&unpacked.table()).await.expect("the table").schema().fields.clone();
        let text = r#"SELECT * FROM db."t$branch_b1""#;
        let rows = select(&context, text, &now[..3]).await.expect("rows");
        assert_eq!(difference(&rows, &branch.expected), None);
        let count = |table: &str| format!(r#"SELECT count(*) FROM db."{table}""#);
        assert_eq!(texts(&context, &count("t$branch_b1$snapshots")).await, [["1"]]);
        assert_eq!(texts(&context, &count("t$branch_b1$schemas")).await, [["1"]]);
        assert_eq!(texts(&context, &count("t$branch_b1$consumers")).await, [["0"]]);
        assert_eq!(texts(&context, &count("t$snapshots")).await, [["3"]]);
        assert_eq!(texts(&context, &count("t$branch_b1$branches")).await, [["1"]]);
        let text = r#"SELECT count(*) FROM db."t$branch_b1" VERSION AS OF 't1'"#;
        assert_eq!(texts(&context, text).await, [["10"]]);
        let text = r#"SELECT count(*) FROM db.t VERSION AS OF 'watermark-12345'"#;
        assert_eq!(texts(&context, text).await, [["10"]]);
        let missing = sql(&context, r#"SELECT * FROM db."t$branch_b2""#).await;
        assert!(missing.is_err());
        let main = select(&context, "SELECT * FROM db.t", &now).await.expect("rows");
        assert_eq!(difference(&main, &latest.expected), None);
    });
}

/// What is written to a branch is seen there and nowhere else.
#[test]
fn branches_are_written_through_sql() {
    let unpacked = Fixture::named("branches").unpack();
    runtime().block_on(async {
        let context = session(&unpacked.warehouse()).await.expect("a session");
        let count = |table: &str| format!(r#"SELECT count(*), max(id) FROM db."{table}""#);
        let main = texts(&context, &count("t")).await;
        let insert = r#"INSERT INTO db."t$branch_dev" (id, v, n) VALUES (1000, 'new', 1), (1001, 'newer', 2)"#;
        let before = texts(&context, &count("t$branch_dev")).await;
        texts(&context, insert).await;
        let after = texts(&context, &count("t$branch_dev")).await;
        let number = |rows: &[Vec<String>]| rows[0][0].parse::<u64>().expect("a number");
        assert_eq!(number(&after), number(&before) + 2);
        assert_eq!(after[0][1], "1001");
        assert_eq!(texts(&context, &count("t")).await, main);
    });
}
