//! Bytes of a new file on their way to the store.

use crate::FileRef;
use crate::fault::store_error;
use bytes::Bytes;
use object_store::{ObjectStoreExt, WriteMultipart};
use rimon_spec::Result;

/// Bytes of one part of an upload.
const PART: usize = 8 << 20;
/// Parts under way at once.
const CONCURRENCY: usize = 4;

/// Keeps small files in memory and stores them at once; larger ones go in parts while they are written. Either way
/// nothing is visible before [`Sink::finish`].
pub(crate) struct Sink {
    file: FileRef,
    buffer: Vec<u8>,
    upload: Option<WriteMultipart>,
}

impl Sink {
    pub(crate) fn new(file: FileRef) -> Self {
        Self { file, buffer: Vec::new(), upload: None }
    }

    /// The file's full name.
    pub(crate) fn name(&self) -> &str {
        &self.file.name
    }

    /// Takes the next bytes.
    pub(crate) async fn write(&mut self, bytes: Vec<u8>) -> Result<()> {
        if self.upload.is_none() && self.buffer.len() + bytes.len() < PART {
            match self.buffer.is_empty() {
                true => self.buffer = bytes,
                false => self.buffer.extend_from_slice(&bytes),
            }
            return Ok(());
        }
        let fail = |e| store_error(e, &self.file.name);
        let mut upload = match self.upload.take() {
            Some(upload) => upload,
            None => {
                let parts = self.file.store.put_multipart(&self.file.path).await.map_err(fail)?;
                let mut upload = WriteMultipart::new_with_chunk_size(parts, PART);
                upload.put(Bytes::from(std::mem::take(&mut self.buffer)));
                upload
            }
        };
        upload.put(Bytes::from(bytes));
        let capacity = upload.wait_for_capacity(CONCURRENCY).await;
        self.upload = Some(upload);
        capacity.map_err(|e| store_error(e, &self.file.name))
    }

    /// Makes the file visible.
    pub(crate) async fn finish(self) -> Result<()> {
        let result = match self.upload {
            Some(upload) => upload.finish().await,
            None => self.file.store.put(&self.file.path, Bytes::from(self.buffer).into()).await,
        };
        result.map(|_| ()).map_err(|e| store_error(e, &self.file.name))
    }

    /// Removes what has been stored.
    pub(crate) async fn abort(self) -> Result<()> {
        match self.upload {
            Some(upload) => upload.abort().await.map_err(|e| store_error(e, &self.file.name)),
            None => Ok(()),
        }
    }
}
