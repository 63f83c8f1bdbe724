//! The door to file formats.

use crate::{DataFileReader, FormatWriter, TextFile, WriteOptions};
use async_trait::async_trait;
use object_store::ObjectStore;
use object_store::path::Path;
use rimon_spec::{DataField, Result};
use std::fmt;
use std::sync::Arc;

/// A data file on a store.
#[derive(Clone)]
pub struct FileRef {
    /// Store that holds it.
    pub store: Arc<dyn ObjectStore>,
    /// Path in the store.
    pub path: Path,
    /// Where in the object the file begins: not 0 for changelog files that were put together into one object.
    pub offset: u64,
    /// Bytes, as the manifest says. Not used when writing.
    pub size: u64,
    /// Full name (URL or absolute path): shown in errors, and the identity of the file in [`crate::MetadataCache`].
    pub name: Arc<str>,
    /// What formats of lines have to be told.
    pub text: Option<Arc<TextFile>>,
}

impl FileRef {
    /// A file of `size` bytes at `path` of `store`, called `name` in errors and caches.
    pub fn new(
        store: Arc<dyn ObjectStore>,
        path: Path,
        size: u64,
        name: impl Into<Arc<str>>,
    ) -> Self {
        Self { store, path, offset: 0, size, name: name.into(), text: None }
    }

    /// The same, a file of lines with these columns.
    #[must_use]
    pub fn with_text(mut self, text: TextFile) -> Self {
        self.text = Some(Arc::new(text));
        self
    }

    /// The file that begins at byte `offset` of the object. Its name must not be that of another part of the object.
    #[must_use]
    pub fn with_offset(mut self, offset: u64) -> Self {
        self.offset = offset;
        self
    }
}

impl fmt::Debug for FileRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.name, self.size)
    }
}

/// A format of data files.
#[async_trait]
pub trait FileFormat: fmt::Debug + Send + Sync {
    /// The identifier in table options and file names: `parquet`.
    fn name(&self) -> &'static str;

    /// Opens `file`: checks its ends and reads its footer, or takes it from the cache.
    ///
    /// # Errors
    /// `NotFound` when the file is missing, `Corrupt` when it is not a whole file of this format, `Unavailable`
    /// when the store does not answer.
    async fn open(&self, file: FileRef) -> Result<Arc<dyn DataFileReader>>;

    /// A writer of a new file at `file.path` with the columns `fields`, in this order. Nothing is visible at the
    /// path before [`FormatWriter::finish`].
    ///
    /// # Errors
    /// `Unsupported` naming the column when the format cannot hold its type.
    fn create(
        &self,
        file: FileRef,
        fields: &[DataField],
        options: &WriteOptions,
    ) -> Result<Box<dyn FormatWriter>>;
}
