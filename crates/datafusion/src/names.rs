//! Names in statements, as the session understands them.

use datafusion::common::{ResolvedTableReference, TableReference};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::sql::sqlparser::ast::{Ident, ObjectName};

/// The session's default catalog and database, and whether unquoted names are turned to lower case.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) catalog: String,
    pub(crate) database: String,
    pub(crate) lower_case: bool,
}

impl Names {
    pub(crate) fn of(state: &SessionState) -> Self {
        let options = state.config_options();
        Self {
            catalog: options.catalog.default_catalog.clone(),
            database: options.catalog.default_schema.clone(),
            lower_case: options.sql_parser.enable_ident_normalization,
        }
    }

    /// An identifier's name.
    pub(crate) fn ident(&self, ident: &Ident) -> String {
        match ident.quote_style {
            None if self.lower_case => ident.value.to_ascii_lowercase(),
            _ => ident.value.clone(),
        }
    }

    /// Identifiers' names.
    pub(crate) fn idents(&self, idents: &[Ident]) -> Vec<String> {
        idents.iter().map(|ident| self.ident(ident)).collect()
    }

    /// `t`, `db.t` or `catalog.db.t`.
    pub(crate) fn table(&self, name: &ObjectName) -> Result<ResolvedTableReference> {
        let reference = match self.parts(name)?.as_slice() {
            [table] => TableReference::bare(table.as_str()),
            [database, table] => TableReference::partial(database.as_str(), table.as_str()),
            [catalog, database, table] => {
                TableReference::full(catalog.as_str(), database.as_str(), table.as_str())
            }
            _ => return Err(bad(name, "a table is t, db.t or catalog.db.t")),
        };
        Ok(reference.resolve(&self.catalog, &self.database))
    }

    /// `db` or `catalog.db`, as catalog and database.
    pub(crate) fn database(&self, name: &ObjectName) -> Result<(String, String)> {
        match self.parts(name)?.as_slice() {
            [database] => Ok((self.catalog.clone(), database.clone())),
            [catalog, database] => Ok((catalog.clone(), database.clone())),
            _ => Err(bad(name, "a database is db or catalog.db")),
        }
    }

    fn parts(&self, name: &ObjectName) -> Result<Vec<String>> {
        let parts: Option<Vec<String>> =
            name.0.iter().map(|part| Some(self.ident(part.as_ident()?))).collect();
        parts.ok_or_else(|| bad(name, "parts of a name are identifiers"))
    }
}

fn bad(name: &ObjectName, rule: &str) -> DataFusionError {
    DataFusionError::Plan(format!("{name} is no name: {rule}"))
}
