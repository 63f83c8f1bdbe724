//! An opened file of lines.

use super::csv::is_blank;
use super::lines::{Lines, Packing, check_size};
use super::options::Options;
use super::{TextFile, TextFormat, cell, json};
use crate::arrow_schema::to_arrow_type;
use crate::arrow_value::array_of;
use crate::assembly::Assembly;
use crate::fault::guarded_stream;
use crate::input::RangeReader;
use crate::{
    BatchStream, Block, DataFileReader, FileRef, ReadColumn, ReadRequest, Source, rows, unindexed,
};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema};
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use rimon_spec::{DataType, Error, Predicate, Result, Value};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct TextReader {
    file: FileRef,
    content: Arc<Content>,
}

#[derive(Debug)]
struct Content {
    lines: Lines,
    options: Options,
    layout: Arc<TextFile>,
}

/// A column that is read: its place in the file, its name and type.
#[derive(Debug, Clone)]
struct Wanted {
    index: usize,
    name: String,
    data_type: DataType,
}

impl TextReader {
    pub(super) async fn open(
        file: FileRef,
        options: Options,
        layout: Arc<TextFile>,
    ) -> Result<Self> {
        let content = Content::load(&file, options, layout).await;
        let content = content.map_err(|e| e.with("file", &file.name))?;
        Ok(Self { file, content: Arc::new(content) })
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.content.layout.fields.iter().position(|f| f.name == name)
    }

    fn rows(&self) -> u64 {
        self.content.lines.count() as u64
    }

    fn decoded(
        &self,
        assembly: Assembly,
        chosen: Vec<Range<u64>>,
        size: usize,
    ) -> Result<BatchStream> {
        let fields =
            assembly.roots().iter().filter_map(|i| Some((*i, self.content.layout.fields.get(*i)?)));
        let wanted = fields.zip(assembly.stored()).map(|((index, field), data_type)| {
            self.content.check(&data_type).map_err(|e| e.with("column", &field.name))?;
            Ok(Wanted { index, name: field.name.clone(), data_type })
        });
        let wanted: Vec<Wanted> = wanted.collect::<Result<_>>()?;
        let (content, name) = (Arc::clone(&self.content), Arc::clone(&self.file.name));
        let batches = batches(chosen, size as u64).map(move |rows| {
            let read = content.batch(&rows, &wanted).and_then(|batch| assembly.batch(&batch));
            read.map_err(|e| e.with("file", &name))
        });
        Ok(futures::stream::iter(batches).boxed())
    }
}

/// Ranges cut to at most `size` rows.
fn batches(chosen: Vec<Range<u64>>, size: u64) -> impl Iterator<Item = Range<u64>> {
    let cut = move |range: Range<u64>| {
        let starts = (range.start..range.end).step_by(usize::try_from(size).unwrap_or(usize::MAX));
        starts.map(move |start| start..range.end.min(start.saturating_add(size)))
    };
    chosen.into_iter().flat_map(cut)
}

impl Content {
    async fn load(file: &FileRef, options: Options, layout: Arc<TextFile>) -> Result<Self> {
        check_size(file.size)?;
        // Stores refuse to read nothing.
        let bytes = match file.size {
            0 => Bytes::new(),
            size => RangeReader::new(file.clone()).range(0..size).await?,
        };
        let extension = file.path.filename().and_then(|n| n.rsplit_once('.'));
        let packing = extension.and_then(|(_, e)| Packing::of(e));
        let header = options.format == TextFormat::Csv && options.csv.header;
        let lines = Lines::new(bytes, packing, options.line_end.clone(), header)?;
        Ok(Self { lines, options, layout })
    }

    fn check(&self, data_type: &DataType) -> Result<()> {
        match self.options.format {
            TextFormat::Csv => cell::check(data_type),
            TextFormat::Json => json::check(data_type),
            TextFormat::Text if data_type.is_string() => Ok(()),
            TextFormat::Text => Err(cell::refuse(data_type)),
        }
    }

    fn batch(&self, rows: &Range<u64>, wanted: &[Wanted]) -> Result<RecordBatch> {
        let index = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        let numbers = index(rows.start)..index(rows.end);
        let lines = numbers.clone().zip(self.lines.starting_at(numbers.start));
        let columns = match self.options.format {
            TextFormat::Json => self.objects(lines, wanted)?,
            TextFormat::Csv => self.values(lines, wanted)?,
            TextFormat::Text => {
                let lines: Vec<Value> =
                    lines.map(|(_, line)| Value::String(line.into_owned())).collect();
                wanted.iter().map(|w| array_of(&lines, &w.data_type)).collect::<Result<_>>()?
            }
        };
        let field = |w: &Wanted| Ok(Field::new(&w.name, to_arrow_type(&w.data_type)?, true));
        let schema = Schema::new(wanted.iter().map(field).collect::<Result<Vec<_>>>()?);
        RecordBatch::try_new(Arc::new(schema), columns)
            .map_err(|e| Error::corrupt("columns of a file of lines").with_source(e))
    }

    fn values<'a>(
        &self,
        lines: impl Iterator<Item = (usize, Cow<'a, str>)>,
        wanted: &[Wanted],
    ) -> Result<Vec<ArrayRef>> {
        let mut columns: Vec<Vec<Value>> = wanted.iter().map(|_| Vec::new()).collect();
        let count = wanted.iter().map(|w| w.index + 1).max().unwrap_or(0);
        for (index, line) in lines {
            let cells = match line.chars().all(is_blank) {
                true => vec![None; count],
                false => self.options.csv.split(&line, count),
            };
            let mut damaged = false;
            for (column, wanted) in columns.iter_mut().zip(wanted) {
                let cell = cells.get(wanted.index).and_then(Option::as_deref);
                let value = match cell.filter(|text| !damaged && *text != self.options.csv.null) {
                    Some(text) => cell::value(text, &wanted.data_type),
                    None => Ok(Value::Null),
                };
                column.push(match value {
                    Ok(value) => value,
                    Err(e) if self.options.csv.fail_fast => {
                        return Err(e.with("column", &wanted.name).with("line", index + 1));
                    }
                    // Java leaves this field and those behind it null.
                    Err(_) => {
                        damaged = true;
                        Value::Null
                    }
                });
            }
        }
        let pairs = columns.iter().zip(wanted);
        pairs.map(|(values, wanted)| array_of(values, &wanted.data_type)).collect()
    }

    fn objects<'a>(
        &self,
        lines: impl Iterator<Item = (usize, Cow<'a, str>)>,
        wanted: &[Wanted],
    ) -> Result<Vec<ArrayRef>> {
        let parse = |(index, line): (usize, Cow<'a, str>)| {
            serde_json::from_str::<Json>(&line).map_err(|e| {
                Error::corrupt("a line that is not JSON").with("line", index + 1).with_source(e)
            })
        };
        let nodes: Vec<Json> = lines.map(parse).collect::<Result<_>>()?;
        let objects: Vec<_> = nodes.iter().map(json::object).collect::<Result<_>>()?;
        let column = |wanted: &Wanted| {
            let cells: Vec<Option<&Json>> = objects.iter().map(|o| o.get(&wanted.name)).collect();
            json::column(&cells, &wanted.data_type).map_err(|e| e.with("column", &wanted.name))
        };
        wanted.iter().map(column).collect()
    }
}

#[async_trait]
impl DataFileReader for TextReader {
    fn num_rows(&self) -> u64 {
        self.rows()
    }

    fn row_groups(&self) -> Vec<Range<u64>> {
        unindexed::all(self.rows())
    }

    async fn blocks(&self, column: &ReadColumn) -> Result<Vec<Block>> {
        let stored =
            matches!(&column.source, Source::File { name, .. } if self.find(name).is_some());
        Ok(unindexed::blocks(self.rows(), column, stored))
    }

    async fn matching(
        &self,
        columns: &[ReadColumn],
        predicate: &Predicate,
    ) -> Result<Vec<Range<u64>>> {
        unindexed::matching(self.rows(), columns, predicate)
    }

    async fn read(&self, request: ReadRequest) -> Result<BatchStream> {
        let chosen = unindexed::chosen(&request, self.rows())?;
        let filter = unindexed::filter(&request)?;
        let assembly = Assembly::new(&request.columns, request.batch_size, |name| self.find(name))
            .and_then(|assembly| assembly.with_views_of(&request))
            .map_err(|e| e.with("file", &self.file.name))?;
        let stream = if assembly.roots().is_empty() {
            assembly.counted(rows::count(&chosen), request.batch_size)
        } else {
            self.decoded(assembly, chosen, request.batch_size)
                .map_err(|e| e.with("file", &self.file.name))?
        };
        Ok(guarded_stream(unindexed::filtered(stream, filter), Arc::clone(&self.file.name)))
    }
}
