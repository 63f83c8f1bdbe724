//! `INSERT INTO` as a physical plan: rows in, one row with their number out.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::internal_err;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, ReplaceChildrenOptions, reset_plan_states,
};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricBuilder, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, ExecutionPlanProperties,
    InputDistributionRequirements, Partitioning, PlanProperties, SendableRecordBatchStream,
};
use rimon_spec::{Error, ErrorKind};
use rimon_table::Table;
use rimon_table::commit::Overwrite;

use crate::commit_exec::{Committed, commit};
use crate::error::to_data_fusion;
use crate::write_exec::write_all;

/// The plan that writes the rows of `input` into `table` and commits them, in place of the rows that `overwrite` says.
///
/// # Errors
/// `Unsupported` naming the feature when the table cannot be written, `Invalid` for a pinned version of it.
pub(crate) fn insert_plan(
    table: &Table,
    input: Arc<dyn ExecutionPlan>,
    overwrite: Option<Overwrite>,
) -> rimon_spec::Result<Arc<dyn ExecutionPlan>> {
    if table.pinned().is_some() {
        return Err(Error::invalid("an earlier version of a table cannot be written")
            .with("table", table.name()));
    }
    table.options().refuse_unsupported_write().map_err(|e| e.with("table", table.name()))?;
    if let Some(what) = &overwrite {
        what.check_keys(table)?;
    }
    let columns = table.schema().fields.len();
    if input.schema().fields().len() != columns {
        return Err(Error::invalid(format!(
            "{} columns were given for the {columns} of the table",
            input.schema().fields().len()
        ))
        .with("table", table.name()));
    }
    Ok(Arc::new(PaimonInsertExec::new(table.clone(), input, overwrite)))
}

/// Writes its input with one writer per input partition (one in all where rows belong to buckets, so that the
/// versions of a key keep their order) and commits once, when all rows are written.
#[derive(Debug)]
pub struct PaimonInsertExec {
    table: Table,
    input: Arc<dyn ExecutionPlan>,
    overwrite: Option<Overwrite>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl PaimonInsertExec {
    fn new(table: Table, input: Arc<dyn ExecutionPlan>, overwrite: Option<Overwrite>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(count_schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        let metrics = ExecutionPlanMetricsSet::new();
        Self { table, input, overwrite, properties: Arc::new(properties), metrics }
    }

    /// Whether several writers may write at once.
    fn is_spread(&self) -> bool {
        !self.table.has_primary_key() && self.table.options().bucket < 0
    }

    /// Writes and commits. Where buckets are chosen by what the table holds, and another job has changed that
    /// meanwhile, the input is run and written again.
    async fn run(
        &self,
        mut inputs: Vec<SendableRecordBatchStream>,
        context: Arc<TaskContext>,
    ) -> Result<(u64, Committed)> {
        let replaces = self.overwrite.is_some();
        let mut tries = self.table.max_writes();
        loop {
            let written = write_all(&self.table, inputs, context.memory_pool(), replaces).await?;
            let rows = written.rows;
            tries = tries.saturating_sub(1);
            match commit(&self.table, written, self.overwrite.clone()).await {
                Ok(committed) => return Ok((rows, committed)),
                Err(error) if error.kind() == ErrorKind::Conflict && tries > 0 => {
                    let again = reset_plan_states(Arc::clone(&self.input))?;
                    inputs = (0..again.output_partitioning().partition_count())
                        .map(|i| again.execute(i, Arc::clone(&context)))
                        .collect::<Result<_>>()?;
                }
                Err(error) => return Err(to_data_fusion(error)),
            }
        }
    }

    fn with_input(&self, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match <[_; 1]>::try_from(children) {
            Ok([input]) => {
                Ok(Arc::new(Self::new(self.table.clone(), input, self.overwrite.clone())))
            }
            Err(_) => internal_err!("an insert has one input"),
        }
    }

    fn record(&self, rows: u64, committed: Committed) {
        let counter = |name: &'static str, value: u64| {
            let value = usize::try_from(value).unwrap_or(usize::MAX);
            MetricBuilder::new(&self.metrics).global_counter(name).add(value);
        };
        counter("rows_written", rows);
        counter("files_written", committed.files);
        counter("bytes_written", committed.bytes);
    }
}

fn count_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("count", DataType::UInt64, false)]))
}

impl DisplayAs for PaimonInsertExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let writers = self.input.output_partitioning().partition_count();
        match format {
            DisplayFormatType::TreeRender => writeln!(f, "table={}", self.table.name()),
            _ => {
                let mode = if self.overwrite.is_some() { ", overwrite=true" } else { "" };
                write!(f, "PaimonInsertExec: table={}, writers={writers}{mode}", self.table.name())
            }
        }
    }
}

impl ExecutionPlan for PaimonInsertExec {
    fn name(&self) -> &'static str {
        "PaimonInsertExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![match self.is_spread() {
            true => Distribution::UnspecifiedDistribution,
            false => Distribution::SinglePartition,
        }])
    }

    /// Rows that come in order are written in order.
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.with_input(children)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.with_input(children)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!("an insert has one partition");
        }
        let inputs: Result<Vec<_>> = (0..self.input.output_partitioning().partition_count())
            .map(|i| self.input.execute(i, Arc::clone(&context)))
            .collect();
        let inputs = inputs?;
        let this = Self {
            table: self.table.clone(),
            input: Arc::clone(&self.input),
            overwrite: self.overwrite.clone(),
            properties: Arc::clone(&self.properties),
            metrics: self.metrics.clone(),
        };
        let counted = futures::stream::once(async move {
            let (rows, committed) = this.run(inputs, context).await?;
            this.record(rows, committed);
            let count: ArrayRef = Arc::new(UInt64Array::from(vec![rows]));
            Ok(RecordBatch::try_new(count_schema(), vec![count])?)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(count_schema(), counted)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
