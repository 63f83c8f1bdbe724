//! The footer of a file: read once, checked, kept.

use super::error::read_error;
use super::outline::look_over_footer;
use super::page_index::IndexInput;
use super::schema::without_int96;
use crate::FileRef;
use crate::fault::{damaged, guarded};
use crate::input::RangeReader;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Type as Physical;
use parquet::file::metadata::{
    PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader,
};
use rimon_spec::{Error, Result};
use std::ops::Range;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// First and last bytes of a file.
pub(crate) const MAGIC: [u8; 4] = *b"PAR1";
const ENCRYPTED: &[u8; 4] = b"PARE";
/// Length and magic after the footer.
const TAIL: u64 = 8;
/// Read at first, in the hope that it holds the whole footer.
const FIRST_READ: u64 = 64 << 10;
/// Greatest footer taken.
const MAX_FOOTER: u64 = 64 << 20;

/// What is known of a file after its footer has been read.
#[derive(Debug)]
pub(super) struct Footer {
    plain: ArrowReaderMetadata,
    indexed: OnceCell<ArrowReaderMetadata>,
    /// First row of each row group, and the number of all rows.
    starts: Vec<u64>,
    /// Leaf columns that are INT96 in the file and twelve bytes in the schema here.
    int96: Vec<bool>,
    /// Whether bounds of FLOAT and DOUBLE columns hold although NaN may be there: our writer and Java's leave the
    /// bounds away then, others ignore NaN.
    pub(super) trust_floats: bool,
}

impl Footer {
    /// Reads and checks the footer of `file`.
    pub(super) async fn load(file: &FileRef) -> Result<Self> {
        let bytes = footer_bytes(file).await?;
        guarded(&file.name, || Self::decode(&bytes, file))
    }

    fn decode(bytes: &[u8], file: &FileRef) -> Result<Self> {
        look_over_footer(bytes).map_err(|e| e.with("file", &file.name))?;
        let fail = |e| read_error(e, &file.name);
        let mut metadata = ParquetMetaDataReader::decode_metadata(bytes).map_err(fail)?;
        let schema = metadata.file_metadata().schema_descr();
        let int96 = schema.columns().iter().map(|c| c.physical_type() == Physical::INT96).collect();
        if let Some(patched) = without_int96(schema)? {
            let options = ParquetMetaDataOptions::new().with_schema(Arc::new(patched));
            metadata = ParquetMetaDataReader::decode_metadata_with_options(bytes, Some(&options))
                .map_err(fail)?;
        }
        let starts = row_starts(&metadata, &file.name)?;
        let created_by = metadata.file_metadata().created_by().unwrap_or_default();
        let trust_floats = created_by.starts_with("rimon") || created_by.starts_with("parquet-mr");
        let plain = ArrowReaderMetadata::try_new(Arc::new(metadata), options()).map_err(fail)?;
        Ok(Self { plain, indexed: OnceCell::new(), starts, int96, trust_floats })
    }

    /// Without page index, unless that has been loaded.
    pub(super) fn reader_metadata(&self) -> &ArrowReaderMetadata {
        self.indexed.get().unwrap_or(&self.plain)
    }

    /// With the page index, if the file has one.
    pub(super) async fn with_page_index(&self, file: &FileRef) -> Result<&ArrowReaderMetadata> {
        let load = || async {
            let mut fetch = IndexInput::new(file.clone(), Arc::clone(self.plain.metadata()));
            let metadata = self.plain.metadata().as_ref().clone();
            let mut reader = ParquetMetaDataReader::new_with_metadata(metadata)
                .with_page_index_policy(PageIndexPolicy::Optional);
            let loading = std::panic::AssertUnwindSafe(reader.load_page_index(&mut fetch));
            match futures::FutureExt::catch_unwind(loading).await {
                Ok(loaded) => loaded.map_err(|e| read_error(e, &file.name))?,
                Err(_) => return Err(damaged(&file.name)),
            }
            let metadata = reader.finish().map_err(|e| read_error(e, &file.name))?;
            ArrowReaderMetadata::try_new(Arc::new(metadata), options())
                .map_err(|e| read_error(e, &file.name))
        };
        self.indexed.get_or_try_init(load).await
    }

    pub(super) fn num_rows(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Rows of each row group.
    pub(super) fn row_groups(&self) -> Vec<Range<u64>> {
        self.starts.windows(2).filter_map(|w| Some(*w.first()?..*w.get(1)?)).collect()
    }

    /// Index of the top-level column called `name`.
    pub(super) fn root(&self, name: &str) -> Option<usize> {
        let schema = self.reader_metadata().parquet_schema();
        schema.root_schema().get_fields().iter().position(|f| f.name() == name)
    }

    /// Whether the leaf column is an INT96 in the file.
    pub(super) fn is_int96(&self, leaf: usize) -> bool {
        self.int96.get(leaf).copied().unwrap_or(false)
    }

    /// Bytes in memory, about; the page index comes later and is counted beforehand.
    pub(super) fn memory_size(&self) -> usize {
        self.plain.metadata().memory_size().saturating_mul(3)
    }
}

/// Types come from the Parquet schema only: an Arrow schema in the file would bring types beside the canonical ones.
fn options() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_skip_arrow_metadata(true)
}

async fn footer_bytes(file: &FileRef) -> Result<bytes::Bytes> {
    let reader = RangeReader::new(file.clone());
    let size = file.size;
    if size < TAIL + MAGIC.len() as u64 {
        return Err(Error::corrupt("too short for a Parquet file")
            .with("file", &file.name)
            .with("size", size));
    }
    let start = size.saturating_sub(FIRST_READ);
    let tail = reader.range(start..size).await?;
    let length = footer_length(&tail, file)?;
    let begin = size - TAIL - length;
    if begin >= start {
        let from = usize::try_from(begin - start).unwrap_or(usize::MAX);
        let to = tail.len().saturating_sub(TAIL as usize);
        return if from <= to { Ok(tail.slice(from..to)) } else { Err(damaged(&file.name)) };
    }
    reader.range(begin..size - TAIL).await
}

fn footer_length(tail: &[u8], file: &FileRef) -> Result<u64> {
    let ends = tail.last_chunk::<8>().ok_or_else(|| damaged(&file.name))?;
    let [a, b, c, d, magic @ ..] = ends;
    if magic == ENCRYPTED {
        return Err(Error::unsupported("an encrypted Parquet file").with("file", &file.name));
    }
    if *magic != MAGIC {
        return Err(Error::corrupt("not a whole Parquet file: its end mark is missing")
            .with("file", &file.name)
            .with("offset", file.size - MAGIC.len() as u64));
    }
    let length = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
    if length > file.size - TAIL {
        return Err(Error::corrupt("the footer is longer than the file")
            .with("file", &file.name)
            .with("offset", file.size - TAIL));
    }
    if length > MAX_FOOTER {
        return Err(Error::exhausted(format!("a footer of {length} bytes; at most {MAX_FOOTER}"))
            .with("file", &file.name));
    }
    Ok(length)
}

fn row_starts(metadata: &ParquetMetaData, file: &str) -> Result<Vec<u64>> {
    let mut starts = vec![0];
    let mut rows = 0_u64;
    for group in metadata.row_groups() {
        let count = u64::try_from(group.num_rows()).map_err(|_| damaged(file))?;
        rows = rows.checked_add(count).ok_or_else(|| damaged(file))?;
        starts.push(rows);
    }
    if u64::try_from(metadata.file_metadata().num_rows()).ok() != Some(rows) {
        return Err(damaged(file).with_hint("its row groups do not add up to its rows"));
    }
    Ok(starts)
}
