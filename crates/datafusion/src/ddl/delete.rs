//! `TRUNCATE TABLE` and `ALTER TABLE … DROP PARTITION`.

use std::any::Any;

use datafusion::error::Result;
use datafusion::sql::sqlparser::ast::{Ident, ObjectName};
use indexmap::IndexMap;
use rimon_spec::{Error, ErrorKind};
use rimon_table::Table;

use super::{Session, Target, done};
use crate::error::to_data_fusion;
use crate::run::Outcome;
use crate::table::PaimonTable;

impl Session<'_> {
    pub(super) async fn truncate(&self, name: &ObjectName) -> Result<Option<Outcome>> {
        let Some(target) = self.target(name)? else {
            return Ok(None);
        };
        let table = load(&target).await.map_err(to_data_fusion)?;
        run(async move { table.truncate().await.map(|_| ()) }).await?;
        done(format!("truncated table {}", target.identifier))
    }

    pub(super) async fn drop_partitions(
        &self,
        target: &Target,
        if_exists: bool,
        partitions: &[Vec<(Ident, Option<String>)>],
    ) -> Result<Option<Outcome>> {
        let table = match load(target).await {
            Err(e) if if_exists && e.kind() == ErrorKind::NotFound => {
                return done(format!("there is no table {}", target.identifier));
            }
            table => table.map_err(to_data_fusion)?,
        };
        let default_name = table.options().partition_default_name.clone();
        let values = |partition: &Vec<(Ident, Option<String>)>| -> IndexMap<String, String> {
            let pairs = partition.iter().map(|(name, text)| {
                (self.names.ident(name), text.clone().unwrap_or_else(|| default_name.clone()))
            });
            pairs.collect()
        };
        let partitions: Vec<_> = partitions.iter().map(values).collect();
        run(async move { table.drop_partitions(&partitions).await.map(|_| ()) }).await?;
        done(format!("dropped partitions of {}", target.identifier))
    }
}

/// A commit runs to its end even when the caller stops waiting.
async fn run<F>(commit: F) -> Result<()>
where
    F: Future<Output = rimon_spec::Result<()>> + Send + 'static,
{
    let ended = tokio::spawn(commit).await;
    let ended = ended
        .map_err(|e| Error::internal("the commit ended abnormally").with_source(e))
        .and_then(|result| result);
    ended.map_err(to_data_fusion)
}

/// The table itself: an external one of the session, else one of the catalog; no system table.
async fn load(target: &Target) -> rimon_spec::Result<Table> {
    if target.identifier.system_table().is_some() {
        return Err(
            Error::invalid("a system table is for reading only").with("table", &target.identifier)
        );
    }
    let database = target.catalog.database(target.identifier.database());
    let external = database.session_table(&target.identifier.object());
    let provider = external.as_deref().map(|table| table as &dyn Any);
    if let Some(mounted) = provider.and_then(|table| table.downcast_ref::<PaimonTable>()) {
        return Ok(mounted.table().clone());
    }
    Table::new(target.catalog.catalog().load_table(&target.identifier).await?)
}
