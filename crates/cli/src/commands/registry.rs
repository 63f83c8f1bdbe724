//! `rimon catalog …`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use rimon::catalog::{Registry, RepairScope};

use crate::args::{BreakArgs, LocksArgs, ObjectsArgs, RegistryCommand, RepairArgs};
use crate::config::Config;
use crate::failure::{Failure, Result};
use crate::output::{self, Output};
use crate::session::Session;

/// Runs one verb.
///
/// # Errors
/// What the verb says; also for catalogs without a metastore.
pub(crate) async fn run(command: RegistryCommand, config: &Config) -> Result<()> {
    config.check_warehouse(true)?;
    let session = Session::open(config).await?;
    let Some(registry) = session.catalog().registry() else {
        return Err(Failure::new("the catalog has no metastore: its tables are its directories")
            .or_hint("--catalog-option metastore=hive --catalog-option uri=thrift://HOST:PORT"));
    };
    match command {
        RegistryCommand::Objects(args) => objects(&args, &session, registry).await,
        RegistryCommand::Repair(args) => repair(&args, registry).await,
        RegistryCommand::Locks(args) => locks(&args, registry).await,
        RegistryCommand::BreakLock(args) => break_lock(&args, registry).await,
    }
}

fn texts(values: Vec<String>) -> ArrayRef {
    Arc::new(StringArray::from(values))
}

async fn objects(args: &ObjectsArgs, session: &Session, registry: &dyn Registry) -> Result<()> {
    let tables = session.catalog().list_tables(&args.database).await?;
    let mut rows: Vec<_> = tables.into_iter().map(|name| (name, "PAIMON".to_string())).collect();
    let others = registry.foreign_objects(&args.database).await?;
    rows.extend(others.into_iter().map(|o| (o.name, o.kind)));
    rows.sort();
    let (names, kinds) = rows.into_iter().unzip();
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("name", texts(names), false),
        ("type", texts(kinds), false),
    ])?;
    Output::stdout(args.format, false).batch(&batch)
}

async fn repair(args: &RepairArgs, registry: &dyn Registry) -> Result<()> {
    let scope = match &args.scope {
        None => RepairScope::All,
        Some(text) if text.contains('.') => RepairScope::Table(Session::name(text)?),
        Some(database) => RepairScope::Database(database.clone()),
    };
    let repaired = registry.repair(&scope).await?;
    output::say(&format!("{} tables looked at", repaired.len()));
    Ok(())
}

async fn locks(args: &LocksArgs, registry: &dyn Registry) -> Result<()> {
    let table = args.table.as_deref().map(Session::name).transpose()?;
    let locks = registry.locks(table.as_ref()).await?;
    let column = |f: fn(&rimon::catalog::TableLock) -> String| texts(locks.iter().map(f).collect());
    let ids = Int64Array::from_iter_values(locks.iter().map(|l| l.id));
    let heartbeats =
        TimestampMillisecondArray::from_iter_values(locks.iter().map(|l| l.last_heartbeat));
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("lock", Arc::new(ids) as ArrayRef, false),
        ("database", column(|l| l.database.clone()), false),
        ("table", column(|l| l.table.clone().unwrap_or_default()), false),
        ("state", column(|l| l.state.to_string()), false),
        ("holder", column(|l| l.holder.clone()), false),
        ("agent", column(|l| l.agent.clone().unwrap_or_default()), false),
        ("last_heartbeat", Arc::new(heartbeats) as ArrayRef, false),
    ])?;
    Output::stdout(args.format, false).batch(&batch)
}

async fn break_lock(args: &BreakArgs, registry: &dyn Registry) -> Result<()> {
    registry.break_lock(args.id).await?;
    output::say(&format!("lock {} is given back", args.id));
    Ok(())
}
