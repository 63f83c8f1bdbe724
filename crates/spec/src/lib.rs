//! The table format of Apache Paimon as Rust structs: bytes in, structs out, and back. No I/O, no async.

#![forbid(unsafe_code)]

pub mod avro;
pub mod bucket;
mod consumer;
mod error;
pub mod index;
mod json;
pub mod manifest;
pub mod murmur;
pub mod options;
pub mod path;
pub mod predicate;
mod row_kind;
pub mod schema;
mod snapshot;
mod statistics;
pub mod stats;
mod tag;
pub mod types;
pub mod value;

pub use consumer::Consumer;
pub use error::{Error, ErrorKind, Result};
pub use index::{DeletionVector, VectorKind};
pub use manifest::{
    DataFileMeta, DeletionVectorRange, FileIdentifier, FileKind, FileSource, GlobalIndexMeta,
    IndexManifestEntry, ManifestEntry, ManifestFileMeta, SimpleStats,
};
pub use options::TableOptions;
pub use predicate::{ColumnStats, Predicate, Test};
pub use row_kind::RowKind;
pub use schema::{ColumnMove, MapKey, NewColumn, NewTable, SchemaChange, TableSchema};
pub use snapshot::{CommitKind, FIRST_SNAPSHOT_ID, SNAPSHOT_VERSION, Snapshot};
pub use statistics::{ColumnStatistics, TableStatistics};
pub use tag::Tag;
pub use types::{DataField, DataType, MAX_LENGTH, SpecialField, TypeKind};
pub use value::{BinaryRow, BinaryRowWriter, Decimal, Timestamp, Value};
