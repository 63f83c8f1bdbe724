//! Pruning drops no row: a query over a table of ours or of Java gives the rows that the same query gives over a plain
//! table in memory, which is never pruned.

mod conditions;
mod java_plans;
mod random_tables;

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use rimon_datafusion::{PaimonScanExec, PaimonTable};
use rimon_integration_tests::fixture::Fixture;
use rimon_integration_tests::random::Random;
use rimon_table::PlanReport;

use self::conditions::{Conditions, rows_where};
use crate::tables::{open, runtime};

/// Random conditions for each table.
const QUESTIONS: usize = 30;

/// A table and the same rows in memory.
struct Both {
    ours: SessionContext,
    plain: SessionContext,
    rows: RecordBatch,
}

impl Both {
    /// `None` for a table that cannot be read or is empty: that is the business of other tests.
    async fn of(directory: &Path) -> Option<Self> {
        let ours = SessionContext::new();
        let table = PaimonTable::new(open(directory).await.ok()?).ok()?;
        ours.register_table("t", Arc::new(table)).expect("a table");
        let frame = ours.table("t").await.expect("a table");
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await.ok()?;
        let rows = concat_batches(&schema, &batches).expect("one batch");
        let plain = SessionContext::new();
        let memory = MemTable::try_new(schema, vec![vec![rows.clone()]]).expect("a table");
        plain.register_table("t", Arc::new(memory)).expect("a table");
        (rows.num_rows() > 0).then_some(Self { ours, plain, rows })
    }

    /// Asks `questions` random questions; what went wrong, and what was dropped in all.
    async fn compare(
        &self,
        random: &mut Random,
        questions: usize,
        wrong: &mut Vec<String>,
    ) -> PlanReport {
        let mut dropped = PlanReport::default();
        let schema = self.rows.schema();
        for question in 0..questions {
            let mut conditions = Conditions { rows: &self.rows, random };
            let condition = match question % 5 {
                0 => conditions.of_a_row(),
                _ => conditions.condition(3),
            };
            let skip = random.below(schema.fields().len());
            let mut columns: Vec<&str> =
                schema.fields().iter().map(|f| f.name().as_str()).collect();
            if random.one_in(2) && columns.len() > 1 {
                columns.remove(skip);
            }
            // what cannot be computed at all is no matter of pruning
            let Ok(expected) = rows_where(&self.plain, "t", &condition, &columns).await else {
                continue;
            };
            match rows_where(&self.ours, "t", &condition, &columns).await {
                Ok(got) if got == expected => dropped += self.report(&condition).await,
                Ok(got) => wrong.push(format!(
                    "{} rows instead of {} where {condition}",
                    got.len(),
                    expected.len()
                )),
                Err(error) => wrong.push(format!("{error} where {condition}")),
            }
        }
        dropped
    }

    async fn report(&self, condition: &datafusion::logical_expr::Expr) -> PlanReport {
        let planned = async {
            let frame = self.ours.table("t").await?.filter(condition.clone())?;
            frame.create_physical_plan().await
        };
        let mut report = PlanReport::default();
        add_scans(&planned.await.expect("a plan"), &mut report);
        report
    }
}

fn add_scans(plan: &Arc<dyn ExecutionPlan>, report: &mut PlanReport) {
    if let Some(scan) = (plan.as_ref() as &dyn std::any::Any).downcast_ref::<PaimonScanExec>() {
        *report += scan.plan().report;
    }
    plan.children().into_iter().for_each(|child| add_scans(child, report));
}

fn sorted(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL");
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Result<Vec<_>, _> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options)).collect();
        let columns = columns.expect("columns that can be shown");
        rows.extend((0..batch.num_rows()).map(|row| {
            columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join("|")
        }));
    }
    rows.sort();
    rows
}

#[test]
fn any_filter_gives_the_same_rows_with_and_without_pruning() -> Result<(), DataFusionError> {
    let mut random = Random::new("any_filter_gives_the_same_rows_with_and_without_pruning");
    let (mut wrong, mut dropped) = (Vec::new(), PlanReport::default());
    let runtime = runtime();
    for kind in random_tables::KINDS {
        let table = runtime.block_on(random_tables::create(kind, &mut random))?;
        let both = runtime.block_on(Both::of(&table.directory())).expect("a table with rows");
        let mut of_table = Vec::new();
        let report = runtime.block_on(both.compare(&mut random, QUESTIONS, &mut of_table));
        eprintln!("{}: {report}", kind.name);
        wrong.extend(of_table.into_iter().map(|what| format!("{}: {what}", kind.name)));
        dropped += report;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let by = dropped.dropped;
    assert!(by.by_bucket > 0 && by.by_keys > 0 && by.by_statistics > 0, "{dropped}");
    assert!(dropped.partitions_kept < dropped.partitions, "{dropped}");
    Ok(())
}

#[test]
fn any_filter_on_a_table_of_java_gives_the_same_rows_with_and_without_pruning() {
    let mut random = Random::new("any_filter_on_a_table_of_java");
    let only = std::env::var("RIMON_FIXTURES").unwrap_or_default();
    let (mut wrong, mut dropped, mut tables) = (Vec::new(), PlanReport::default(), 0);
    let runtime = runtime();
    for fixture in Fixture::all().iter().filter(|f| f.name.contains(&only)) {
        if SHIFTED.contains(&fixture.name.as_str()) {
            continue;
        }
        let unpacked = fixture.unpack();
        let Some(both) = runtime.block_on(Both::of(&unpacked.table())) else { continue };
        let mut of_table = Vec::new();
        dropped += runtime.block_on(both.compare(&mut random, 6, &mut of_table));
        wrong.extend(of_table.into_iter().map(|what| format!("{}: {what}", fixture.name)));
        tables += 1;
    }
    eprintln!("{tables} tables: {dropped}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tables > 100 || !only.is_empty(), "only {tables} tables");
}

/// Tables whose ORC files hold other values than their partitions and statistics say, in Java too.
const SHIFTED: [&str; 0] = [];
