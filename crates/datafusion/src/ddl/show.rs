//! `SHOW DATABASES`, `SHOW TABLES`, `SHOW CREATE TABLE`, `DESCRIBE`.

use datafusion::error::Result;
use datafusion::sql::sqlparser::ast::ObjectName;
use rimon_metadata::TableHandle;
use rimon_spec::{DataField, Error};

use super::rows::{TextColumn, rows};
use super::{Session, Target, create_statement, like};
use crate::catalog::PaimonCatalog;
use crate::error::to_data_fusion;
use crate::run::Outcome;

impl Session<'_> {
    pub(super) async fn show_databases(&self, pattern: Option<&str>) -> Result<Option<Outcome>> {
        let Some(catalog) = PaimonCatalog::find(self.context, &self.names.catalog) else {
            return Ok(None);
        };
        let names = catalog.catalog().list_databases().await.map_err(to_data_fusion)?;
        let names = names.into_iter().filter(|n| pattern.is_none_or(|p| like::matches(n, p)));
        rows(self.context, vec![TextColumn::new("database_name", names.map(Some))])
    }

    pub(super) async fn show_tables(
        &self,
        database: Option<&ObjectName>,
        pattern: Option<&str>,
    ) -> Result<Option<Outcome>> {
        let (catalog, database) = match database {
            Some(name) => self.names.database(name)?,
            None => (self.names.catalog.clone(), self.names.database.clone()),
        };
        let Some(catalog) = PaimonCatalog::find(self.context, &catalog) else {
            return Ok(None);
        };
        let mut names = catalog.catalog().list_tables(&database).await.map_err(to_data_fusion)?;
        names.extend(catalog.database(&database).session_names());
        let names = names.into_iter().filter(|n| pattern.is_none_or(|p| like::matches(n, p)));
        rows(self.context, vec![TextColumn::new("table_name", names.map(Some))])
    }

    pub(super) async fn show_create_table(&self, name: &ObjectName) -> Result<Option<Outcome>> {
        let Some((target, handle)) = self.stored_table(name).await? else {
            return Ok(None);
        };
        let text = create_statement(&target.identifier, &handle.schema);
        rows(
            self.context,
            vec![
                TextColumn::new("table_name", [Some(target.identifier.to_string())]),
                TextColumn::new("create_table", [Some(text)]),
            ],
        )
    }

    pub(super) async fn describe(&self, name: &ObjectName) -> Result<Option<Outcome>> {
        let Some((_, handle)) = self.stored_table(name).await? else {
            return Ok(None);
        };
        let schema = &handle.schema;
        let column = |name, value: &dyn Fn(&DataField) -> Option<String>| {
            TextColumn::new(name, schema.fields.iter().map(value))
        };
        let key = |field: &DataField| {
            let primary = schema.primary_keys.contains(&field.name);
            let partition = schema.partition_keys.contains(&field.name);
            match (primary, partition) {
                (true, true) => Some("primary, partition".to_string()),
                (true, false) => Some("primary".to_string()),
                (false, true) => Some("partition".to_string()),
                (false, false) => None,
            }
        };
        let type_of = |f: &DataField| f.data_type.clone().with_nullable(true).to_string();
        let nullable = |f: &DataField| if f.data_type.nullable { "YES" } else { "NO" };
        rows(
            self.context,
            vec![
                column("column_name", &|f| Some(f.name.clone())),
                column("data_type", &|f| Some(type_of(f))),
                column("is_nullable", &|f| Some(nullable(f).to_string())),
                column("key", &key),
                column("default", &|f| f.default_value.clone()),
                column("comment", &|f| f.description.clone()),
            ],
        )
    }

    /// A table that is stored in a Paimon catalog, itself or a branch; `None` for all other names.
    async fn stored_table(&self, name: &ObjectName) -> Result<Option<(Target, TableHandle)>> {
        let Some(target) = self.target(name)? else {
            return Ok(None);
        };
        if target.is_of_session() || target.identifier.system_table().is_some() {
            return Ok(None);
        }
        let loaded = target.catalog.catalog().load_table(&target.identifier).await;
        let handle = loaded.map_err(|e: Error| to_data_fusion(e))?;
        Ok(Some((target, handle)))
    }
}
