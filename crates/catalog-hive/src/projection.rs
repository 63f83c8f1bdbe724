//! What a metastore is told about a table: `HiveCatalog.createHiveTable`, `updateHmsTable`, `updateHmsTablePars`.

use crate::objects::{Column, Table};
use crate::types::hive_type;
use indexmap::IndexMap;
use rimon_spec::{DataField, Result, TableSchema};

/// Parameter with the table's directory, where it is not in the storage descriptor.
pub(crate) const LOCATION_PARAMETER: &str = "paimon_location";
/// Whether partitions are registered.
pub(crate) const PARTITIONED: &str = "metastore.partitioned-table";

const STORAGE_HANDLER: &str = "org.apache.paimon.hive.PaimonStorageHandler";
/// Options that are meant for Hive; parameters without it.
const HIVE_PREFIX: &str = "hive.";

/// How tables are registered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    /// All options of a table as parameters, or only those that Hive looks at (`sync-all-properties`).
    pub(crate) all_options: bool,
    /// Locations in a parameter (`location-in-properties`).
    pub(crate) location_in_parameters: bool,
}

/// Whether the metastore knows the table's partitions.
pub(crate) fn is_partitioned(schema: &TableSchema) -> bool {
    !schema.partition_keys.is_empty()
        && schema.options.get(PARTITIONED).is_some_and(|v| v.trim().eq_ignore_ascii_case("true"))
}

impl Style {
    /// A new object for a table.
    ///
    /// # Errors
    /// Types without a name in Hive.
    pub(crate) fn new_table(
        self,
        mut table: Table,
        schema: &TableSchema,
        location: &str,
    ) -> Result<Table> {
        let mut parameters = self.parameters(schema);
        for key in ["partition.expiration-time", "data-file.path-directory"] {
            if let Some(value) = schema.options.get(key) {
                parameters.insert(key.to_owned(), value.clone());
            }
        }
        parameters.insert("table_type".to_owned(), "PAIMON".to_owned());
        parameters.insert("storage_handler".to_owned(), STORAGE_HANDLER.to_owned());
        if table.is_external() {
            parameters.insert("EXTERNAL".to_owned(), "TRUE".to_owned());
        }
        table.set_parameters(&parameters);
        self.describe(&mut table, schema, location)?;
        Ok(table)
    }

    /// Makes an object that is there say what `schema` does. Parameters that nobody asked to remove stay.
    pub(crate) fn update(
        self,
        table: &mut Table,
        schema: &TableSchema,
        location: &str,
        removed: &[String],
    ) -> Result<()> {
        let mut parameters = table.parameters();
        parameters.extend(self.parameters(schema));
        for key in removed {
            parameters.shift_remove(key);
        }
        table.set_parameters(&parameters);
        self.describe(table, schema, location)
    }

    /// Options as parameters.
    fn parameters(self, schema: &TableSchema) -> IndexMap<String, String> {
        if !self.all_options {
            let of_hive = |(key, value): (&String, &String)| {
                Some((key.strip_prefix(HIVE_PREFIX)?.to_owned(), value.clone()))
            };
            return schema.options.iter().filter_map(of_hive).collect();
        }
        let mut parameters = schema.options.clone();
        let keys = [
            ("primary-key", schema.primary_keys.join(",")),
            ("partition", schema.partition_keys.join(",")),
            ("bucket-key", schema.bucket_keys().join(",")),
        ];
        for (key, columns) in keys {
            if !columns.is_empty() {
                parameters.insert(key.to_owned(), columns);
            }
        }
        parameters
    }

    /// Columns, comment, location.
    fn describe(self, table: &mut Table, schema: &TableSchema, location: &str) -> Result<()> {
        let is_key =
            |f: &DataField| is_partitioned(schema) && schema.partition_keys.contains(&f.name);
        let columns: Result<Vec<_>> =
            schema.fields.iter().filter(|f| !is_key(f)).map(column).collect();
        table.set_columns(&columns?);
        if is_partitioned(schema) {
            let keys: Result<Vec<_>> = schema.partition_fields().into_iter().map(column).collect();
            table.set_partition_keys(&keys?);
        }
        let mut parameters = table.parameters();
        if let Some(comment) = &schema.comment {
            parameters.insert("comment".to_owned(), comment.clone());
        }
        if self.location_in_parameters {
            parameters.insert(LOCATION_PARAMETER.to_owned(), location.to_owned());
        } else {
            table.set_location(location);
        }
        table.set_parameters(&parameters);
        Ok(())
    }

    /// Says another place.
    pub(crate) fn relocate(self, table: &mut Table, location: &str) {
        if !self.location_in_parameters {
            table.set_location(location);
            return;
        }
        let mut parameters = table.parameters();
        parameters.insert(LOCATION_PARAMETER.to_owned(), location.to_owned());
        table.set_parameters(&parameters);
    }

    /// Where an object says that its table is.
    pub(crate) fn location(self, table: &Table) -> Option<String> {
        if self.location_in_parameters
            && let Some(location) = table.parameters().get(LOCATION_PARAMETER)
        {
            return Some(location.clone());
        }
        table.location()
    }
}

/// A column.
fn column(field: &DataField) -> Result<Column> {
    let data_type = hive_type(&field.data_type).map_err(|e| e.with("column", &field.name))?;
    Ok(Column { name: field.name.clone(), data_type, comment: field.description.clone() })
}
