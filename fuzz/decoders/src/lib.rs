//! Every decoder of bytes that nobody vouches for, as a function of those bytes.
//!
//! A function here panics when the decoder does what it must not: panic, call damage a bug of ours
//! ([`rimon_spec::ErrorKind::Internal`]), or forget what it read when that is written and read again. [`check`] adds
//! limits of time and memory. The fuzz targets beside this crate and the replay of their corpora
//! (`tests/it/replay.rs`) call nothing else.

pub mod damage;
#[cfg(feature = "data-files")]
mod data_file;
mod document;
mod index;
mod manifest;
#[cfg(feature = "metastore")]
mod metastore;
mod value;

mod limits;
pub mod memory;

pub use limits::{Clock, MEMORY, TIME, check, take_panic, watch_panics};

/// One decoder.
#[derive(Debug, Clone, Copy)]
pub struct Decoder {
    /// The name of its fuzz target and of the folder of its corpus.
    pub name: &'static str,
    /// Decodes the bytes.
    pub run: fn(&[u8]),
}

/// All decoders.
pub const DECODERS: &[Decoder] = &[
    Decoder { name: "snapshot", run: document::snapshot },
    Decoder { name: "schema", run: document::schema },
    Decoder { name: "tag", run: document::tag },
    Decoder { name: "consumer", run: document::consumer },
    Decoder { name: "statistics", run: document::statistics },
    Decoder { name: "options", run: document::options },
    Decoder { name: "manifest", run: manifest::manifest },
    Decoder { name: "manifest_list", run: manifest::manifest_list },
    Decoder { name: "index_manifest", run: manifest::index_manifest },
    Decoder { name: "binary_row", run: value::binary_row },
    Decoder { name: "data_type", run: value::data_type },
    Decoder { name: "literal", run: value::literal },
    Decoder { name: "partition_path", run: value::partition_path },
    Decoder { name: "deletion_vector", run: index::deletion_vector },
    Decoder { name: "bitmap_values", run: index::bitmap_values },
    Decoder { name: "file_index", run: index::file_index },
    Decoder { name: "index_bloom", run: index::bloom },
    Decoder { name: "index_bitmap", run: index::bitmap },
    Decoder { name: "index_bsi", run: index::bsi },
    Decoder { name: "index_range_bitmap", run: index::range_bitmap },
    #[cfg(feature = "data-files")]
    Decoder { name: "parquet", run: data_file::parquet },
    #[cfg(feature = "data-files")]
    Decoder { name: "orc", run: data_file::orc },
    #[cfg(feature = "data-files")]
    Decoder { name: "avro", run: data_file::avro },
    #[cfg(feature = "data-files")]
    Decoder { name: "lines", run: data_file::lines },
    #[cfg(feature = "data-files")]
    Decoder { name: "foreign_manifest", run: data_file::foreign_manifest },
    #[cfg(feature = "metastore")]
    Decoder { name: "thrift", run: metastore::thrift },
    #[cfg(feature = "metastore")]
    Decoder { name: "hadoop_configuration", run: metastore::hadoop_configuration },
];

/// The decoder of a name.
///
/// # Panics
/// When there is none.
pub fn named(name: &str) -> Decoder {
    let found = DECODERS.iter().find(|d| d.name == name);
    *found.unwrap_or_else(|| panic!("no decoder is named {name}"))
}

/// What a decoder may answer: rows, or an error that does not blame this library.
fn fair<T>(outcome: rimon_spec::Result<T>) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(error) => {
            assert_ne!(error.kind(), rimon_spec::ErrorKind::Internal, "{error:?}");
            None
        }
    }
}
