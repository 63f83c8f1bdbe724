//! The physical scan: splits and key ranges of splits, spread over partitions.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Statistics, internal_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, RecordBatchStream,
    SendableRecordBatchStream, StatisticsArgs,
};
use futures::{Stream, StreamExt, TryStreamExt};
use rimon_table::{BatchStream, Plan, ReadTask};

use crate::error::to_data_fusion;

/// Reads one snapshot of one table.
///
/// Partitions are lists of read tasks of about equal work: files, row ranges of files, and key ranges of buckets
/// whose files overlap, so that one bucket uses all cores. No order of rows is promised.
#[derive(Debug, Clone)]
pub struct PaimonScanExec {
    scan: Arc<Scan>,
    /// Rows after which a partition stops; the plan above still cuts the total.
    fetch: Option<usize>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

/// What is shared by all copies of a scan.
#[derive(Debug)]
struct Scan {
    table: String,
    plan: Plan,
    schema: SchemaRef,
    filters: String,
    partitions: usize,
    /// Partitions that were asked for: spreading the splits anew has to give the same tasks.
    target: usize,
    /// Tasks of each partition until they are taken; a second execution spreads the splits anew.
    tasks: Vec<Mutex<Option<Vec<ReadTask>>>>,
}

impl PaimonScanExec {
    /// Spreads the splits of `plan` over at most `target` partitions. `schema` is what batches are labelled with;
    /// `filters` is shown only, the plan already has them.
    ///
    /// # Errors
    /// Those of opening files.
    pub(crate) async fn new(
        table: String,
        plan: Plan,
        schema: SchemaRef,
        filters: String,
        fetch: Option<usize>,
        target: usize,
    ) -> rimon_spec::Result<Self> {
        let tasks = plan.read.tasks(plan.splits.clone(), target).await?;
        let partitions = tasks.len().max(1);
        let tasks = tasks.into_iter().map(|list| Mutex::new(Some(list))).collect();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self {
            scan: Arc::new(Scan { table, plan, schema, filters, partitions, target, tasks }),
            fetch,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        })
    }

    /// What is read and what was left out.
    pub fn plan(&self) -> &Plan {
        &self.scan.plan
    }
}

impl Scan {
    async fn tasks(&self, partition: usize) -> rimon_spec::Result<Vec<ReadTask>> {
        let ready = self
            .tasks
            .get(partition)
            .and_then(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner).take());
        match ready {
            Some(tasks) => Ok(tasks),
            None => {
                let splits = self.plan.splits.clone();
                let all = self.plan.read.tasks(splits, self.target).await?;
                Ok(all.into_iter().nth(partition).unwrap_or_default())
            }
        }
    }
}

impl DisplayAs for PaimonScanExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scan = &self.scan;
        let snapshot = match &scan.plan.snapshot {
            Some(snapshot) => snapshot.id.to_string(),
            None => "none".to_string(),
        };
        let report = &scan.plan.report;
        if format == DisplayFormatType::TreeRender {
            writeln!(f, "table={}", scan.table)?;
            writeln!(f, "snapshot={snapshot}")?;
            return writeln!(f, "files={}/{}", report.files_kept, report.files);
        }
        write!(
            f,
            "PaimonScanExec: table={}, snapshot={snapshot}, splits={}, files={}/{}, partitions={}/{}, \
             buckets={}/{}, workers={}",
            scan.table,
            scan.plan.splits.len(),
            report.files_kept,
            report.files,
            report.partitions_kept,
            report.partitions,
            report.buckets_kept,
            report.buckets,
            scan.partitions,
        )?;
        let columns: Vec<&str> = scan.schema.fields().iter().map(|c| c.name().as_str()).collect();
        write!(f, ", projection=[{}]", columns.join(", "))?;
        if !scan.filters.is_empty() {
            write!(f, ", predicate={}", scan.filters)?;
        }
        match self.fetch {
            Some(rows) => write!(f, ", limit={rows}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for PaimonScanExec {
    fn name(&self) -> &'static str {
        "PaimonScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
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
        if children.is_empty() { Ok(self) } else { internal_err!("a scan has no children") }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if children.is_empty() { Ok(self) } else { internal_err!("a scan has no children") }
    }

    fn execute(
        &self,
        partition: usize,
        _context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        if partition >= self.scan.partitions {
            return internal_err!("the scan has no partition {partition}");
        }
        let scan = Arc::clone(&self.scan);
        let batches = futures::stream::once(async move { scan.tasks(partition).await })
            .map_ok(|tasks| futures::stream::iter(tasks).map(ReadTask::execute).flatten())
            .try_flatten();
        Ok(Box::pin(ScanStream {
            schema: Arc::clone(&self.scan.schema),
            batches: batches.boxed(),
            left: self.fetch,
            metrics: BaselineMetrics::new(&self.metrics, partition),
        }))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        _input_stats: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.scan.schema);
        if args.partition().is_none() {
            let plan = &self.scan.plan;
            statistics.num_rows = match plan.exact_rows() {
                Some(rows) => Precision::Exact(as_usize(rows)),
                None => Precision::Inexact(as_usize(plan.physical_rows())),
            };
            if let Some(fetch) = self.fetch {
                statistics.num_rows =
                    statistics.num_rows.min(&Precision::Inexact(fetch)).to_inexact();
            }
            statistics.total_byte_size = Precision::Inexact(as_usize(plan.bytes()));
        }
        Ok(Arc::new(statistics))
    }

    fn supports_limit_pushdown(&self) -> bool {
        false
    }

    fn with_fetch(&self, limit: Option<usize>) -> Option<Arc<dyn ExecutionPlan>> {
        Some(Arc::new(Self { fetch: limit, ..self.clone() }))
    }

    fn fetch(&self) -> Option<usize> {
        self.fetch
    }
}

fn as_usize(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

/// Batches of one partition with the scan's schema.
struct ScanStream {
    schema: SchemaRef,
    batches: BatchStream,
    left: Option<usize>,
    metrics: BaselineMetrics,
}

impl ScanStream {
    fn label(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        let batch = match &mut self.left {
            Some(left) => {
                let batch = batch.slice(0, batch.num_rows().min(*left));
                *left -= batch.num_rows();
                batch
            }
            None => batch,
        };
        if Arc::ptr_eq(batch.schema_ref(), &self.schema) {
            return Ok(batch);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let (_, mut columns, _) = batch.into_parts();
        for (column, field) in columns.iter_mut().zip(self.schema.fields()) {
            // of views only: strings that are none in the file's format
            if column.data_type() != field.data_type() {
                *column = cast(column, field.data_type())?;
            }
        }
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .map_err(DataFusionError::from)
    }
}

impl Stream for ScanStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left == Some(0) {
            return Poll::Ready(None);
        }
        let this = &mut *self;
        let timer = this.metrics.elapsed_compute().timer();
        let polled = this.batches.poll_next_unpin(context);
        drop(timer);
        let polled = polled.map(|next| {
            next.map(|batch| batch.map_err(to_data_fusion).and_then(|batch| this.label(batch)))
        });
        this.metrics.record_poll(polled)
    }
}

impl RecordBatchStream for ScanStream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
