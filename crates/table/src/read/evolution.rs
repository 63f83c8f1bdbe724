//! Different columns of the same rows, read from several files and put side by side (`DataEvolutionSplitRead.java`).

use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::array::RecordBatchOptions;
use arrow::datatypes::SchemaRef;
use futures::{StreamExt, TryStreamExt};
use rimon_spec::{DataField, DataFileMeta, Error, Predicate, Result, SpecialField};

use super::BatchStream;
use super::columns::file_columns;
use super::raw::{RawPiece, read_pieces};
use super::sequence::Sequence;
use super::table_read::TableRead;
use super::tracking::Tracking;
use crate::plan::{Split, row_ids};

/// Extension of files that hold one BLOB column; several of them may cover the rows of one data file.
const BLOB: &str = ".blob";
/// Rows of a batch.
const BATCH_ROWS: usize = 8192;

/// Rows of one group of files with the same row ids.
#[derive(Debug)]
pub(super) struct ColumnsPiece {
    sources: Vec<Vec<RawPiece>>,
    /// For every column of the result: its source, and which of the source's columns it is.
    places: Vec<(usize, usize)>,
    schema: SchemaRef,
    /// Rows to be read.
    pub(super) count: u64,
}

/// Files that follow each other in row ids and hold the same columns.
struct Bunch<'a> {
    files: Vec<&'a DataFileMeta>,
    wanted: Vec<DataField>,
}

impl ColumnsPiece {
    /// The split's rows, cut into at most `cuts` pieces.
    ///
    /// # Errors
    /// `Corrupt` when the files do not cover the same rows; `Unsupported` for deletion vectors.
    pub(super) fn of(read: &TableRead, split: &Split, cuts: u64) -> Result<Vec<Self>> {
        if !split.deletions.is_empty() {
            return Err(Error::unsupported("deletion vectors with 'data-evolution.enabled'")
                .with("table", read.table.name()));
        }
        let (bunches, places) = bunches(read, split)?;
        let first = bunches.first().and_then(|b| b.files.first());
        let first = first.ok_or_else(|| Error::internal("a split without files"))?;
        let begin = row_ids(first)?.0;
        let end = bunches.iter().map(end_of).collect::<Result<Vec<_>>>()?;
        let rows = end.iter().max().map_or(0, |end| end.saturating_sub(begin));
        let rows = u64::try_from(rows).unwrap_or(0);
        let schema = read.arrow_schema(&read.fields)?;
        let cuts = cuts.clamp(1, rows.max(1));
        let cut = |cut: u64| {
            let range = rows * cut / cuts..rows * (cut + 1) / cuts;
            let sources = bunches.iter().map(|bunch| pieces(read, split, bunch, begin, &range));
            Ok(Self {
                sources: sources.collect::<Result<_>>()?,
                places: places.clone(),
                schema: schema.clone(),
                count: range.end - range.start,
            })
        };
        (0..cuts).map(cut).collect()
    }

    /// Reads all columns in step.
    pub(super) fn read(self) -> BatchStream {
        let Self { sources, places, schema, .. } = self;
        let inputs: Vec<Input> =
            sources.into_iter().map(|p| Input { stream: read_pieces(p), rest: None }).collect();
        let state = (inputs, places, schema);
        futures::stream::try_unfold(state, |(mut inputs, places, schema)| async move {
            let batch = next(&mut inputs, &places, &schema).await?;
            Ok(batch.map(|batch| (batch, (inputs, places, schema))))
        })
        .boxed()
    }
}

/// Of each wanted column, the number of its source and of the column there.
type Places = Vec<(usize, usize)>;

/// The files that the wanted columns come from: the newest that has a column gives it.
fn bunches<'a>(read: &TableRead, split: &'a Split) -> Result<(Vec<Bunch<'a>>, Places)> {
    let is_blob = |f: &&DataFileMeta| f.file_name.ends_with(BLOB);
    let (mut blobs, mut data): (Vec<_>, Vec<_>) = split.files.iter().partition(is_blob);
    data.sort_by_key(|f| std::cmp::Reverse(f.max_sequence_number));
    blobs.sort_by_key(|f| f.first_row_id);
    let mut bunches: Vec<Bunch<'_>> =
        data.into_iter().map(|f| Bunch { files: vec![f], wanted: Vec::new() }).collect();
    for blob in blobs {
        let same = |b: &&mut Bunch<'_>| {
            b.files.first().is_some_and(|f| is_blob(f) && f.write_cols == blob.write_cols)
        };
        match bunches.iter_mut().find(same) {
            Some(bunch) => bunch.files.push(blob),
            None => bunches.push(Bunch { files: vec![blob], wanted: Vec::new() }),
        }
    }
    check(&bunches)?;
    let mut places = Vec::with_capacity(read.fields.len());
    for field in &read.fields {
        let mut source = 0;
        for (index, bunch) in bunches.iter().enumerate() {
            let Some(file) = bunch.files.first() else { continue };
            if read.file_schema(file)?.field_by_id(field.id).is_some() {
                source = index;
                break;
            }
        }
        if let Some(bunch) = bunches.get_mut(source) {
            places.push((source, bunch.wanted.len()));
            bunch.wanted.push(field.clone());
        }
    }
    let (kept, numbers) = without_unused(bunches);
    let place =
        |(source, column): (usize, usize)| Some((numbers.get(source).copied().flatten()?, column));
    Ok((kept, places.into_iter().filter_map(place).collect()))
}

/// Leaves out files that give no column, but never all; the new number of each bunch.
fn without_unused(bunches: Vec<Bunch<'_>>) -> (Vec<Bunch<'_>>, Vec<Option<usize>>) {
    let none = bunches.iter().all(|b| b.wanted.is_empty());
    let (mut kept, mut numbers) = (Vec::new(), Vec::new());
    for (index, bunch) in bunches.into_iter().enumerate() {
        let used = !bunch.wanted.is_empty() || (none && index == 0);
        numbers.push(used.then_some(kept.len()));
        if used {
            kept.push(bunch);
        }
    }
    (kept, numbers)
}

/// Every bunch has to cover the same rows without gaps and overlaps.
fn check(bunches: &[Bunch<'_>]) -> Result<()> {
    let mut whole: Option<(i64, i64)> = None;
    for bunch in bunches {
        let mut covered: Option<(i64, i64)> = None;
        for file in &bunch.files {
            let (first, end) = row_ids(file)?;
            covered = match covered {
                None => Some((first, end)),
                Some((begin, last)) if last == first => Some((begin, end)),
                Some((_, last)) if first < last => {
                    return Err(Error::unsupported("BLOB files that overlap in row ids")
                        .with("file", &file.file_name));
                }
                Some(_) => return Err(uneven(file)),
            };
        }
        match (whole, bunch.files.first()) {
            (Some(whole), Some(file)) if covered != Some(whole) => return Err(uneven(file)),
            _ => whole = covered,
        }
    }
    Ok(())
}

fn uneven(file: &DataFileMeta) -> Error {
    Error::corrupt("files with columns of the same rows cover different rows")
        .with("file", &file.file_name)
}

fn end_of(bunch: &Bunch<'_>) -> Result<i64> {
    bunch.files.last().map_or(Ok(0), |f| Ok(row_ids(f)?.1))
}

/// The rows `range` of a bunch, counted from the row id `begin`.
fn pieces(
    read: &TableRead,
    split: &Split,
    bunch: &Bunch<'_>,
    begin: i64,
    range: &Range<u64>,
) -> Result<Vec<RawPiece>> {
    let mut pieces = Vec::new();
    let tracked =
        read.tracking && bunch.wanted.iter().any(|field| SpecialField::is_system(&field.name));
    for meta in &bunch.files {
        let (first, end) = row_ids(meta)?;
        let offset = |id: i64| u64::try_from(id.saturating_sub(begin)).unwrap_or(0);
        let rows = offset(first).max(range.start)..offset(end).min(range.end);
        if rows.is_empty() {
            continue;
        }
        let schema = read.file_schema(meta)?;
        let columns = file_columns(
            read.table.schema(),
            &schema,
            &split.partition,
            Sequence::InFile,
            &bunch.wanted,
        )
        .into();
        pieces.push(RawPiece {
            file_rows: u64::try_from(meta.row_count).unwrap_or(0),
            file: read.file_ref(split, meta)?,
            columns,
            count: rows.end - rows.start,
            rows: Some(rows.start - offset(first)..rows.end - offset(first)),
            predicate: Predicate::True,
            batch_size: BATCH_ROWS,
            indexed: None,
            deletions: None,
            string_views: read.string_views,
            tracking: tracked.then(|| Tracking::of(meta)),
            late: None,
            counters: read.counters.clone(),
        });
    }
    Ok(pieces)
}

/// One source and the rows of it that were read and not given out.
struct Input {
    stream: BatchStream,
    rest: Option<RecordBatch>,
}

impl Input {
    /// Reads on when nothing is left; whether there are rows.
    async fn fill(&mut self) -> Result<bool> {
        while self.rest.as_ref().is_none_or(|batch| batch.num_rows() == 0) {
            match self.stream.try_next().await? {
                Some(batch) => self.rest = Some(batch),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn take(&mut self, rows: usize) -> Option<RecordBatch> {
        let batch = self.rest.take()?;
        self.rest = Some(batch.slice(rows, batch.num_rows().checked_sub(rows)?));
        Some(batch.slice(0, rows))
    }
}

/// As many rows as all inputs have at hand.
async fn next(
    inputs: &mut [Input],
    places: &[(usize, usize)],
    schema: &SchemaRef,
) -> Result<Option<RecordBatch>> {
    let filled = futures::future::try_join_all(inputs.iter_mut().map(Input::fill)).await?;
    let uneven = || Error::corrupt("files with columns of the same rows have different rows");
    if !filled.iter().all(|some| *some) {
        return if filled.iter().any(|some| *some) { Err(uneven()) } else { Ok(None) };
    }
    let rows = inputs.iter().filter_map(|i| Some(i.rest.as_ref()?.num_rows())).min().unwrap_or(0);
    let taken: Vec<RecordBatch> =
        inputs.iter_mut().map(|i| i.take(rows).ok_or_else(uneven)).collect::<Result<_>>()?;
    let column = |(source, column): &(usize, usize)| {
        let found = taken.get(*source).and_then(|batch| batch.columns().get(*column)).cloned();
        found.ok_or_else(|| Error::internal("a column was not read"))
    };
    let columns = places.iter().map(column).collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options);
    batch.map(Some).map_err(|e| Error::internal("columns do not go together").with_source(e))
}
