//! One data file of a Paimon table as a stream of Arrow batches and back, with statistics.
//!
//! [`format_for`] picks a [`FileFormat`] by the file's name. A [`FileFormat`] opens a [`DataFileReader`] (footer read
//! once) and creates a [`FormatWriter`]. Columns are matched by field id through the schema that wrote the file:
//! [`evolution`] turns (fields of the file, fields wanted) into the [`ReadColumn`]s of a [`ReadRequest`].

pub mod arrow_schema;
pub mod arrow_value;
pub mod evolution;

mod assembly;
mod avro;
mod blob;
mod bounds;
mod canonical;
mod cast;
mod choice;
mod collect;
mod counters;
mod fault;
mod filter;
mod format;
mod input;
mod int96;
mod orc;
mod parquet;
mod read;
mod records;
mod rows;
mod sink;
mod stats;
mod text;
mod unindexed;
mod variant;
mod write;

pub use avro::AvroFormat;
pub use blob::BlobFormat;
pub use cast::widened;
pub use choice::{format_for, named_format};
pub use counters::ReadCounters;
pub use format::{FileFormat, FileRef};
pub use orc::OrcFormat;
pub use parquet::{MetadataCache, ParquetFormat};
pub use read::{BatchStream, Block, DataFileReader, ReadColumn, ReadRequest, Source};
pub use records::as_avro;
pub use text::{TextFile, TextFormat};
pub use write::{
    ColumnStats, ColumnWriteOptions, Compression, FormatWriter, WriteOptions, WrittenFile,
};
