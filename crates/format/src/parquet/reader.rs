//! An opened Parquet file.

use super::blocks::{Grain, blocks, matching};
use super::bloom::without_absent;
use super::error::read_error;
use super::footer::Footer;
use super::io::ParquetInput;
use super::selection::select;
use crate::assembly::Assembly;
use crate::fault::{guarded, guarded_stream};
use crate::filter::Filter;
use crate::rows;
use crate::{BatchStream, Block, DataFileReader, FileRef, ReadColumn, ReadRequest};
use arrow::datatypes::{DataType, FieldRef, Fields, Schema};
use async_trait::async_trait;
use futures::StreamExt;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::ParquetRecordBatchStreamBuilder;
use rimon_spec::{Error, ErrorKind, Predicate, Result};
use std::ops::Range;
use std::sync::Arc;

/// Rows that are not worth another request for the page index.
const FEW_ROWS: u64 = 8192;

#[derive(Debug)]
pub(super) struct ParquetReader {
    file: FileRef,
    footer: Arc<Footer>,
}

impl ParquetReader {
    pub(super) fn new(file: FileRef, footer: Arc<Footer>) -> Self {
        Self { file, footer }
    }

    /// Without it, because it is damaged, more is read than has to be.
    async fn load_page_index(&self) -> Result<()> {
        match self.footer.with_page_index(&self.file).await {
            Err(e) if e.kind() != ErrorKind::Corrupt => Err(e),
            _ => Ok(()),
        }
    }

    /// The rows to read: those asked for that may match.
    async fn rows_of(&self, request: &ReadRequest) -> Result<Vec<Range<u64>>> {
        let all = self.footer.num_rows();
        let asked = match &request.ranges {
            Some(ranges) => rows::normalise(ranges, all)?,
            None => rows::normalise(std::slice::from_ref(&(0..all)), all)?,
        };
        let chosen = match &request.predicate {
            Some(predicate) => {
                rows::intersect(&asked, &self.matching(&request.columns, predicate).await?)
            }
            None => asked.clone(),
        };
        if let Some(counters) = &request.counters {
            counters.note(&self.footer.row_groups(), &asked, &chosen);
        }
        Ok(chosen)
    }

    /// What the decoder knows of the file, told to make views of the strings of some columns.
    fn metadata(&self, views: &[usize]) -> Result<ArrowReaderMetadata> {
        let metadata = self.footer.reader_metadata();
        let schema = metadata.schema();
        let is_view = |(root, field): (usize, &FieldRef)| {
            *field.data_type() == DataType::Utf8 && views.contains(&root)
        };
        if !schema.fields().iter().enumerate().any(is_view) {
            return Ok(metadata.clone());
        }
        let fields =
            schema.fields().iter().enumerate().map(|(root, field)| match is_view((root, field)) {
                true => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
                false => Arc::clone(field),
            });
        let hinted =
            Schema::new_with_metadata(fields.collect::<Fields>(), schema.metadata().clone());
        let options =
            ArrowReaderOptions::new().with_skip_arrow_metadata(true).with_schema(Arc::new(hinted));
        ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)
            .map_err(|e| read_error(e, &self.file.name))
    }

    async fn decoded(
        &self,
        assembly: Assembly,
        chosen: &[Range<u64>],
        batch_size: usize,
    ) -> Result<BatchStream> {
        let (groups, selection) = select(&self.footer.row_groups(), chosen);
        if selection.is_some() {
            self.load_page_index().await?;
        }
        let metadata = self.metadata(&assembly.view_roots())?;
        let input = ParquetInput::with_metadata(self.file.clone(), Arc::clone(metadata.metadata()));
        let mask =
            ProjectionMask::roots(metadata.parquet_schema(), assembly.roots().iter().copied());
        let mut builder = ParquetRecordBatchStreamBuilder::new_with_metadata(input, metadata)
            .with_projection(mask)
            .with_row_groups(groups)
            .with_batch_size(batch_size);
        if let Some(selection) = selection {
            builder = builder.with_row_selection(selection);
        }
        let name = Arc::clone(&self.file.name);
        let stream =
            guarded(&self.file.name, || builder.build().map_err(|e| read_error(e, &name)))?;
        let batches = stream.map(move |read| {
            let read = read.map_err(|e| read_error(e, &name))?;
            assembly.batch(&read).map_err(|e| e.with("file", &name))
        });
        Ok(batches.boxed())
    }
}

#[async_trait]
impl DataFileReader for ParquetReader {
    fn num_rows(&self) -> u64 {
        self.footer.num_rows()
    }

    fn row_groups(&self) -> Vec<Range<u64>> {
        self.footer.row_groups()
    }

    async fn blocks(&self, column: &ReadColumn) -> Result<Vec<Block>> {
        self.load_page_index().await?;
        let name = &self.file.name;
        guarded(name, || blocks(&self.footer, column, Grain::Page, name))
    }

    async fn matching(
        &self,
        columns: &[ReadColumn],
        predicate: &Predicate,
    ) -> Result<Vec<Range<u64>>> {
        let name = &self.file.name;
        let find =
            |grain| guarded(name, || matching(&self.footer, columns, predicate, grain, name));
        let coarse = find(Grain::RowGroup)?;
        let coarse = without_absent(&self.footer, &self.file, columns, predicate, coarse).await;
        if rows::count(&coarse) <= FEW_ROWS || predicate.columns().is_empty() {
            return Ok(coarse);
        }
        self.load_page_index().await?;
        Ok(rows::intersect(&coarse, &find(Grain::Page)?))
    }

    async fn read(&self, request: ReadRequest) -> Result<BatchStream> {
        if request.batch_size == 0 {
            return Err(Error::invalid("batches of 0 rows"));
        }
        let assembly =
            Assembly::new(&request.columns, request.batch_size, |name| self.footer.root(name))
                .map_err(|e| e.with("file", &self.file.name))?;
        let assembly = assembly.with_views_of(&request)?;
        let filter = match &request.predicate {
            Some(predicate) if request.exact => {
                Some(Filter::new(predicate.clone(), &request.columns)?)
            }
            _ => None,
        };
        let chosen = self.rows_of(&request).await?;
        let mut stream = if chosen.is_empty() {
            futures::stream::empty().boxed()
        } else if assembly.roots().is_empty() {
            assembly.counted(rows::count(&chosen), request.batch_size)
        } else {
            self.decoded(assembly, &chosen, request.batch_size).await?
        };
        if let Some(filter) = filter {
            stream = filter.apply(stream);
        }
        Ok(guarded_stream(stream, Arc::clone(&self.file.name)))
    }
}
