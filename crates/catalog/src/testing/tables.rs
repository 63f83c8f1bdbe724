//! Tables: creating, loading, altering, renaming, dropping.

use super::{Names, ensure, fails, sample_table};
use crate::{Catalog, Identifier};
use indexmap::IndexMap;
use rimon_spec::{ErrorKind, Result, SchemaChange};

pub(super) async fn check(catalog: &dyn Catalog, names: Names<'_>) -> Result<()> {
    catalog.create_database("db", &IndexMap::new(), false).await?;
    create_and_load(catalog, names).await?;
    alter(catalog).await?;
    rename(catalog).await?;
    drop_tables(catalog).await?;
    catalog.drop_database("db", false, true).await
}

fn id(text: &str) -> Result<Identifier> {
    text.parse()
}

async fn create_and_load(catalog: &dyn Catalog, names: Names<'_>) -> Result<()> {
    let t = id("db.t")?;
    ensure(!catalog.table_exists(&t).await?, "the table is not there yet")?;
    fails(catalog.load_table(&t).await, ErrorKind::NotFound, "loading a missing table")?;
    catalog.create_table(&t, sample_table(), false).await?;
    let handle = catalog.load_table(&t).await?;
    ensure(handle.name == "db.t", "a handle knows the table's name")?;
    ensure(handle.schema.id == 0, "a new table has schema 0")?;
    ensure(handle.schema.primary_keys == ["id"], "the keys are kept")?;
    ensure(handle.schema.comment.as_deref() == Some("of the suite"), "the comment is kept")?;
    ensure(handle.schema.options.get("bucket").is_some_and(|b| b == "2"), "options are kept")?;
    ensure(handle.branch.is_main(), "a table is read on its main branch")?;
    ensure(handle.snapshots().latest().await?.is_none(), "a new table has no snapshots")?;

    let again = catalog.create_table(&t, sample_table(), false).await;
    fails(again, ErrorKind::AlreadyExists, "creating a table twice")?;
    catalog.create_table(&t, sample_table(), true).await?;
    let nowhere = catalog.create_table(&id("nowhere.t")?, sample_table(), false).await;
    fails(nowhere, ErrorKind::NotFound, "creating a table in a missing database")?;
    for odd in ["db.t$branch_b", "db.t$files"] {
        let made = catalog.create_table(&id(odd)?, sample_table(), false).await;
        fails(made, ErrorKind::Invalid, &format!("creating {odd}"))?;
    }
    let branch = catalog.load_table(&id("db.t$branch_b")?).await;
    fails(branch, ErrorKind::NotFound, "loading a missing branch")?;
    let system = catalog.load_table(&id("db.t$files")?).await;
    fails(system, ErrorKind::Invalid, "loading a system table")?;
    ensure(catalog.table_exists(&id("db.t$files")?).await?, "a system table has its table")?;

    catalog.create_table(&id("default.t")?, sample_table(), false).await?;
    let other = Identifier::new("db", names.table)?;
    catalog.create_table(&other, sample_table(), false).await?;
    ensure(catalog.list_tables("db").await? == [names.table, "t"], "tables are listed in order")?;
    ensure(catalog.list_tables("default").await? == ["t"], "each database has its own tables")?;
    catalog.drop_table(&id("default.t")?, false).await?;
    catalog.drop_table(&other, false).await
}

fn set(key: &str, value: &str) -> SchemaChange {
    SchemaChange::SetOption { key: key.to_owned(), value: value.to_owned() }
}

async fn alter(catalog: &dyn Catalog) -> Result<()> {
    let t = id("db.t")?;
    catalog.alter_table(&t, &[set("target-file-size", "1 mb")], false).await?;
    let schema = catalog.load_table(&t).await?.schema;
    ensure(schema.id == 1, "an altered table has the next schema")?;
    ensure(schema.options.contains_key("target-file-size"), "the change is there")?;
    let bad = [set("target-file-size", "2 mb"), SchemaChange::DropColumn(vec!["nope".to_owned()])];
    let refused = catalog.alter_table(&t, &bad, false).await;
    ensure(refused.is_err(), "a missing column cannot be dropped")?;
    let schema = catalog.load_table(&t).await?.schema;
    ensure(schema.id == 1, "all changes happen, or none")?;
    let missing = catalog.alter_table(&id("db.nope")?, &[], false).await;
    fails(missing, ErrorKind::NotFound, "altering a missing table")?;
    catalog.alter_table(&id("db.nope")?, &[], true).await?;
    let system = catalog.alter_table(&id("db.t$files")?, &[], true).await;
    fails(system, ErrorKind::Invalid, "altering a system table")
}

async fn rename(catalog: &dyn Catalog) -> Result<()> {
    let (t, u) = (id("db.t")?, id("db.u")?);
    catalog.rename_table(&t, &u, false).await?;
    ensure(catalog.list_tables("db").await? == ["u"], "a renamed table has one name")?;
    ensure(catalog.load_table(&u).await?.schema.id == 1, "a renamed table is the same")?;
    fails(catalog.rename_table(&t, &u, false).await, ErrorKind::NotFound, "renaming nothing")?;
    catalog.rename_table(&t, &u, true).await?;
    catalog.create_table(&t, sample_table(), false).await?;
    let taken = catalog.rename_table(&t, &u, false).await;
    fails(taken, ErrorKind::AlreadyExists, "renaming to a name that is taken")?;
    let nowhere = catalog.rename_table(&t, &id("nowhere.t")?, false).await;
    fails(nowhere, ErrorKind::NotFound, "renaming into a missing database")?;
    let branch = catalog.rename_table(&t, &id("db.v$branch_b")?, false).await;
    fails(branch, ErrorKind::Invalid, "renaming to a branch")?;
    ensure(catalog.list_tables("db").await? == ["t", "u"], "a refused rename changes nothing")?;
    catalog.rename_table(&u, &id("default.u")?, false).await?;
    ensure(catalog.list_tables("default").await? == ["u"], "a table can change its database")?;
    catalog.drop_table(&id("default.u")?, false).await
}

async fn drop_tables(catalog: &dyn Catalog) -> Result<()> {
    let t = id("db.t")?;
    let branch = catalog.drop_table(&id("db.t$branch_b")?, true).await;
    fails(branch, ErrorKind::Invalid, "dropping a branch as a table")?;
    catalog.drop_table(&t, false).await?;
    ensure(!catalog.table_exists(&t).await?, "a dropped table is gone")?;
    ensure(catalog.list_tables("db").await?.is_empty(), "a dropped table is not listed")?;
    fails(catalog.drop_table(&t, false).await, ErrorKind::NotFound, "dropping a table twice")?;
    catalog.drop_table(&t, true).await?;
    catalog.create_table(&t, sample_table(), false).await?;
    let schema = catalog.load_table(&t).await?.schema;
    ensure(schema.id == 0, "a table that is created again is new")
}
