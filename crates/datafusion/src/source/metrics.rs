//! What `EXPLAIN ANALYZE` shows of a scan besides rows and times.

use std::sync::Arc;

use datafusion::physical_plan::metrics::{Metric, MetricValue, MetricsSet, PruningMetrics};
use rimon_table::Plan;

/// `metrics` and what reading skipped by statistics and indexes of data files: `row_groups_pruned`, `rows_pruned`.
/// Nothing when no file was looked at, as in merges, which skip by other means.
pub(super) fn with_counters(mut metrics: MetricsSet, plan: &Plan) -> MetricsSet {
    let counters = plan.read.counters();
    for (name, (all, read)) in
        [("row_groups_pruned", counters.row_groups()), ("rows_pruned", counters.rows())]
    {
        if all == 0 {
            continue;
        }
        let pruning_metrics = PruningMetrics::new();
        pruning_metrics.add_pruned(as_usize(all.saturating_sub(read)));
        pruning_metrics.add_matched(as_usize(read));
        let value = MetricValue::PruningMetrics { name: name.into(), pruning_metrics };
        metrics.push(Arc::new(Metric::new(value, None)));
    }
    metrics
}

fn as_usize(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}
