//! An opened Avro file.

use super::container::{Block, Container};
use super::cursor::Cursor;
use super::nested::Record;
use super::schema::{Field, Schema};
use crate::assembly::Assembly;
use crate::fault::{guarded, guarded_stream};
use crate::{
    BatchStream, DataFileReader, FileRef, ReadColumn, ReadRequest, Source, rows, unindexed,
};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field as ArrowField, Schema as ArrowSchema};
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use rimon_spec::{DataType, Error, Predicate, Result};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// Packed bytes fetched at once.
const FETCH: u64 = 4 << 20;
/// Unpacked bytes of rows after which a batch is ended early.
const BATCH_BYTES: usize = 32 << 20;

#[derive(Debug)]
pub(super) struct AvroReader {
    file: FileRef,
    container: Arc<Container>,
}

impl AvroReader {
    pub(super) async fn open(file: FileRef) -> Result<Self> {
        let container = Container::open(&file).await;
        let container = Arc::new(container.map_err(|e| in_file(e, &file.name))?);
        Ok(Self { file, container })
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.container.fields.iter().position(|f| f.name == name)
    }

    fn decoded(
        &self,
        assembly: Assembly,
        chosen: &[Range<u64>],
        rows: usize,
    ) -> Result<BatchStream> {
        let decode = Decode::new(Arc::clone(&self.container), &assembly, chosen, rows)?;
        let name = Arc::clone(&self.file.name);
        let batches = futures::stream::try_unfold(decode, |mut decode| async move {
            Ok(decode.next().await?.map(|batch| (batch, decode)))
        });
        let batches = batches.map(move |read| {
            let read = read.and_then(|read| assembly.batch(&read));
            read.map_err(|e| in_file(e, &name))
        });
        Ok(batches.boxed())
    }
}

fn in_file(error: Error, name: &str) -> Error {
    if error.context().iter().any(|(key, _)| *key == "file") {
        return error;
    }
    error.with("file", name)
}

#[async_trait]
impl DataFileReader for AvroReader {
    fn num_rows(&self) -> u64 {
        self.container.rows()
    }

    fn row_groups(&self) -> Vec<Range<u64>> {
        let mut groups = Vec::new();
        let (mut start, mut bytes) = (0, 0);
        for block in &self.container.blocks {
            bytes += block.bytes.end - block.bytes.start;
            if bytes >= FETCH && start < block.rows.end {
                groups.push(start..block.rows.end);
                (start, bytes) = (block.rows.end, 0);
            }
        }
        if start < self.num_rows() {
            groups.push(start..self.num_rows());
        }
        groups
    }

    async fn blocks(&self, column: &ReadColumn) -> Result<Vec<crate::Block>> {
        let stored =
            matches!(&column.source, Source::File { name, .. } if self.find(name).is_some());
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
        let assembly = Assembly::new(&request.columns, request.batch_size, |name| self.find(name))
            .and_then(|assembly| assembly.with_views_of(&request))
            .map_err(|e| in_file(e, &self.file.name))?;
        let stream = if chosen.is_empty() {
            futures::stream::empty().boxed()
        } else if assembly.roots().is_empty() {
            assembly.counted(rows::count(&chosen), request.batch_size)
        } else {
            guarded(&self.file.name, || self.decoded(assembly, &chosen, request.batch_size))
                .map_err(|e| in_file(e, &self.file.name))?
        };
        Ok(guarded_stream(unindexed::filtered(stream, filter), Arc::clone(&self.file.name)))
    }
}

/// The state of a read.
struct Decode {
    container: Arc<Container>,
    record: Record,
    skipped: Schema,
    schema: Arc<ArrowSchema>,
    /// Blocks with rows wanted that have not been fetched.
    waiting: VecDeque<Wanted>,
    /// Blocks that have been.
    fetched: VecDeque<(Wanted, Bytes)>,
    /// The block whose rows are being read.
    open: Option<Open>,
    batch_size: usize,
}

struct Wanted {
    block: Block,
    rows: Vec<Range<u64>>,
}

struct Open {
    wanted: Wanted,
    bytes: Vec<u8>,
    position: usize,
    /// Rows read or read over so far.
    row: u64,
}

impl Decode {
    fn new(
        container: Arc<Container>,
        assembly: &Assembly,
        chosen: &[Range<u64>],
        batch_size: usize,
    ) -> Result<Self> {
        let stored = assembly.stored();
        let fields: Vec<&Field> =
            assembly.roots().iter().filter_map(|i| container.fields.get(*i)).collect();
        let wanted: Vec<(&str, &DataType)> =
            fields.iter().map(|f| f.name.as_str()).zip(&stored).collect();
        let record = Record::new(&container.fields, &wanted)?;
        let arrow = wanted.iter().map(|(name, data_type)| {
            Ok(ArrowField::new(*name, crate::arrow_schema::to_arrow_type(data_type)?, true))
        });
        let schema = Arc::new(ArrowSchema::new(arrow.collect::<Result<Vec<_>>>()?));
        let skipped = Schema::Record(container.fields.clone());
        let waiting = wanted_blocks(&container.blocks, chosen);
        let (fetched, open) = (VecDeque::new(), None);
        Ok(Self { container, record, skipped, schema, waiting, fetched, open, batch_size })
    }

    /// The next batch of the columns read, in the order of the file's columns; `None` at the end.
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let (mut rows, mut bytes) = (0, 0);
        while rows < self.batch_size && bytes < BATCH_BYTES {
            if self.open.is_none() && !self.open_next().await? {
                break;
            }
            let (read, used) = self.read_block(self.batch_size - rows)?;
            rows += read;
            bytes += used;
        }
        if rows == 0 {
            return Ok(None);
        }
        let columns: Vec<ArrayRef> = self.record.finish()?;
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns);
        batch.map(Some).map_err(|e| Error::corrupt("columns of an Avro file").with_source(e))
    }

    /// Unpacks the next block; `false` when there is none.
    async fn open_next(&mut self) -> Result<bool> {
        if self.fetched.is_empty() {
            self.fetch().await?;
        }
        let Some((wanted, packed)) = self.fetched.pop_front() else { return Ok(false) };
        let bytes = self.container.codec.unpack(&packed).map(Cow::into_owned);
        let bytes = bytes.map_err(|e| e.with("block", wanted.block.bytes.start))?;
        let row = wanted.block.rows.start;
        // A row has a byte at least, and blocks without rows are not wanted.
        if wanted.block.rows.end - row > bytes.len() as u64 {
            return Err(Error::corrupt("more rows than bytes in an Avro block")
                .with("block", wanted.block.bytes.start));
        }
        self.open = Some(Open { wanted, bytes, position: 0, row });
        Ok(true)
    }

    async fn fetch(&mut self) -> Result<()> {
        let mut next = Vec::new();
        let mut size = 0;
        while let Some(wanted) = self.waiting.pop_front() {
            size += wanted.block.bytes.end - wanted.block.bytes.start;
            next.push(wanted);
            if size >= FETCH {
                break;
            }
        }
        let blocks: Vec<Block> = next.iter().map(|w| w.block.clone()).collect();
        self.fetched = next.into_iter().zip(self.container.fetch(&blocks).await?).collect();
        Ok(())
    }

    /// Reads up to `most` wanted rows of the open block; rows read and bytes passed.
    fn read_block(&mut self, most: usize) -> Result<(usize, usize)> {
        let Some(open) = self.open.as_mut() else { return Ok((0, 0)) };
        let start = open.position;
        let mut cursor = Cursor::at(&open.bytes, start);
        let (mut read, branch) = (0, self.container.branch);
        let at = open.wanted.block.bytes.start;
        while let Some(range) = open.wanted.rows.first_mut() {
            if read == most {
                open.position = cursor.position();
                return Ok((read, open.position - start));
            }
            check_branch(&mut cursor, branch).map_err(|e| e.with("block", at))?;
            if open.row < range.start {
                cursor.skip(&self.skipped).map_err(|e| e.with("block", at))?;
            } else {
                self.record.read(&mut cursor).map_err(|e| e.with("block", at))?;
                read += 1;
                range.start += 1;
                if range.start >= range.end {
                    open.wanted.rows.remove(0);
                }
            }
            open.row += 1;
        }
        let used = cursor.position() - start;
        if open.row == open.wanted.block.rows.end && cursor.remaining() > 0 {
            return Err(cursor
                .corrupt("bytes behind the last row of an Avro block")
                .with("block", at));
        }
        self.open = None;
        Ok((read, used))
    }
}

fn check_branch(cursor: &mut Cursor<'_>, branch: Option<i64>) -> Result<()> {
    match branch {
        Some(branch) if cursor.long()? != branch => Err(cursor.corrupt("a row that is no record")),
        _ => Ok(()),
    }
}

fn wanted_blocks(blocks: &[Block], chosen: &[Range<u64>]) -> VecDeque<Wanted> {
    let mut chosen = chosen;
    let mut result = VecDeque::new();
    for block in blocks {
        while chosen.first().is_some_and(|r| r.end <= block.rows.start) {
            chosen = chosen.get(1..).unwrap_or_default();
        }
        let near = chosen.iter().take_while(|r| r.start < block.rows.end).count();
        let near = chosen.get(..near).unwrap_or_default();
        let rows = rows::intersect(std::slice::from_ref(&block.rows), near);
        if !rows.is_empty() {
            result.push_back(Wanted { block: block.clone(), rows });
        }
    }
    result
}
