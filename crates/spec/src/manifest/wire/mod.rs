//! Data files and index files as commit messages carry them between processes: `CommitMessageSerializer.java`.
//!
//! Numbers are big endian as Java's `DataOutput` writes them; a record is a length and a [`BinaryRow`] of the columns
//! that manifests have.

mod data_file;
mod index_file;
mod record;
#[cfg(test)]
mod tests;

use crate::{BinaryRow, DataFileMeta, Error, IndexManifestEntry, Result};

/// The version that Java Paimon 1.4 writes.
pub const VERSION: i32 = 11;

/// The versions that can be read: those of Java Paimon 1.3 to 2.1.
pub const READABLE: std::ops::RangeInclusive<i32> = 10..=13;

/// Writes the parts of a message.
#[derive(Debug, Default)]
pub struct WireWriter {
    bytes: Vec<u8>,
}

impl WireWriter {
    /// A 32-bit number.
    pub fn i32(&mut self, value: i32) {
        self.bytes.extend(value.to_be_bytes());
    }

    /// One byte, 0 or 1.
    pub fn bool(&mut self, value: bool) {
        self.bytes.push(value.into());
    }

    /// A row with its length and arity.
    pub fn row(&mut self, row: &BinaryRow) {
        let framed = row.to_framed();
        self.i32(framed.len() as i32);
        self.bytes.extend(framed);
    }

    /// A list of data files.
    ///
    /// # Errors
    /// `Unsupported` when a file has what [`VERSION`] has no place for.
    pub fn data_files(&mut self, files: &[DataFileMeta]) -> Result<()> {
        self.i32(files.len() as i32);
        files.iter().try_for_each(|file| data_file::encode(file).map(|row| self.record(&row)))
    }

    /// A list of index files; their partition, bucket and kind are those of the message.
    ///
    /// # Errors
    /// As [`WireWriter::data_files`].
    pub fn index_files(&mut self, files: &[&IndexManifestEntry]) -> Result<()> {
        self.i32(files.len() as i32);
        files.iter().try_for_each(|file| index_file::encode(file).map(|row| self.record(&row)))
    }

    fn record(&mut self, row: &[u8]) {
        self.i32(row.len() as i32);
        self.bytes.extend(row);
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads the parts of a message in the order that they were written.
#[derive(Debug)]
pub struct WireReader<'a> {
    version: i32,
    rest: &'a [u8],
    length: usize,
}

impl<'a> WireReader<'a> {
    /// Over a message of a version.
    ///
    /// # Errors
    /// `Unsupported` for a version that is not [`READABLE`].
    pub fn new(version: i32, bytes: &'a [u8]) -> Result<Self> {
        if !READABLE.contains(&version) {
            return Err(Error::unsupported(format!("commit messages of version {version}"))
                .with_hint(format!("versions {READABLE:?} can be read")));
        }
        Ok(Self { version, rest: bytes, length: bytes.len() })
    }

    /// Where the next part begins, in bytes.
    pub fn offset(&self) -> usize {
        self.length - self.rest.len()
    }

    fn cut(&self) -> Error {
        Error::corrupt("a commit message is cut off").with("offset", self.offset())
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (chunk, rest) = self.rest.split_first_chunk::<N>().ok_or_else(|| self.cut())?;
        self.rest = rest;
        Ok(*chunk)
    }

    /// A 32-bit number.
    ///
    /// # Errors
    /// `Corrupt` at the end.
    pub fn i32(&mut self) -> Result<i32> {
        self.chunk().map(i32::from_be_bytes)
    }

    /// One byte.
    ///
    /// # Errors
    /// `Corrupt` at the end.
    pub fn bool(&mut self) -> Result<bool> {
        self.chunk::<1>().map(|byte| byte != [0])
    }

    fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.i32()?;
        let length = usize::try_from(length).map_err(|_| self.cut())?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(|| self.cut())?;
        self.rest = rest;
        Ok(bytes)
    }

    /// A row with its length and arity.
    ///
    /// # Errors
    /// `Corrupt` when it is none.
    pub fn row(&mut self) -> Result<BinaryRow> {
        let offset = self.offset();
        BinaryRow::from_framed(self.bytes()?).map_err(|e| e.with("offset", offset))
    }

    /// A list of data files.
    ///
    /// # Errors
    /// `Corrupt` when it is none.
    pub fn data_files(&mut self) -> Result<Vec<DataFileMeta>> {
        let version = self.version;
        self.list(|bytes| data_file::decode(version, bytes))
    }

    /// A list of index files of a partition and bucket, all with kind ADD.
    ///
    /// # Errors
    /// `Corrupt` when it is none.
    pub fn index_files(
        &mut self,
        partition: &BinaryRow,
        bucket: i32,
    ) -> Result<Vec<IndexManifestEntry>> {
        let version = self.version;
        self.list(|bytes| index_file::decode(version, bytes, partition, bucket))
    }

    fn list<T>(&mut self, decode: impl Fn(&[u8]) -> Result<T>) -> Result<Vec<T>> {
        let count = self.i32()?;
        // Every record has a length of 4 bytes: more cannot be there.
        let most = self.rest.len() / 4;
        let count = usize::try_from(count).ok().filter(|n| *n <= most).ok_or_else(|| self.cut())?;
        (0..count)
            .map(|_| {
                let offset = self.offset();
                decode(self.bytes()?).map_err(|e| e.with("offset", offset))
            })
            .collect()
    }

    /// That everything was read.
    ///
    /// # Errors
    /// `Corrupt` when something is left.
    pub fn end(&self) -> Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(Error::corrupt(format!("{} bytes after a commit message", self.rest.len()))
            .with("offset", self.offset()))
    }
}
