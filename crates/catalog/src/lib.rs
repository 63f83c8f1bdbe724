//! Catalogs of Paimon tables: the trait, the file-system catalog, and the suite that every catalog
//! must pass.
//!
//! [`connect`] makes a [`Catalog`] from options; [`Catalog::load_table`] gives a
//! [`TableHandle`](rimon_metadata::TableHandle), which is all that reading and writing need.

mod catalog;
mod connect;
mod filesystem;
mod identifier;
mod registry;
pub mod testing;

pub use catalog::{Catalog, DEFAULT_DATABASE, Database};
pub use connect::connect;
pub use filesystem::{FilesystemCatalog, FilesystemOptions};
pub use identifier::Identifier;
pub use registry::{ForeignObject, Registry, RepairScope, TableLock};
