//! The suite that every catalog must pass.
//!
//! [`contract`] runs all of it on an empty catalog; a violation is an `Internal` error that says
//! what was expected.

mod databases;
mod races;
mod tables;

use crate::Catalog;
use indexmap::IndexMap;
use rimon_spec::{DataType, Error, ErrorKind, NewColumn, NewTable, Result, TypeKind};
use std::sync::Arc;

/// Names that a catalog may or may not take.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// A database before `db` in order.
    pub database: &'a str,
    /// A table before `t` in order.
    pub table: &'a str,
}

impl Names<'static> {
    /// Names with anything that a directory can bear.
    pub const FREE: Self = Self { database: "a b=%é", table: "A b=%é.x" };
    /// Letters, digits and underscores.
    pub const PLAIN: Self = Self { database: "a_1", table: "a_1" };
}

/// Checks the contract of [`Catalog`] on `catalog`, which must be empty, and leaves it so.
///
/// # Errors
/// `Internal` for the first violation; whatever the catalog fails with unexpectedly.
pub async fn contract(catalog: Arc<dyn Catalog>) -> Result<()> {
    contract_with(catalog, Names::FREE).await
}

/// The same for a catalog that does not take all names.
///
/// # Errors
/// As [`contract`].
pub async fn contract_with(catalog: Arc<dyn Catalog>, names: Names<'_>) -> Result<()> {
    databases::check(&*catalog, names).await?;
    tables::check(&*catalog, names).await?;
    races::check(&catalog).await
}

/// A table with an INT column `id` as key in two buckets, and a STRING column `name`.
pub fn sample_table() -> NewTable {
    let nullable = |kind| DataType { nullable: true, kind };
    NewTable {
        columns: vec![
            NewColumn::new("id", nullable(TypeKind::Int)),
            NewColumn::new("name", nullable(TypeKind::VarChar { length: rimon_spec::MAX_LENGTH })),
        ],
        primary_keys: vec!["id".to_owned()],
        partition_keys: Vec::new(),
        options: IndexMap::from([("bucket".to_owned(), "2".to_owned())]),
        comment: Some("of the suite".to_owned()),
    }
}

/// `holds`, or a violation.
fn ensure(holds: bool, what: impl Into<String>) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::internal(what)) }
}

/// `result` must have failed with `kind`.
fn fails<T>(result: Result<T>, kind: ErrorKind, what: &str) -> Result<()> {
    match result {
        Ok(_) => Err(Error::internal(format!("{what} must fail with {kind:?}"))),
        Err(e) if e.kind() == kind => Ok(()),
        Err(e) => Err(Error::internal(format!("{what} must fail with {kind:?}")).with_source(e)),
    }
}
