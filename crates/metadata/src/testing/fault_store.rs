//! An object store whose puts and gets fail on command.

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What happens to one put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutFault {
    /// It works.
    None,
    /// It fails without effect.
    Before,
    /// It takes effect and fails all the same.
    After,
    /// It takes effect and its own object is reported as somebody else's, as after a repeated
    /// request.
    AlreadyExistsAfter,
    /// It has no effect and claims that the object exists (S3's 409).
    AlreadyExistsBefore,
    /// Refused without effect.
    Denied,
    /// Somebody else's bytes are written first, and the put then fails without saying why.
    OvertakenBy(&'static [u8]),
}

/// Wraps a store; faults are taken from the front of a list, one per put, none when it is empty.
#[derive(Debug, Clone)]
pub struct FaultStore {
    inner: Arc<dyn ObjectStore>,
    puts: Arc<Mutex<VecDeque<PutFault>>>,
    failing_gets: Arc<AtomicU32>,
}

impl FaultStore {
    /// `inner` with the faults `puts`.
    pub fn new(inner: Arc<dyn ObjectStore>, puts: impl IntoIterator<Item = PutFault>) -> Self {
        Self {
            inner,
            puts: Arc::new(Mutex::new(puts.into_iter().collect())),
            failing_gets: Arc::default(),
        }
    }

    /// The next `n` reads fail.
    pub fn fail_gets(&self, n: u32) {
        self.failing_gets.store(n, Ordering::SeqCst);
    }

    /// Adds faults behind those that are left.
    pub fn fail_puts(&self, puts: impl IntoIterator<Item = PutFault>) {
        self.queue().extend(puts);
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<PutFault>> {
        self.puts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn generic(what: &'static str) -> Error {
    Error::Generic { store: "fault", source: what.into() }
}

fn exists(path: &Path) -> Error {
    Error::AlreadyExists { path: path.to_string(), source: "claimed".into() }
}

impl fmt::Display for FaultStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FaultStore({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for FaultStore {
    async fn put_opts(&self, at: &Path, body: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let fault = self.queue().pop_front().unwrap_or(PutFault::None);
        match fault {
            PutFault::None => self.inner.put_opts(at, body, opts).await,
            PutFault::Before => Err(generic("the request was not sent")),
            PutFault::After => {
                self.inner.put_opts(at, body, opts).await?;
                Err(generic("the answer was lost"))
            }
            PutFault::AlreadyExistsAfter => {
                self.inner.put_opts(at, body, opts).await?;
                Err(exists(at))
            }
            PutFault::AlreadyExistsBefore => Err(exists(at)),
            PutFault::Denied => Err(Error::PermissionDenied {
                path: at.to_string(),
                source: "no such right".into(),
            }),
            PutFault::OvertakenBy(bytes) => {
                self.inner.put_opts(at, PutPayload::from_static(bytes), opts).await?;
                Err(generic("the answer was lost"))
            }
        }
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, opts).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        let left = &self.failing_gets;
        let fails = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        match fails {
            Ok(_) => Err(generic("the read failed")),
            Err(_) => self.inner.get_opts(at, options).await,
        }
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
