//! Batches in a file: an Arrow stream in a zstd frame. The kinds of the rows are a last column.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int8Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int8Type, Schema};
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use rimon_spec::{Error, Result};

use super::directory::{SpillDirectory, spill_error};
use super::spool::Rows;

/// Fast: spilled rows are read once.
const LEVEL: i32 = 1;

/// Rows in a file; dropping it removes the file.
#[derive(Debug)]
pub(super) struct Segment {
    path: PathBuf,
    bytes: u64,
    directory: Arc<SpillDirectory>,
}

impl Segment {
    /// Writes rows, which have one schema, to a new file. Blocks.
    ///
    /// # Errors
    /// `ResourceExhausted` when the disk is full; `Unavailable` from it otherwise. The file is gone then.
    pub(super) fn write(directory: &Arc<SpillDirectory>, rows: &[Rows]) -> Result<Self> {
        let (file, path) = directory.file()?;
        // From here on an error removes the file.
        let mut segment = Self { path, bytes: 0, directory: Arc::clone(directory) };
        let written = write_all(file, rows).map_err(|e| segment.error(e))?;
        segment.bytes = written;
        segment.directory.grow(written);
        Ok(segment)
    }

    /// The rows in order. Blocks; what is read was checked against its checksum.
    ///
    /// # Errors
    /// `Unavailable` when the file cannot be read, `Corrupt` when it is not what was written.
    pub(super) fn read(&self) -> Result<Vec<Rows>> {
        let file = File::open(&self.path).map_err(|e| spill_error(e, &self.path))?;
        let unpacked = zstd::Decoder::new(file).map_err(|e| spill_error(e, &self.path))?;
        let reader = StreamReader::try_new(BufReader::new(unpacked), None);
        let reader = reader.map_err(|e| self.error(e))?;
        reader.map(|batch| split(batch.map_err(|e| self.error(e))?)).collect()
    }

    fn error(&self, error: ArrowError) -> Error {
        match error {
            ArrowError::IoError(_, error) => spill_error(error, &self.path),
            other => Error::corrupt("spilled rows are not what was written")
                .with("file", self.path.display())
                .with_source(other),
        }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        self.directory.shrink(self.bytes);
        if let Err(err) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %err, "spilled rows are left behind");
        }
    }
}

/// Bytes of the file.
fn write_all(file: File, rows: &[Rows]) -> Result<u64, ArrowError> {
    let Some(first) = rows.first() else { return Ok(0) };
    let mut packer = zstd::Encoder::new(Counted { file, bytes: 0 }, LEVEL)?;
    packer.include_checksum(true)?;
    let schema = Arc::new(with_kinds(&first.batch.schema()));
    let mut writer = StreamWriter::try_new(BufWriter::new(packer), &schema)?;
    for rows in rows {
        writer.write(&join(&schema, rows)?)?;
    }
    let packer = writer.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    let mut counted = packer.finish()?;
    counted.flush()?;
    Ok(counted.bytes)
}

/// A file and the bytes written to it.
struct Counted {
    file: File,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn with_kinds(schema: &Schema) -> Schema {
    let kinds = Arc::new(Field::new("", DataType::Int8, true));
    Schema::new(schema.fields().iter().cloned().chain([kinds]).collect::<Vec<_>>())
}

/// Rows without kinds have nulls in their place.
fn join(schema: &Arc<Schema>, rows: &Rows) -> Result<RecordBatch, ArrowError> {
    let kinds = rows.kinds.clone();
    let kinds = kinds.unwrap_or_else(|| Int8Array::new_null(rows.batch.num_rows()));
    let columns = rows.batch.columns().iter().cloned().chain([Arc::new(kinds) as ArrayRef]);
    RecordBatch::try_new(Arc::clone(schema), columns.collect())
}

fn split(batch: RecordBatch) -> Result<Rows> {
    let wrong = || Error::internal("spilled rows without their kinds");
    let last = batch.num_columns().checked_sub(1).ok_or_else(wrong)?;
    let kinds = batch.columns().get(last).and_then(|c| c.as_primitive_opt::<Int8Type>());
    let kinds = kinds.filter(|kinds| arrow::array::Array::null_count(*kinds) == 0).cloned();
    let values: Vec<usize> = (0..last).collect();
    let batch = batch.project(&values).map_err(|e| wrong().with_source(e))?;
    Ok(Rows { batch, kinds })
}
