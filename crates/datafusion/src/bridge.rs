//! Asynchronous catalog calls behind DataFusion's synchronous ones.

use std::future::Future;
use std::thread;

use rimon_spec::{Error, Result};

/// Runs `future` to its end on a thread with a runtime of its own and waits for it.
///
/// That never waits for a task of the caller's runtime, so it works on runtimes of one thread too. It is meant for
/// names and metadata, not for data.
pub(crate) fn wait<T, F>(future: F) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let thread = thread::Builder::new().name("paimon-catalog".into()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => runtime.block_on(future),
            Err(e) => Err(Error::exhausted("no runtime for a catalog call").with_source(e)),
        }
    });
    match thread {
        Ok(thread) => thread
            .join()
            .unwrap_or_else(|_| Err(Error::internal("a catalog call ended abnormally"))),
        Err(e) => Err(Error::exhausted("no thread for a catalog call").with_source(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn waits_inside_a_runtime_of_one_thread() {
        let read = wait(async {
            let text = tokio::task::spawn_blocking(|| 42).await;
            text.map_err(|e| Error::internal("lost").with_source(e))
        });
        assert_eq!(read.unwrap(), 42);
    }
}
