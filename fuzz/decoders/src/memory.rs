//! An allocator that counts.
#![expect(unsafe_code, reason = "allocators are unsafe; this one only counts and hands on")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// An allocation beyond it fails, which ends the process.
static CEILING: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The system's allocator with a count of bytes; for `#[global_allocator]`.
#[derive(Debug)]
pub struct Counting;

/// From now on a process that wants to hold more than `bytes` ends, before the machine suffers.
pub fn limit(bytes: usize) {
    CEILING.store(bytes, Relaxed);
}

/// Bytes held now; [`peak`] counts from here.
pub fn begin() -> usize {
    let live = LIVE.load(Relaxed);
    PEAK.store(live, Relaxed);
    live
}

/// Most bytes held at once since [`begin`]; 0 where [`Counting`] is not the allocator.
pub fn peak() -> usize {
    PEAK.load(Relaxed)
}

fn grow(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed).saturating_add(bytes);
    PEAK.fetch_max(live, Relaxed);
}

fn shrink(bytes: usize) {
    LIVE.fetch_sub(bytes, Relaxed);
}

fn too_much(bytes: usize) -> bool {
    LIVE.load(Relaxed).saturating_add(bytes) > CEILING.load(Relaxed)
}

// SAFETY: every call is handed on to `System` unchanged, or fails with null as the contract allows.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if too_much(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promises are those of `System`.
        let made = unsafe { System.alloc(layout) };
        if !made.is_null() {
            grow(layout.size());
        }
        made
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if too_much(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promises are those of `System`.
        let made = unsafe { System.alloc_zeroed(layout) };
        if !made.is_null() {
            grow(layout.size());
        }
        made
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are those of `System`.
        unsafe { System.dealloc(at, layout) };
        shrink(layout.size());
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if too_much(size.saturating_sub(layout.size())) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promises are those of `System`.
        let made = unsafe { System.realloc(at, layout, size) };
        if !made.is_null() {
            // while it moves, both are held
            grow(size);
            shrink(layout.size());
        }
        made
    }
}
