//! Footers in memory.

use super::footer::Footer;
use crate::FileRef;
use moka::sync::Cache;
use rimon_spec::Result;
use std::fmt;
use std::sync::Arc;

/// What the process-wide cache holds.
const DEFAULT_BYTES: u64 = 64 << 20;

/// Opened files kept in memory: footers and page indexes by file name and size. Data files never change. Clones
/// share the cache.
#[derive(Clone)]
pub struct MetadataCache {
    footers: Cache<(Arc<str>, u64), Arc<Footer>>,
}

impl MetadataCache {
    /// A cache of up to `bytes` bytes of decoded metadata; 0 keeps nothing.
    pub fn new(bytes: u64) -> Self {
        let weight = |_: &(Arc<str>, u64), footer: &Arc<Footer>| {
            u32::try_from(footer.memory_size()).unwrap_or(u32::MAX)
        };
        Self { footers: Cache::builder().max_capacity(bytes).weigher(weight).build() }
    }

    pub(super) async fn footer(&self, file: &FileRef) -> Result<Arc<Footer>> {
        let key = (Arc::clone(&file.name), file.size);
        if let Some(footer) = self.footers.get(&key) {
            return Ok(footer);
        }
        // Two that come at once read it twice, which harms nobody.
        let footer = Arc::new(Footer::load(file).await?);
        self.footers.insert(key, Arc::clone(&footer));
        Ok(footer)
    }
}

impl Default for MetadataCache {
    fn default() -> Self {
        Self::new(DEFAULT_BYTES)
    }
}

impl fmt::Debug for MetadataCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MetadataCache({} files)", self.footers.entry_count())
    }
}
