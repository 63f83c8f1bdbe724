//! `scan.fallback-branch`: partitions that the table lacks come from another branch (`FallbackReadFileStoreTable.java`).

use rimon_metadata::{Branch, TableHandle};
use rimon_spec::options::StartMode;
use rimon_spec::{Error, ErrorKind, FIRST_SNAPSHOT_ID, Result, TableOptions, TableSchema};

use super::{Plan, TableScan};
use crate::plan::Travel;
use crate::table::Table;

impl TableScan {
    /// The table on its fallback branch. As in Java a branch that does not exist is not missed.
    pub(super) async fn fallback_branch(&self) -> Result<Option<Table>> {
        let Some(name) = &self.table.options().scan_fallback_branch else { return Ok(None) };
        let branch = Branch::new(name)?;
        let handle = match TableHandle::open(self.table.storage().clone(), branch).await {
            Ok(handle) => handle,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                tracing::warn!(table = self.table.name(), branch = name, "no fallback branch");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let other = Table::with_runtime(handle, self.table.runtime().clone())?;
        check_columns(self.table.schema(), other.schema()).map_err(|e| {
            e.with("table", self.table.name()).with("option 'scan.fallback-branch'", name)
        })?;
        // Both give the same columns.
        let mut options = TableOptions::clone(other.options());
        options.read_sequence_numbers = self.table.options().read_sequence_numbers;
        let other = other.with_parsed_options(options);
        Ok(Some(if self.table.is_read_optimized() { other.read_optimized() } else { other }))
    }

    /// The plan of both branches. A partition is read from one of them: from the table's own if it is there.
    pub(super) async fn plan_with_fallback(self, other: Table) -> Result<Plan> {
        let scan = self.table.scan_options();
        if scan.is_incremental() || scan.mode == StartMode::LatestDelta {
            return Err(Error::unsupported("changes of a table with 'scan.fallback-branch'")
                .with("table", self.table.name()));
        }
        let main = match &self.travel {
            Travel::Latest => self.table.at_options().await?,
            travel => self.table.at(travel).await?,
        };
        let Some(other) = as_of(&main, other).await? else {
            return Ok(self.plan_except(&Default::default()).await?.0);
        };
        let second = Self { table: other, travel: Travel::Latest, ..self.clone() };
        let (mut plan, present) = self.plan_except(&Default::default()).await?;
        let (mut rest, _) = second.plan_except(&present).await?;
        rest.splits.iter_mut().for_each(|split| split.fallback = true);
        plan.report += rest.report;
        plan.splits.append(&mut rest.splits);
        plan.read = plan.read.with_fallback(rest.read);
        Ok(plan)
    }
}

/// The other branch at the time of the snapshot that the table is pinned to, or at its first one when it is younger;
/// `None` when it has no snapshot then.
async fn as_of(main: &Table, other: Table) -> Result<Option<Table>> {
    let Some(snapshot) = main.pinned() else { return Ok(Some(other)) };
    let found = match other.snapshots().at_or_before(snapshot.time_millis).await? {
        Some(found) => Some(found),
        None => other.snapshots().find(FIRST_SNAPSHOT_ID).await?,
    };
    let Some(found) = found else { return Ok(None) };
    let schema = other.schemas().get(found.schema_id).await?;
    other.pinned_to(found, &schema).map(Some)
}

/// Both branches need the same columns.
pub(super) fn check_columns(main: &TableSchema, other: &TableSchema) -> Result<()> {
    let columns = |schema: &TableSchema| -> Vec<_> {
        schema.fields.iter().map(|f| (f.name.clone(), f.data_type.clone())).collect()
    };
    if columns(main) == columns(other) && main.partition_keys == other.partition_keys {
        return Ok(());
    }
    Err(Error::unsupported("a branch to read from that has other columns than the table"))
}
