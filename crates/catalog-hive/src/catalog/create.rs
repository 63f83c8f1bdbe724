//! New tables: the schema file first, then the metastore.

use super::HiveCatalog;
use super::lookup::key;
use super::names::{check_columns, check_new, check_options, require_plain};
use crate::clock::{now_millis, now_seconds};
use crate::location;
use crate::metastore::Failure;
use crate::objects::{Kind, Table};
use rimon_catalog::Identifier;
use rimon_metadata::{Branch, Created, Layout, SchemaStore, Storage};
use rimon_spec::{Error, NewTable, Result, TableSchema};
use std::time::Duration;

/// How often, and how long apart, it is looked whether a table came to be whose creation was not answered.
const LOOKS: u32 = 3;
const BETWEEN: Duration = Duration::from_millis(200);

/// A table on its way.
struct Making<'a> {
    id: &'a Identifier,
    location: String,
    storage: Storage,
    external: bool,
}

impl HiveCatalog {
    pub(super) async fn make_table(
        &self,
        id: &Identifier,
        mut table: NewTable,
        ignore_if_exists: bool,
    ) -> Result<()> {
        require_plain(id, "create")?;
        // A database that is missing is told before a name that would be bad in it.
        let placed = self.directory_for(id).await?;
        check_new("table", id.table(), self.server())?;
        if let Some(found) = self.registered(id).await? {
            return self.taken(id, &found, ignore_if_exists);
        }
        for (key, value) in &self.options.table_defaults {
            table.options.entry(key.clone()).or_insert_with(|| value.clone());
        }
        let (location, external) = match table.options.get("path") {
            Some(path) => (location::warehouse(path, &self.options.storage)?, true),
            None => (placed, self.options.external || says_external(&table)),
        };
        let storage = location::open(&location, &self.options.storage, &id.to_string())?;
        let making = Making { id, location, storage, external };
        let (schema, written) = match self.write_schema(&making, table).await {
            Ok(done) => done,
            Err(e) if ignore_if_exists && e.kind() == rimon_spec::ErrorKind::AlreadyExists => {
                return Ok(());
            }
            Err(e) => return Err(e),
        };
        self.register(&making, &schema, written, ignore_if_exists).await
    }

    fn taken(&self, id: &Identifier, found: &Table, ignore: bool) -> Result<()> {
        match found.kind() {
            Kind::Paimon if ignore => Ok(()),
            Kind::Paimon => Err(Error::already_exists(format!("table '{id}' is already there"))),
            Kind::View => {
                Err(Error::already_exists(format!("'{id}' is already there, and is a view")))
            }
            Kind::Other(kind) => Err(Error::already_exists(format!(
                "'{id}' is already there, and is a table of type {kind}"
            ))),
        }
    }

    /// Schema 0, under the lock if there is one; or, for an external table, the schema that is there. Whether we
    /// wrote it.
    async fn write_schema(
        &self,
        making: &Making<'_>,
        table: NewTable,
    ) -> Result<(TableSchema, bool)> {
        let schemas = SchemaStore::new(making.storage.clone(), Layout::default());
        let held = self.hold(making.id).await?;
        let written = async {
            if let Some(latest) = schemas.latest().await? {
                if !making.external {
                    return Err(files_are_there(making));
                }
                require_same(&latest, &table)?;
                return Ok((TableSchema::clone(&latest), false));
            }
            let schema = TableSchema::create(table, now_millis())?;
            check_columns(&schema)?;
            check_options(&schema)?;
            // Types without a name in Hive are refused before anything is written.
            self.object(making, &schema)?;
            if let Some(held) = &held {
                held.check().await?;
            }
            match schemas.create(&schema).await? {
                Created::Won => Ok((schema, true)),
                Created::Lost => Err(files_are_there(making)),
                Created::Unknown(e) => {
                    Err(Error::unavailable("it is not known whether the table was created")
                        .with("table", making.id.to_string())
                        .with_source(e))
                }
            }
        }
        .await;
        if let Some(held) = held {
            held.release().await;
        }
        written
    }

    fn object(&self, making: &Making<'_>, schema: &TableSchema) -> Result<Table> {
        let (database, name) = key(making.id);
        let now = now_seconds();
        let table = Table::new(&database, &name, &self.options.user, now, making.external);
        self.options.style.new_table(table, schema, &making.location)
    }

    /// Tells the metastore. A failure that is known to have left nothing takes the schema away again, any other one
    /// leaves all files.
    async fn register(
        &self,
        making: &Making<'_>,
        schema: &TableSchema,
        written: bool,
        ignore_if_exists: bool,
    ) -> Result<()> {
        let object = self.object(making, schema)?;
        let Err(failure) = self.metastore.create_table(object).await else { return Ok(()) };
        // A server that answered has ended its work, whatever became of it.
        let lost = matches!(failure, Failure::Lost(_));
        match self.look(making, lost).await {
            Looked::Ours => return Ok(()),
            Looked::Unknown => {
                return Err(failure
                    .into_error("it is not known whether the table was created", self.server())
                    .with("table", making.id.to_string())
                    .with("location", &making.location)
                    .with_hint("its schema is written; 'rimon catalog repair' registers the table if it is missing"));
            }
            Looked::Other | Looked::Absent => {}
        }
        if written {
            withdraw(&making.storage).await;
        }
        match failure {
            Failure::Exists(_) if ignore_if_exists => Ok(()),
            other => Err(other
                .into_error("the table was not created", self.server())
                .with("table", making.id.to_string())),
        }
    }

    /// Whether the metastore has the table that we asked it to make.
    async fn look(&self, making: &Making<'_>, lost: bool) -> Looked {
        for _ in 0..LOOKS {
            match self.registered(making.id).await {
                Ok(Some(found)) => {
                    let location = self.options.style.location(&found);
                    let ours = found.kind() == Kind::Paimon
                        && location.is_some_and(|l| location::same(&l, &making.location));
                    return if ours { Looked::Ours } else { Looked::Other };
                }
                Ok(None) if !lost => return Looked::Absent,
                Ok(None) | Err(_) => {}
            }
            tokio::time::sleep(BETWEEN).await;
        }
        // A call that was lost may still be under way: absent now is not absent for ever.
        Looked::Unknown
    }
}

enum Looked {
    /// The table is there, at our location.
    Ours,
    /// Something else has the name.
    Other,
    /// There is nothing, for certain.
    Absent,
    /// Nobody can say.
    Unknown,
}

/// Java takes `external` and `EXTERNAL`.
fn says_external(table: &NewTable) -> bool {
    let value = table.options.get("external").or_else(|| table.options.get("EXTERNAL"));
    value.is_some_and(|v| v.eq_ignore_ascii_case("true"))
}

fn files_are_there(making: &Making<'_>) -> Error {
    Error::already_exists(format!(
        "table '{}' has files already, from before or from another creation",
        making.id
    ))
    .with("location", &making.location)
    .with_hint(
        "'rimon catalog repair' registers a table that has files and is missing in the metastore",
    )
}

/// An external table that has files is registered with the schema it has, which must not contradict the one given
/// (`SchemaManager.checkSchemaForExternalTable`).
fn require_same(there: &TableSchema, given: &NewTable) -> Result<()> {
    let contradicts = |what: &str| {
        Err(Error::invalid(format!("the table at the location has other {what}"))
            .with_hint("give the columns, keys and options that it has, or none"))
    };
    let same_columns = there.fields.len() == given.columns.len()
        && there.fields.iter().zip(&given.columns).all(|(field, column)| {
            let is_key = given.primary_keys.contains(&column.name);
            let nullable = column.data_type.nullable && !is_key;
            let wanted = column.data_type.clone().with_nullable(nullable);
            // As SQL, which leaves out the ids of nested fields.
            field.name == column.name && field.data_type.to_string() == wanted.to_string()
        });
    if !given.columns.is_empty() && !same_columns {
        return contradicts("columns");
    }
    if !given.partition_keys.is_empty() && given.partition_keys != there.partition_keys {
        return contradicts("partition keys");
    }
    if !given.primary_keys.is_empty() && given.primary_keys != there.primary_keys {
        return contradicts("primary keys");
    }
    let other = given.options.iter().find(|(key, value)| {
        !matches!(key.as_str(), "owner" | "path") && there.options.get(*key) != Some(*value)
    });
    match other {
        Some((key, _)) => contradicts(&format!("options ('{key}')")),
        None => Ok(()),
    }
}

/// Takes back the schema that we wrote, if nothing came of it.
async fn withdraw(storage: &Storage) {
    let layout = Layout::new(&Branch::Main);
    let alone = async {
        let dirs = storage.list_dirs("").await?;
        let ids = SchemaStore::new(storage.clone(), Layout::default()).ids().await?;
        let files = storage.list("").await?;
        Ok::<_, Error>(dirs == [layout.schema_dir()] && ids == [0] && files.is_empty())
    };
    if !matches!(alone.await, Ok(true)) {
        return;
    }
    if let Err(e) = storage.delete(&layout.schema(0)).await {
        tracing::warn!(table = storage.url(), error = %e, "a schema without a table stays");
        return;
    }
    if let Some(dir) = storage.local_dir() {
        let dir = dir.to_owned();
        let _ = tokio::task::spawn_blocking(move || {
            std::fs::remove_dir(dir.join("schema")).and_then(|()| std::fs::remove_dir(dir))
        })
        .await;
    }
}
