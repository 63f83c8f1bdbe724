//! An opened ORC file.

use super::column::Column;
use super::statistics::Statistics;
use super::stripe::Streams;
use super::tail::{Stripe, Tail};
use crate::arrow_schema::to_arrow_type;
use crate::assembly::Assembly;
use crate::bounds;
use crate::fault::guarded_stream;
use crate::input::FileBytes;
use crate::{
    BatchStream, Block, DataFileReader, FileRef, ReadColumn, ReadRequest, Source, rows, unindexed,
};
use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Field, Schema};
use async_trait::async_trait;
use futures::StreamExt;
use rimon_spec::{DataType, Error, Predicate, Result};
use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Files up to this size are read at once.
const KEPT: u64 = 1 << 20;
/// Rows decoded at a time on the way to the first that is wanted.
const PASSED: u64 = 8192;

#[derive(Debug)]
pub(super) struct OrcReader {
    file: FileRef,
    bytes: Arc<FileBytes>,
    tail: Arc<Tail>,
    /// `None`: they cannot be read, which costs skipping and nothing else.
    statistics: OnceCell<Option<Statistics>>,
}

impl OrcReader {
    pub(super) async fn open(file: FileRef) -> Result<Self> {
        let open = async {
            let bytes = FileBytes::open(&file, KEPT).await?;
            let tail = Tail::read(&bytes).await?;
            Ok((Arc::new(bytes), Arc::new(tail)))
        };
        let (bytes, tail) = open.await.map_err(|e| in_file(e, &file.name))?;
        Ok(Self { file, bytes, tail, statistics: OnceCell::new() })
    }

    pub(super) fn tail(&self) -> &Tail {
        &self.tail
    }

    /// Position among the top-level columns.
    fn find(&self, name: &str) -> Option<usize> {
        self.tail.types.first()?.names.iter().position(|n| n == name)
    }

    async fn statistics(&self) -> Option<&Statistics> {
        let read = async || Statistics::read(&self.bytes, &self.tail).await.ok();
        self.statistics.get_or_init(read).await.as_ref()
    }

    /// The file's column that `column` is read from.
    fn stored(&self, column: &ReadColumn) -> Option<usize> {
        let Source::File { name, .. } = &column.source else { return None };
        let position = self.find(name)?;
        self.tail.types.first()?.children.get(position).copied()
    }

    /// The rows to read: those asked for that may match.
    async fn rows_of(&self, request: &ReadRequest) -> Result<Vec<Range<u64>>> {
        let chosen = unindexed::chosen(request, self.num_rows())?;
        match &request.predicate {
            Some(predicate) => {
                let may = self.matching(&request.columns, predicate).await?;
                Ok(rows::intersect(&chosen, &may))
            }
            None => Ok(chosen),
        }
    }

    fn decoded(
        &self,
        assembly: Assembly,
        chosen: &[Range<u64>],
        rows: usize,
    ) -> Result<BatchStream> {
        let (bytes, tail) = (Arc::clone(&self.bytes), Arc::clone(&self.tail));
        let decode = Decode::new(bytes, tail, &assembly, chosen, rows)?;
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
impl DataFileReader for OrcReader {
    fn num_rows(&self) -> u64 {
        self.tail.rows()
    }

    fn row_groups(&self) -> Vec<Range<u64>> {
        let rows = self.tail.stripes.iter().map(|s| s.rows.clone());
        rows.filter(|r| r.start < r.end).collect()
    }

    async fn blocks(&self, column: &ReadColumn) -> Result<Vec<Block>> {
        let Some(index) = self.stored(column) else {
            return Ok(unindexed::blocks(self.num_rows(), column, false));
        };
        Ok(match self.statistics().await {
            Some(statistics) => statistics.blocks(&self.tail, index, column),
            None => unindexed::blocks(self.num_rows(), column, true),
        })
    }

    async fn matching(
        &self,
        columns: &[ReadColumn],
        predicate: &Predicate,
    ) -> Result<Vec<Range<u64>>> {
        let all = unindexed::matching(self.num_rows(), columns, predicate)?;
        let mut known = Vec::new();
        for name in predicate.columns() {
            if let Some(column) = columns.iter().find(|c| c.output.name == name) {
                known.push((name, self.blocks(column).await?));
            }
        }
        Ok(rows::intersect(&all, &bounds::matching(&known, self.num_rows(), predicate)))
    }

    async fn read(&self, request: ReadRequest) -> Result<BatchStream> {
        let chosen = self.rows_of(&request).await?;
        let filter = unindexed::filter(&request)?;
        let assembly = Assembly::new(&request.columns, request.batch_size, |name| self.find(name))
            .and_then(|assembly| assembly.with_views_of(&request))
            .map_err(|e| in_file(e, &self.file.name))?;
        let stream = if chosen.is_empty() {
            futures::stream::empty().boxed()
        } else if assembly.roots().is_empty() {
            assembly.counted(rows::count(&chosen), request.batch_size)
        } else {
            self.decoded(assembly, &chosen, request.batch_size)
                .map_err(|e| in_file(e, &self.file.name))?
        };
        Ok(guarded_stream(unindexed::filtered(stream, filter), Arc::clone(&self.file.name)))
    }
}

/// The state of a read.
struct Decode {
    bytes: Arc<FileBytes>,
    tail: Arc<Tail>,
    /// Columns of the file that are read, with their types in the schema that wrote it.
    wanted: Vec<(usize, DataType)>,
    /// They and all columns inside.
    needed: BTreeSet<usize>,
    schema: Arc<Schema>,
    /// Stripes with rows wanted.
    waiting: VecDeque<(Stripe, Vec<Range<u64>>)>,
    open: Option<Open>,
    batch_size: u64,
}

struct Open {
    columns: Vec<Column>,
    /// The next row of the file.
    row: u64,
    wanted: Vec<Range<u64>>,
    at: u64,
}

impl Decode {
    fn new(
        bytes: Arc<FileBytes>,
        tail: Arc<Tail>,
        assembly: &Assembly,
        chosen: &[Range<u64>],
        batch_size: usize,
    ) -> Result<Self> {
        let root =
            tail.types.first().ok_or_else(|| Error::corrupt("an ORC file without columns"))?;
        let columns = assembly.roots().iter().filter_map(|i| root.children.get(*i).copied());
        let wanted: Vec<(usize, DataType)> = columns.zip(assembly.stored()).collect();
        let field = |(_, data_type): &(usize, DataType)| {
            Ok(Field::new("", to_arrow_type(data_type)?, true))
        };
        let schema = Schema::new(wanted.iter().map(field).collect::<Result<Vec<_>>>()?);
        let needed = inside(&tail, wanted.iter().map(|(index, _)| *index));
        let stripes = tail.stripes.iter().map(|stripe| {
            (stripe.clone(), rows::intersect(std::slice::from_ref(&stripe.rows), chosen))
        });
        let waiting = stripes.filter(|(_, rows)| !rows.is_empty()).collect();
        let (schema, batch_size) = (Arc::new(schema), batch_size as u64);
        Ok(Self { bytes, tail, wanted, needed, schema, waiting, open: None, batch_size })
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if self.open.is_none() && !self.open_next().await? {
                return Ok(None);
            }
            let Some(open) = self.open.as_mut() else { continue };
            let at = open.at;
            match open.next(&self.schema, self.batch_size).map_err(|e| e.with("stripe", at))? {
                Some(batch) => return Ok(Some(batch)),
                None => self.open = None,
            }
        }
    }

    async fn open_next(&mut self) -> Result<bool> {
        let Some((stripe, wanted)) = self.waiting.pop_front() else { return Ok(false) };
        let at = stripe.streams.start;
        let streams = Streams::read(&self.bytes, &self.tail, &stripe, &self.needed).await?;
        let column = |(index, data_type): &(usize, DataType)| {
            Column::new(&self.tail, &streams, *index, data_type)
        };
        let columns = self.wanted.iter().map(column).collect::<Result<Vec<_>>>();
        let columns = columns.map_err(|e| e.with("stripe", at))?;
        self.open = Some(Open { columns, row: stripe.rows.start, wanted, at });
        Ok(true)
    }
}

impl Open {
    /// The next batch with rows wanted; `None` when there are no more in this stripe.
    fn next(&mut self, schema: &Arc<Schema>, batch_size: u64) -> Result<Option<RecordBatch>> {
        let (Some(first), Some(last)) = (self.wanted.first(), self.wanted.last()) else {
            return Ok(None);
        };
        let (start, end) = (first.start, last.end);
        while self.row < start {
            self.decode((start - self.row).min(PASSED))?;
        }
        let rows = self.row..end.min(self.row.saturating_add(batch_size));
        let columns = self.decode(rows.end - rows.start)?;
        let batch = RecordBatch::try_new(Arc::clone(schema), columns)
            .map_err(|e| Error::corrupt("columns of a stripe").with_source(e))?;
        let here = rows::intersect(std::slice::from_ref(&rows), &self.wanted);
        self.wanted.retain(|r| r.end > rows.end);
        if let Some(first) = self.wanted.first_mut() {
            first.start = first.start.max(rows.end);
        }
        if rows::count(&here) == rows.end - rows.start {
            return Ok(Some(batch));
        }
        let mut mask = vec![false; batch.num_rows()];
        for range in here {
            let index = |row: u64| usize::try_from(row - rows.start).unwrap_or(usize::MAX);
            if let Some(part) = mask.get_mut(index(range.start)..index(range.end)) {
                part.fill(true);
            }
        }
        let kept = filter_record_batch(&batch, &BooleanArray::from(mask));
        kept.map(Some).map_err(|e| Error::internal("choosing rows").with_source(e))
    }

    fn decode(&mut self, rows: u64) -> Result<Vec<ArrayRef>> {
        self.row += rows;
        let rows = usize::try_from(rows).map_err(|_| Error::internal("a batch of rows"))?;
        self.columns.iter_mut().map(|c| c.next(rows, None)).collect()
    }
}

/// Columns and all columns inside them.
fn inside(tail: &Tail, columns: impl Iterator<Item = usize>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open: Vec<usize> = columns.collect();
    while let Some(index) = open.pop() {
        if found.insert(index)
            && let Some(column) = tail.types.get(index)
        {
            open.extend(&column.children);
        }
    }
    found
}
