//! Statements on databases and tables of Paimon catalogs.

mod alter;
mod create;
mod database;
mod definition;
mod delete;
mod like;
mod rows;
mod show;

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::ObjectName;
use rimon_catalog::Identifier;

use crate::catalog::PaimonCatalog;
use crate::error::to_data_fusion;
use crate::names::Names;
use crate::run::Outcome;
use crate::statement::Kind;

pub(crate) use definition::create_statement;

/// Runs a statement; `None` when its object is not in a Paimon catalog.
pub(crate) async fn execute(context: &SessionContext, kind: &Kind) -> Result<Option<Outcome>> {
    let session = Session { context, names: Names::of(&context.state()) };
    match kind {
        Kind::CreateDatabase { name, if_not_exists, options } => {
            session.create_database(name, *if_not_exists, options).await
        }
        Kind::DropDatabase { name, if_exists, cascade } => {
            session.drop_database(name, *if_exists, *cascade).await
        }
        Kind::CreateTable(table) => session.create_table(table).await,
        Kind::DropTable { names, if_exists } => session.drop_tables(names, *if_exists).await,
        Kind::Truncate(name) => session.truncate(name).await,
        Kind::AlterTable { name, if_exists, actions } => {
            session.alter_table(name, *if_exists, actions).await
        }
        Kind::ShowDatabases(pattern) => session.show_databases(pattern.as_deref()).await,
        Kind::ShowTables(database, pattern) => {
            session.show_tables(database.as_ref(), pattern.as_deref()).await
        }
        Kind::ShowCreateTable(name) => session.show_create_table(name).await,
        Kind::Describe(name) => session.describe(name).await,
        Kind::Use(name) => session.use_database(name).await,
        Kind::DataFusion(_) => Ok(None),
    }
}

/// The session a statement runs in.
struct Session<'a> {
    context: &'a SessionContext,
    names: Names,
}

/// A table named in a statement.
struct Target {
    catalog: Arc<PaimonCatalog>,
    identifier: Identifier,
}

impl Session<'_> {
    /// The Paimon catalog and identifier of a table's name; `None` for other catalogs.
    fn target(&self, name: &ObjectName) -> Result<Option<Target>> {
        let full = self.names.table(name)?;
        let Some(catalog) = PaimonCatalog::find(self.context, &full.catalog) else {
            return Ok(None);
        };
        let identifier = Identifier::new(&full.schema, &full.table).map_err(to_data_fusion)?;
        Ok(Some(Target { catalog, identifier }))
    }

    /// The Paimon catalog and name of a database; `None` for other catalogs.
    fn database(&self, name: &ObjectName) -> Result<Option<(Arc<PaimonCatalog>, String)>> {
        let (catalog, database) = self.names.database(name)?;
        Ok(PaimonCatalog::find(self.context, &catalog).map(|catalog| (catalog, database)))
    }
}

impl Target {
    /// Whether the name is a view or external table of the session.
    fn is_of_session(&self) -> bool {
        let database = self.catalog.database(self.identifier.database());
        database.session_table(&self.identifier.object()).is_some()
    }
}

fn done(text: impl Into<String>) -> Result<Option<Outcome>> {
    Ok(Some(Outcome::Done(text.into())))
}
