//! Byte ranges of a data file from its store.

use crate::FileRef;
use crate::fault::store_error;
use bytes::Bytes;
use object_store::ObjectStoreExt;
use rimon_spec::{Error, Result};
use std::ops::Range;

/// Reads ranges within the size that the manifest gives. Ranges asked for together go to the store together, which
/// joins near ones (remote stores) or opens the file once for all (local files).
#[derive(Debug, Clone)]
pub(crate) struct RangeReader {
    file: FileRef,
}

impl RangeReader {
    pub(crate) fn new(file: FileRef) -> Self {
        Self { file }
    }

    /// The bytes of one range.
    pub(crate) async fn range(&self, range: Range<u64>) -> Result<Bytes> {
        self.check(&range)?;
        let read = self.file.store.get_range(&self.file.path, self.in_object(&range)).await;
        let bytes = read.map_err(|e| self.short_or(e, &range))?;
        self.check_length(bytes, &range)
    }

    /// The bytes of several.
    pub(crate) async fn ranges(&self, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        ranges.iter().try_for_each(|r| self.check(r))?;
        let last = ranges.iter().max_by_key(|r| r.end).cloned().unwrap_or(0..0);
        let in_object: Vec<_> = ranges.iter().map(|r| self.in_object(r)).collect();
        let read = self.file.store.get_ranges(&self.file.path, &in_object).await;
        let parts = read.map_err(|e| self.short_or(e, &last))?;
        parts.into_iter().zip(&ranges).map(|(bytes, r)| self.check_length(bytes, r)).collect()
    }

    fn in_object(&self, range: &Range<u64>) -> Range<u64> {
        let shift = |at: u64| at.saturating_add(self.file.offset);
        shift(range.start)..shift(range.end)
    }

    fn check(&self, range: &Range<u64>) -> Result<()> {
        if range.start <= range.end && range.end <= self.file.size {
            return Ok(());
        }
        Err(Error::corrupt("the data file points beyond its end")
            .with("file", &self.file.name)
            .with("offset", range.start)
            .with("size", self.file.size))
    }

    /// Stores report a range beyond the end of the object in their own ways; what exists but is shorter than the
    /// manifest says is damage.
    fn short_or(&self, error: object_store::Error, range: &Range<u64>) -> Error {
        if matches!(error, object_store::Error::Generic { .. }) && beyond_end(&error) {
            return self.shorter(range).with_source(error);
        }
        store_error(error, &self.file.name)
    }

    fn check_length(&self, bytes: Bytes, range: &Range<u64>) -> Result<Bytes> {
        if bytes.len() as u64 == range.end - range.start {
            return Ok(bytes);
        }
        Err(self.shorter(range))
    }

    fn shorter(&self, range: &Range<u64>) -> Error {
        Error::corrupt("the data file is shorter than its manifest says")
            .with("file", &self.file.name)
            .with("offset", range.start)
            .with("size", self.file.size)
    }
}

/// The local store and the in-memory store say it only in words.
fn beyond_end(error: &object_store::Error) -> bool {
    let text = error.to_string();
    text.contains("OutOfRange")
        || text.contains("Out of range")
        || text.contains("Requested range")
        || text.contains("StartTooLarge")
        || text.contains("InvalidGetRange")
        || text.contains("range was invalid")
        || text.contains("failed to fill whole buffer")
}

/// The bytes of a file: kept from the start when it is small.
#[derive(Debug)]
pub(crate) struct FileBytes {
    whole: Option<Bytes>,
    reader: RangeReader,
    size: u64,
}

impl FileBytes {
    /// Reads the file at once if it has up to `keep` bytes.
    pub(crate) async fn open(file: &FileRef, keep: u64) -> Result<Self> {
        let (reader, size) = (RangeReader::new(file.clone()), file.size);
        let whole = if size <= keep { Some(reader.range(0..size).await?) } else { None };
        Ok(Self { whole, reader, size })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The bytes of one range.
    pub(crate) async fn range(&self, range: Range<u64>) -> Result<Bytes> {
        match &self.whole {
            Some(whole) => self.slice(whole, &range),
            None => self.reader.range(range).await,
        }
    }

    /// The bytes of several.
    pub(crate) async fn ranges(&self, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        match &self.whole {
            Some(whole) => ranges.iter().map(|r| self.slice(whole, r)).collect(),
            None => self.reader.ranges(ranges).await,
        }
    }

    fn slice(&self, whole: &Bytes, range: &Range<u64>) -> Result<Bytes> {
        self.reader.check(range)?;
        let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(whole.len());
        Ok(whole.slice(index(range.start)..index(range.end)))
    }
}
