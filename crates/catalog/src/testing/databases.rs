//! Databases: listing, creating, dropping.

use super::{Names, ensure, fails, sample_table};
use crate::{Catalog, DEFAULT_DATABASE, Identifier};
use indexmap::IndexMap;
use rimon_spec::{ErrorKind, Result};

pub(super) async fn check(catalog: &dyn Catalog, names: Names<'_>) -> Result<()> {
    let none = IndexMap::new();
    ensure(
        catalog.list_databases().await? == [DEFAULT_DATABASE],
        "an empty catalog has the default database only",
    )?;
    catalog.database(DEFAULT_DATABASE).await?;
    ensure(catalog.list_tables(DEFAULT_DATABASE).await?.is_empty(), "there are no tables yet")?;

    catalog.create_database("db", &none, false).await?;
    catalog.create_database(names.database, &none, false).await?;
    catalog.create_database("db", &none, true).await?;
    let again = catalog.create_database("db", &none, false).await;
    fails(again, ErrorKind::AlreadyExists, "creating a database twice")?;
    ensure(
        catalog.list_databases().await? == [names.database, "db", DEFAULT_DATABASE],
        "databases are listed in order",
    )?;
    ensure(catalog.database("db").await?.name == "db", "a database knows its name")?;

    for bad in ["", " ", ".", "..", "a/b", "a\\b", "a\nb", "a$b"] {
        let made = catalog.create_database(bad, &none, false).await;
        fails(made, ErrorKind::Invalid, &format!("creating the database {bad:?}"))?;
    }
    let missing = ErrorKind::NotFound;
    fails(catalog.database("nowhere").await, missing, "loading a missing database")?;
    fails(catalog.list_tables("nowhere").await, missing, "listing a missing database")?;
    let dropped = catalog.drop_database("nowhere", false, false).await;
    fails(dropped, missing, "dropping a missing database")?;
    catalog.drop_database("nowhere", true, true).await?;
    drop_with_content(catalog, names).await
}

async fn drop_with_content(catalog: &dyn Catalog, names: Names<'_>) -> Result<()> {
    let table = Identifier::new("db", "t")?;
    catalog.create_table(&table, sample_table(), false).await?;
    let dropped = catalog.drop_database("db", false, false).await;
    fails(dropped, ErrorKind::Invalid, "dropping a database that has a table")?;
    ensure(catalog.table_exists(&table).await?, "a refused drop leaves the tables")?;
    catalog.drop_database("db", false, true).await?;
    catalog.drop_database(names.database, false, false).await?;
    ensure(
        catalog.list_databases().await? == [DEFAULT_DATABASE],
        "dropped databases are not listed",
    )?;
    ensure(!catalog.table_exists(&table).await?, "the tables of a dropped database are gone")?;
    catalog.create_database("db", &IndexMap::new(), false).await?;
    ensure(
        catalog.list_tables("db").await?.is_empty(),
        "a database that is created again is empty",
    )?;
    catalog.drop_database("db", false, false).await
}
