//! An opened BLOB file.

use super::index::{BEFORE, Values};
use crate::assembly::Assembly;
use crate::fault::damaged;
use crate::input::RangeReader;
use crate::{
    BatchStream, Block, DataFileReader, FileRef, ReadColumn, ReadRequest, Source, rows, unindexed,
};
use arrow::array::{BinaryBuilder, RecordBatch};
use arrow::datatypes::{DataType as ArrowType, Field, Schema};
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use rimon_spec::{Error, Predicate, Result};
use std::ops::Range;
use std::sync::Arc;

/// Length of the index and version.
const FOOTER: u64 = 5;
const VERSION: u8 = 1;
/// Before each value.
const MAGIC: [u8; 4] = 1_481_511_375_u32.to_le_bytes();
/// After each value: its length with the frame, and a checksum that Java does not look at either.
const AFTER: usize = 12;
/// Bytes of values after which a batch is ended early.
const BATCH_BYTES: u64 = 32 << 20;

#[derive(Debug)]
pub(super) struct BlobReader {
    file: FileRef,
    values: Arc<Values>,
}

impl BlobReader {
    pub(super) async fn open(file: FileRef) -> Result<Self> {
        let input = RangeReader::new(file.clone());
        let end = file.size.checked_sub(FOOTER).ok_or_else(|| damaged(&file.name))?;
        let footer = input.range(end..file.size).await?;
        let (length, version) = match footer.as_ref() {
            [a, b, c, d, version] => (i32::from_le_bytes([*a, *b, *c, *d]), *version),
            _ => return Err(damaged(&file.name)),
        };
        if version != VERSION {
            return Err(Error::unsupported(format!("BLOB files of version {version}"))
                .with("file", &file.name));
        }
        let start = u64::try_from(length).ok().and_then(|length| end.checked_sub(length));
        let start = start.ok_or_else(|| damaged(&file.name))?;
        // Stores refuse to read nothing.
        let packed = if start < end { input.range(start..end).await? } else { Bytes::new() };
        let values = Values::read(&packed, start).map_err(|e| e.with("file", &file.name))?;
        Ok(Self { file, values: Arc::new(values) })
    }

    /// The rows to be read, cut into batches of bounded size.
    fn batches(&self, chosen: &[Range<u64>], most: usize) -> Vec<Vec<Option<Range<u64>>>> {
        let mut batches: Vec<Vec<Option<Range<u64>>>> = Vec::new();
        let mut bytes = u64::MAX;
        for row in chosen.iter().cloned().flatten() {
            let index = usize::try_from(row).unwrap_or(usize::MAX);
            let Some(value) = self.values.0.get(index) else { continue };
            let length = value.as_ref().map_or(0, |v| v.end - v.start);
            match batches.last_mut() {
                Some(batch)
                    if batch.len() < most && bytes.saturating_add(length) <= BATCH_BYTES =>
                {
                    bytes += length;
                    batch.push(value.clone());
                }
                _ => {
                    bytes = length;
                    batches.push(vec![value.clone()]);
                }
            }
        }
        batches
    }
}

#[async_trait]
impl DataFileReader for BlobReader {
    fn num_rows(&self) -> u64 {
        self.values.0.len() as u64
    }

    fn row_groups(&self) -> Vec<Range<u64>> {
        unindexed::all(self.num_rows())
    }

    async fn blocks(&self, column: &ReadColumn) -> Result<Vec<Block>> {
        let stored = matches!(column.source, Source::File { .. });
        Ok(unindexed::blocks(self.num_rows(), column, stored))
    }

    async fn matching(
        &self,
        columns: &[ReadColumn],
        predicate: &Predicate,
    ) -> Result<Vec<Range<u64>>> {
        unindexed::matching(self.num_rows(), columns, predicate)
    }

    async fn read(&self, request: ReadRequest) -> Result<BatchStream> {
        let chosen = unindexed::chosen(&request, self.num_rows())?;
        let filter = unindexed::filter(&request)?;
        // There is one column, whatever it was called when the file was written.
        let assembly = Assembly::new(&request.columns, request.batch_size, |_| Some(0))
            .and_then(|assembly| assembly.with_views_of(&request))
            .map_err(|e| e.with("file", &self.file.name))?;
        let stream = if chosen.is_empty() {
            futures::stream::empty().boxed()
        } else if assembly.roots().is_empty() {
            assembly.counted(rows::count(&chosen), request.batch_size)
        } else {
            let (file, assembly) = (self.file.clone(), Arc::new(assembly));
            futures::stream::iter(self.batches(&chosen, request.batch_size))
                .then(move |batch| {
                    let (file, assembly) = (file.clone(), Arc::clone(&assembly));
                    async move { assembly.batch(&values(&file, batch).await?) }
                })
                .boxed()
        };
        Ok(unindexed::filtered(stream, filter))
    }
}

/// Reads values.
async fn values(file: &FileRef, rows: Vec<Option<Range<u64>>>) -> Result<RecordBatch> {
    let input = RangeReader::new(file.clone());
    let read = input.ranges(rows.iter().flatten().cloned().collect()).await?;
    let mut read = read.into_iter();
    let mut column = BinaryBuilder::new();
    for row in &rows {
        let Some(range) = row else {
            column.append_null();
            continue;
        };
        let bytes = read.next().unwrap_or_default();
        let value =
            unframed(&bytes).ok_or_else(|| damaged(&file.name).with("offset", range.start))?;
        column.append_value(value);
    }
    let schema = Arc::new(Schema::new(vec![Field::new("blob", ArrowType::Binary, true)]));
    RecordBatch::try_new(schema, vec![Arc::new(column.finish())])
        .map_err(|e| Error::internal("a batch of BLOBs").with_source(e))
}

/// The value without its frame.
fn unframed(bytes: &[u8]) -> Option<&[u8]> {
    let (magic, rest) = bytes.split_at_checked(usize::try_from(BEFORE).ok()?)?;
    let (value, after) = rest.split_at_checked(rest.len().checked_sub(AFTER)?)?;
    let length = after.get(..8)?.try_into().ok().map(u64::from_le_bytes)?;
    (magic == MAGIC && length == bytes.len() as u64).then_some(value)
}
