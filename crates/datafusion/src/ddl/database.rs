//! `CREATE DATABASE`, `DROP DATABASE`, `USE`.

use datafusion::error::Result;
use datafusion::sql::sqlparser::ast::ObjectName;
use indexmap::IndexMap;

use super::{Session, done};
use crate::catalog::PaimonCatalog;
use crate::error::to_data_fusion;
use crate::run::Outcome;

impl Session<'_> {
    pub(super) async fn create_database(
        &self,
        name: &ObjectName,
        if_not_exists: bool,
        options: &[(String, String)],
    ) -> Result<Option<Outcome>> {
        let Some((catalog, database)) = self.database(name)? else {
            return Ok(None);
        };
        let properties: IndexMap<String, String> = options.iter().cloned().collect();
        catalog
            .catalog()
            .create_database(&database, &properties, if_not_exists)
            .await
            .map_err(to_data_fusion)?;
        done(format!("created database {database}"))
    }

    pub(super) async fn drop_database(
        &self,
        name: &ObjectName,
        if_exists: bool,
        cascade: bool,
    ) -> Result<Option<Outcome>> {
        let Some((catalog, database)) = self.database(name)? else {
            return Ok(None);
        };
        catalog
            .catalog()
            .drop_database(&database, if_exists, cascade)
            .await
            .map_err(to_data_fusion)?;
        catalog.forget(&database);
        done(format!("dropped database {database}"))
    }

    pub(super) async fn use_database(&self, name: &ObjectName) -> Result<Option<Outcome>> {
        let (catalog_name, database) = self.names.database(name)?;
        if let Some(catalog) = PaimonCatalog::find(self.context, &catalog_name) {
            catalog.catalog().database(&database).await.map_err(to_data_fusion)?;
        } else if self.context.catalog(&catalog_name).and_then(|c| c.schema(&database)).is_none() {
            let error = rimon_spec::Error::not_found("there is no such database")
                .with("database", format!("{catalog_name}.{database}"));
            return Err(to_data_fusion(error));
        }
        let state = self.context.state_ref();
        let mut state = state.write();
        let options = state.config_mut().options_mut();
        options.catalog.default_catalog = catalog_name;
        options.catalog.default_schema.clone_from(&database);
        drop(state);
        done(format!("using database {database}"))
    }
}
