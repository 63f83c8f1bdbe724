//! Data files of a primary-key table as the sorted files of the LSM engine: keys first, values for chosen rows later.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use rimon_format::{DataFileReader, FileRef, ReadColumn, ReadRequest, Source};
use rimon_lsm::{BatchStream, KeyBlock, KeyParts, RowRanges, SortedFile, SortedFileMeta};
use rimon_spec::{
    DataFileMeta, DataType, DeletionVector, Error, Predicate, Result, SpecialField, TypeKind, Value,
};
use tokio::sync::OnceCell;

use super::columns::kind_column;
use super::deletion::LiveRows;
use super::indexed::IndexedRows;
use super::late::rows_that_meet;
use super::ranges::intersect;
use super::raw::open_file;
use super::sequence::Sequence;

/// Rows of a batch given to the engine: what it holds of a few runs fits a cache.
const ENGINE_BATCH: usize = 16 << 10;

/// So few rows are read at once.
const FEW_ROWS: u64 = 16 << 10;

/// One file of a merge, opened when it is first read.
#[derive(Debug)]
pub(super) struct DataSortedFile {
    meta: SortedFileMeta,
    file: FileRef,
    columns: FileColumns,
    string_views: bool,
    /// Physical rows.
    rows: u64,
    /// The rows that are not deleted, when some are: the engine sees a file of these.
    live: Option<LiveRows>,
    reader: OnceCell<Arc<dyn DataFileReader>>,
}

/// Where the columns of a merge come from in one file.
#[derive(Debug, Clone)]
pub(super) struct FileColumns {
    /// The trimmed primary key, in its order.
    pub(super) keys: Vec<ReadColumn>,
    /// The sequence numbers of rows.
    pub(super) sequence: Sequence,
    /// The columns of `sequence.field`.
    pub(super) user_sequence: Vec<ReadColumn>,
    /// The value columns wanted.
    pub(super) values: Vec<ReadColumn>,
    /// A condition on the values: rows of the result that cannot meet it need not be read.
    pub(super) condition: Predicate,
    /// The rows that may meet it, when the file has an index.
    pub(super) indexed: Option<IndexedRows>,
}

impl DataSortedFile {
    /// `key_types` are those of the trimmed primary key.
    pub(super) fn new(
        meta: &DataFileMeta,
        key_types: &[DataType],
        file: FileRef,
        columns: FileColumns,
        string_views: bool,
    ) -> Result<Self> {
        let count = |n: i64, what: &str| {
            u64::try_from(n).map_err(|_| {
                Error::corrupt(format!("a manifest entry has {n} {what}")).with("file", &file.name)
            })
        };
        let rows = count(meta.row_count, "rows")?;
        let (min_sequence, max_sequence) = columns.sequence.range(meta);
        Ok(Self {
            meta: SortedFileMeta {
                name: meta.file_name.clone(),
                rows,
                size: count(meta.file_size, "bytes")?,
                min_key: meta.min_key.decode(key_types)?,
                max_key: meta.max_key.decode(key_types)?,
                min_sequence,
                max_sequence,
                delete_rows: meta.delete_row_count.map(|n| count(n, "deletes")).transpose()?,
                level: meta.level,
                creation_time: meta.creation_time,
            },
            file,
            columns,
            string_views,
            rows,
            live: None,
            reader: OnceCell::new(),
        })
    }

    /// The same file without the rows that `vector` deletes.
    pub(super) fn leave_out(&mut self, vector: &DeletionVector) {
        let live = LiveRows::new(vector, self.rows);
        self.meta.rows = live.count();
        self.live = Some(live);
    }

    /// The same file without rows whose keys cannot pass `predicate`, by the bounds in the file. It drops all rows of a
    /// key or none, which makes it safe below a merge.
    pub(super) async fn leave_out_keys(&mut self, predicate: &Predicate) -> Result<()> {
        let rows = self.reader().await?.matching(&self.columns.keys, predicate).await?;
        let live = self.live.take().unwrap_or_else(|| LiveRows::all(self.rows)).only(&rows);
        self.meta.rows = live.count();
        self.live = Some(live);
        Ok(())
    }

    async fn reader(&self) -> Result<&Arc<dyn DataFileReader>> {
        let opened = self.reader.get_or_try_init(|| open_file(self.file.clone(), self.rows));
        opened.await
    }

    /// `rows` as the engine numbers them.
    async fn read(&self, columns: Vec<ReadColumn>, rows: Vec<Range<u64>>) -> Result<BatchStream> {
        let rows = match &self.live {
            None => rows,
            Some(live) => {
                let mut physical = RowRanges::default();
                rows.iter().for_each(|range| live.rows(range, &mut physical));
                physical.as_slice().to_vec()
            }
        };
        let whole = matches!(rows.as_slice(), [r] if r.start == 0 && r.end == self.rows);
        let mut request = ReadRequest::new(columns)
            .with_batch_size(ENGINE_BATCH)
            .with_string_views(self.string_views);
        if !whole {
            request = request.with_ranges(rows);
        }
        self.reader().await?.read(request).await
    }
}

impl DataSortedFile {
    /// The rows that meet the condition, when it speaks of few of the columns.
    async fn that_meet(&self, rows: RowRanges) -> Result<RowRanges> {
        let names = self.columns.condition.columns();
        let values = &self.columns.values;
        let tested: Vec<_> =
            values.iter().filter(|c| names.contains(c.output.name.as_str())).cloned().collect();
        // Engines do not agree on zeros and NaN.
        let floats =
            |c: &ReadColumn| matches!(c.output.data_type.kind, TypeKind::Float | TypeKind::Double);
        let skip = tested.iter().any(floats);
        if skip || rows.rows() <= FEW_ROWS || tested.len() * 2 > values.len() {
            return Ok(rows);
        }
        let fields: Vec<_> = tested.iter().map(|c| c.output.clone()).collect();
        let stream = self.read(tested, rows.as_slice().to_vec()).await?;
        let found = rows_that_meet(&self.columns.condition, &fields, &rows, stream).await?;
        Ok(found.unwrap_or(rows))
    }
}

#[async_trait]
impl SortedFile for DataSortedFile {
    fn meta(&self) -> &SortedFileMeta {
        &self.meta
    }

    async fn blocks(&self) -> Result<Arc<[KeyBlock]>> {
        let Some(key) = self.columns.keys.first() else {
            return Err(Error::internal("a merge needs a key"));
        };
        // A key column that is cast on the way has bounds of another type: nothing is known then.
        let same = matches!(&key.source, Source::File { data_type, .. }
            if data_type.kind == key.output.data_type.kind);
        let blocks = self.reader().await?.blocks(key).await?;
        let bound = |value: Option<Value>| value.filter(|v| same && !v.is_null());
        let number = |row| self.live.as_ref().map_or(row, |live| live.number(row));
        let blocks = blocks.into_iter().map(|b| KeyBlock {
            rows: number(b.rows.start)..number(b.rows.end),
            min: bound(b.min),
            max: bound(b.max),
        });
        Ok(blocks.filter(|b| !b.rows.is_empty()).collect())
    }

    async fn read_keys(&self, parts: KeyParts, rows: Range<u64>) -> Result<BatchStream> {
        let mut columns = self.columns.keys.clone();
        if parts.sequence {
            columns.push(self.columns.sequence.column(SpecialField::sequence_number()));
        }
        if parts.kind {
            columns.push(kind_column());
        }
        if parts.user_sequence {
            columns.extend(self.columns.user_sequence.iter().cloned());
        }
        self.read(columns, vec![rows]).await
    }

    async fn wanted(&self, rows: RowRanges) -> Result<RowRanges> {
        if self.columns.condition == Predicate::True {
            return Ok(rows);
        }
        let reader = self.reader().await?;
        let mut may_match = reader.matching(&self.columns.values, &self.columns.condition).await?;
        if let Some(indexed) = &self.columns.indexed
            && let Some(rows) = indexed.rows().await
        {
            may_match = intersect(&may_match, rows);
        }
        let number = |row| self.live.as_ref().map_or(row, |live| live.number(row));
        let mut numbered = RowRanges::default();
        may_match.iter().for_each(|r| numbered.push(number(r.start)..number(r.end)));
        self.that_meet(rows.intersect(&numbered)).await
    }

    async fn read_values(&self, rows: RowRanges) -> Result<BatchStream> {
        self.read(self.columns.values.clone(), rows.as_slice().to_vec()).await
    }
}
