//! Which rows of the runs survive, and in which order.

/// The ways to find the newest row of each key (`performance.md` §3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TableKind {
    /// A bit per possible key: dense integer-like keys, no order.
    Bit,
    /// A hash set of keys: any keys, no order.
    Hash,
    /// A slot per possible key, scanned in key order: dense integer-like keys.
    Direct,
    /// Binary search of the few rows in the one big run: any keys, either order.
    Gallop,
    /// Loser tree: any keys, in order.
    Tree,
}
