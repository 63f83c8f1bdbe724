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

/// Checks the contract of [`Catalog`] on `catalog`, which must be empty, and leaves it so.
///
/// # Errors
/// `Internal` for the first violation; whatever the catalog fails with unexpectedly.
pub async fn contract(catalog: Arc<dyn Catalog>) -> Result<()> {
    databases::check(&*catalog).await?;
    tables::check(&*catalog).await?;
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
