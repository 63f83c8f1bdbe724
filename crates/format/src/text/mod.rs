//! Files of lines: `csv`, `json` (an object per line) and `text` (one column), for reading
//! (`AbstractTextFileReader.java`). They name neither their columns nor their separators: [`TextFile`] does.

mod cell;
mod csv;
mod json;
mod lines;
mod options;
mod reader;
#[cfg(test)]
mod tests;

use crate::{DataFileReader, FileFormat, FileRef, FormatWriter, WriteOptions};
use async_trait::async_trait;
use options::Options;
use rimon_spec::{DataField, Error, Result};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a file of lines does not say itself.
#[derive(Debug, Clone, Default)]
pub struct TextFile {
    /// The columns it was written with, in their order.
    pub fields: Vec<DataField>,
    /// The table's options.
    pub options: BTreeMap<String, String>,
}

/// Formats of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// Values by a separator.
    Csv,
    /// An object in each line.
    Json,
    /// A string in each line.
    Text,
}

impl TextFormat {
    /// The format that options call `name`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "text" => Some(Self::Text),
            _ => None,
        }
    }

    /// The format of a data file by its name, which may end with a compression (`DataFilePathFactory`).
    pub fn of(file_name: &str) -> Option<Self> {
        let (stem, extension) = file_name.rsplit_once('.')?;
        match lines::Packing::of(extension) {
            Some(_) => Self::named(stem.rsplit_once('.')?.1),
            None => Self::named(extension),
        }
    }
}

#[async_trait]
impl FileFormat for TextFormat {
    fn name(&self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Text => "text",
        }
    }

    async fn open(&self, file: FileRef) -> Result<Arc<dyn DataFileReader>> {
        let Some(layout) = file.text.clone() else {
            return Err(
                Error::internal("a file of lines without its columns").with("file", &file.name)
            );
        };
        let options =
            Options::new(*self, &layout.options).map_err(|e| e.with("file", &file.name))?;
        Ok(Arc::new(reader::TextReader::open(file, options, layout).await?))
    }

    fn create(
        &self,
        _file: FileRef,
        _fields: &[DataField],
        _options: &WriteOptions,
    ) -> Result<Box<dyn FormatWriter>> {
        Err(Error::unsupported(format!("writing files of format '{}'", self.name()))
            .with_hint("set 'file.format' to 'parquet' or 'avro'"))
    }
}
