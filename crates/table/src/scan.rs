//! A scan: which columns, which rows, which version; and the plan that comes of it.

mod chain;
mod chosen;
mod columns;
mod fallback;
mod increment;
mod levels;
mod outcome;
mod place;
mod planner;
mod report;
mod summary;

use std::collections::HashSet;

use arrow::datatypes::SchemaRef;
use rimon_spec::options::StartMode;
use rimon_spec::{BinaryRow, Error, Predicate, Result};

use crate::plan::Travel;
use crate::read::{BatchStream, Form, TableRead};
use crate::table::Table;

use self::columns::{check_columns, select_fields};
use self::levels::Levels;
pub use self::outcome::Plan;
use self::outcome::cut_to_limit;
pub(crate) use self::planner::Planner;
pub use self::report::{DroppedFiles, PlanReport};
pub use self::summary::ColumnSummary;

/// A read in the making. Nothing is read before [`TableScan::plan`] or [`TableScan::stream`].
#[derive(Debug, Clone)]
pub struct TableScan {
    table: Table,
    columns: Option<Vec<String>>,
    predicate: Predicate,
    limit: Option<u64>,
    travel: Travel,
    all_levels: bool,
    row_kinds: bool,
    form: Form,
    tracking: bool,
}

impl Table {
    /// Begins a read.
    pub fn scan(&self) -> TableScan {
        TableScan::new(self.clone())
    }
}

impl TableScan {
    pub(crate) fn new(table: Table) -> Self {
        Self {
            table,
            columns: None,
            predicate: Predicate::True,
            limit: None,
            travel: Travel::Latest,
            all_levels: false,
            row_kinds: false,
            form: Form::Rows,
            tracking: false,
        }
    }

    /// Only these columns, in this order. May be empty: then batches have rows and no columns.
    #[must_use]
    pub fn select<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.columns = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// Only rows where this is true; several calls are combined with AND.
    #[must_use]
    pub fn filter(mut self, predicate: Predicate) -> Self {
        self.predicate = Predicate::and(vec![self.predicate, predicate]);
        self
    }

    /// At most about so many rows are planned for: whole files are left out once the rest has enough rows.
    /// The caller cuts the exact number.
    #[must_use]
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Also the rows on levels that the table's reads leave out.
    pub(crate) fn all_levels(mut self) -> Self {
        self.all_levels = true;
        self
    }

    /// At this version of the table.
    #[must_use]
    pub fn at(mut self, travel: Travel) -> Self {
        self.travel = travel;
        self
    }

    /// Also the kind of each row, as the last column: `_VALUE_KIND`, Int8, 0 to 3 for `+I`, `-U`, `+U` and `-D`. Rows that
    /// were deleted are then rows of the read too, as long as files have them; without this they are left out.
    #[must_use]
    pub fn with_row_kinds(mut self) -> Self {
        self.row_kinds = true;
        self
    }

    /// As `$audit_log` shows it: the kind of each row in words (`rowkind`: `+I`, `-U`, `+U`, `-D`), with the option
    /// `table-read.sequence-number.enabled` its sequence number, then the columns. Rows that were deleted are rows too.
    #[must_use]
    pub fn audit_log(self) -> Self {
        Self { form: Form::AuditLog, ..self }
    }

    /// As `$binlog` shows it: like [`TableScan::audit_log`] with every column as a list. An update of a changelog is one
    /// row with two values in each list, before and after; lists of other rows have one.
    #[must_use]
    pub fn binlog(self) -> Self {
        Self { form: Form::Binlog, ..self }
    }

    /// As `$row_tracking` shows it: `_ROW_ID` and `_SEQUENCE_NUMBER` behind the columns.
    #[must_use]
    pub fn row_tracking(self) -> Self {
        Self { tracking: true, ..self }
    }

    /// The columns of the batches, for the table's own schema: a version that is asked for may have another.
    ///
    /// # Errors
    /// `Unsupported` and `Invalid` as [`TableScan::plan`].
    pub fn schema(&self) -> Result<SchemaRef> {
        Ok(self.read(&self.table)?.schema())
    }

    /// Plans the read and gives all rows that pass the filter, in no particular order.
    ///
    /// # Errors
    /// As [`TableScan::plan`]; the stream gives errors of reading.
    pub async fn stream(self) -> Result<BatchStream> {
        let limit = self.limit;
        let plan = self.plan().await?;
        plan.read.clone().filtered().limited(limit).stream(plan.splits).await
    }

    /// Plans the read: reads snapshot and manifests, drops what the filter excludes, cuts splits.
    ///
    /// # Errors
    /// `Unsupported` names the feature of the table that this build does not read; `Invalid` an unknown column;
    /// `NotFound` and `Corrupt` the snapshot or manifest.
    pub async fn plan(self) -> Result<Plan> {
        if let Some(chain) = self.chain().await? {
            return self.plan_chain(chain).await;
        }
        match self.fallback_branch().await? {
            Some(other) => self.plan_with_fallback(other).await,
            None => Ok(self.plan_except(&HashSet::new()).await?.0),
        }
    }

    /// The plan without some partitions, and the partitions that there are where the filter lets them pass.
    async fn plan_except(self, skip: &HashSet<BinaryRow>) -> Result<(Plan, HashSet<BinaryRow>)> {
        let table = match self.travel {
            Travel::Latest => self.table.at_options().await?,
            ref travel => self.table.at(travel).await?,
        };
        let read = self.read(&table)?;
        let scan = table.scan_options();
        if scan.is_incremental() || scan.mode == StartMode::LatestDelta {
            let planner = Planner::new(table, read, &self.predicate).real_buckets();
            return Ok((self.plan_increment(planner).await?, HashSet::new()));
        }
        let snapshot = table.current_snapshot().await?;
        let Some(snapshot) = snapshot else {
            let report = PlanReport::default();
            return Ok((Plan { snapshot: None, read, splits: vec![], report }, HashSet::new()));
        };
        let levels = Levels::of(&table, self.all_levels);
        let planner = Planner::new(table, read, &self.predicate).real_buckets();
        let mut planner = planner.without(skip.clone());
        let mut splits = planner.state(&snapshot, &|level| levels.see(level)).await?;
        let present = planner.take_present();
        let by_limit = match planner.read.has_no_row_filter() {
            true => cut_to_limit(&mut splits, self.limit),
            false => 0,
        };
        let (read, mut report) = planner.finish(&splits);
        report.dropped.by_limit = by_limit;
        Ok((Plan { snapshot: Some(snapshot), read, splits, report }, present))
    }

    /// What every split is read for.
    pub(crate) fn read(&self, table: &Table) -> Result<TableRead> {
        table.options().refuse_unsupported_read().map_err(|e| e.with("table", table.name()))?;
        let schema = table.schema();
        let fields = select_fields(schema, self.columns.as_deref())?;
        check_columns(schema, &self.predicate)?;
        let read = TableRead::new(table.clone(), fields, self.predicate.clone())?;
        let sequence = table.has_primary_key() && table.options().read_sequence_numbers;
        match self.form {
            Form::Rows if self.tracking && !table.options().row_tracking_enabled => {
                Err(Error::invalid("$row_tracking of a table without 'row-tracking.enabled'")
                    .with("table", table.name()))
            }
            Form::Rows if self.tracking => read.with_tracking(),
            Form::Rows if self.row_kinds => read.with_row_kinds(),
            Form::Rows => Ok(read),
            form => read.in_form(form, sequence),
        }
    }
}
