//! The physical scan: splits and key ranges of splits, spread over partitions.

mod late;
mod metrics;
mod statistics;
mod stream;

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Statistics, internal_err};
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
    SendableRecordBatchStream, StatisticsArgs,
};
use futures::{StreamExt, TryStreamExt};
use rimon_table::{LateFilter, Plan, ReadTask};

use self::late::late_filter;
use self::stream::ScanStream;

/// Reads one snapshot of one table.
///
/// Partitions are lists of read tasks of about equal work: files, row ranges of files, and key ranges of buckets
/// whose files overlap, so that one bucket uses all cores. No order of rows is promised.
#[derive(Debug, Clone)]
pub struct PaimonScanExec {
    scan: Arc<Scan>,
    /// Rows after which a partition stops; the plan above still cuts the total.
    fetch: Option<usize>,
    /// Filters of nodes above that get stricter while the query runs.
    dynamic: Vec<Arc<dyn PhysicalExpr>>,
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
    statistics: OnceLock<Statistics>,
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
            scan: Arc::new(Scan {
                table,
                plan,
                schema,
                filters,
                partitions,
                target,
                tasks,
                statistics: OnceLock::new(),
            }),
            fetch,
            dynamic: Vec::new(),
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
            "PaimonScanExec: table={}, snapshot={snapshot}, splits={}, {report}, workers={}",
            scan.table,
            scan.plan.splits.len(),
            scan.partitions,
        )?;
        let columns: Vec<&str> = scan.schema.fields().iter().map(|c| c.name().as_str()).collect();
        write!(f, ", projection=[{}]", columns.join(", "))?;
        if !scan.filters.is_empty() {
            write!(f, ", predicate={}", scan.filters)?;
        }
        if let Some(rows) = self.fetch {
            write!(f, ", limit={rows}")?;
        }
        if self.dynamic.is_empty() {
            return Ok(());
        }
        let dynamic: Vec<String> = self.dynamic.iter().map(ToString::to_string).collect();
        write!(f, ", dynamic=[{}]", dynamic.join(", "))
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
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for filter in &self.dynamic {
            if f(filter)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
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
        let late = late_filter(&self.dynamic, &scan.schema, scan.plan.read.table_schema());
        let batches = futures::stream::once(async move { scan.tasks(partition).await })
            .map_ok(move |tasks| {
                let late = late.clone();
                let streams = futures::stream::iter(tasks);
                streams.map(move |task| execute(task, late.as_ref())).flatten()
            })
            .try_flatten();
        Ok(Box::pin(ScanStream {
            schema: Arc::clone(&self.scan.schema),
            batches: batches.boxed(),
            left: self.fetch,
            metrics: BaselineMetrics::new(&self.metrics, partition),
        }))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(metrics::with_counters(self.metrics.clone_inner(), &self.scan.plan))
    }

    fn statistics_from_inputs(
        &self,
        _input_stats: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        if args.partition().is_some() {
            return Ok(Arc::new(Statistics::new_unknown(&self.scan.schema)));
        }
        let scan = &self.scan;
        let whole = scan.statistics.get_or_init(|| statistics::of(&scan.plan, &scan.schema));
        Ok(Arc::new(match self.fetch {
            Some(rows) => statistics::at_most(whole, rows),
            None => whole.clone(),
        }))
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

    /// Takes what nodes above promise to have no use for. Their filters stay: rows are skipped in files and pages only.
    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        result: ChildPushdownResult,
        _config: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let none = vec![PushedDown::No; result.parent_filters.len()];
        let kept = FilterPushdownPropagation::with_parent_pushdown_result(none);
        if phase != FilterPushdownPhase::Post {
            return Ok(kept);
        }
        let filters = result.parent_filters.into_iter().map(|f| f.filter);
        let dynamic: Vec<_> = filters.filter(late::is_dynamic).collect();
        if dynamic.is_empty() {
            return Ok(kept);
        }
        Ok(kept.with_updated_node(Arc::new(Self { dynamic, ..self.clone() })))
    }

    /// Another execution has other values to compare with.
    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self { dynamic: Vec::new(), ..self.as_ref().clone() }))
    }
}

fn execute(task: ReadTask, late: Option<&LateFilter>) -> rimon_table::BatchStream {
    match late {
        Some(filter) => task.with_late_filter(filter).execute(),
        None => task.execute(),
    }
}
