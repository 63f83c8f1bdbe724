//! The session's memory for the rows that writers keep.

use std::sync::Arc;

use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};

/// The least a writer works with, reserved or not.
const LEAST: usize = 8 << 20;

/// Reserves `wanted` bytes for a writer, or half of it, and so on, as far as the pool has them. The writer may use
/// the size of the reservation, or [`LEAST`] when that is more, while the reservation lives.
pub(crate) fn reserve(pool: &Arc<dyn MemoryPool>, wanted: usize) -> (MemoryReservation, usize) {
    let reservation = MemoryConsumer::new("PaimonInsertExec").register(pool);
    let mut bytes = wanted;
    while bytes > LEAST && reservation.try_grow(bytes).is_err() {
        bytes /= 2;
    }
    (reservation, bytes.max(LEAST))
}

#[cfg(test)]
mod tests {
    use datafusion::execution::memory_pool::{GreedyMemoryPool, UnboundedMemoryPool};

    use super::*;

    #[test]
    fn takes_what_the_pool_has() {
        let unbounded: Arc<dyn MemoryPool> = Arc::new(UnboundedMemoryPool::default());
        assert_eq!(reserve(&unbounded, 256 << 20).1, 256 << 20);
        let small: Arc<dyn MemoryPool> = Arc::new(GreedyMemoryPool::new(100 << 20));
        let (first, bytes) = reserve(&small, 256 << 20);
        assert_eq!((first.size(), bytes), (64 << 20, 64 << 20));
        let (second, bytes) = reserve(&small, 256 << 20);
        assert_eq!((second.size(), bytes), (32 << 20, 32 << 20));
        let (third, bytes) = reserve(&small, 256 << 20);
        assert_eq!((third.size(), bytes), (0, LEAST));
        drop(first);
        assert_eq!(reserve(&small, 256 << 20).1, 64 << 20);
    }
}
