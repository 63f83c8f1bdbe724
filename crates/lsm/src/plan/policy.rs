//! Which table a slab gets: a pure function of its shape.

/// The ways to find the newest row of each key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TableKind {
    /// A bit per possible key: integer-like keys, no order.
    Bit,
    /// A hash set of keys: any keys, no order.
    Hash,
    /// A slot per possible key, scanned in key order: dense integer-like keys.
    Direct,
    /// Binary search of the few rows of all other runs in the one big run: any keys, no order.
    Gallop,
    /// Loser tree with segments: any keys, in order.
    Tree,
}

/// What the choice depends on.
#[derive(Debug, Clone)]
pub struct SlabShape {
    /// Rows of each run in the slab.
    pub rows: Vec<usize>,
    /// Greatest minus least key when the keys are words, else `None`.
    pub range: Option<u64>,
    /// Whether the result is wanted in key order.
    pub ordered: bool,
}

impl SlabShape {
    pub(super) fn total(&self) -> u64 {
        self.rows.iter().map(|rows| *rows as u64).sum()
    }

    /// Whether the keys lie so that each has at most `spread` possible ones around it.
    fn within(&self, spread: u64) -> bool {
        self.range.is_some_and(|range| range / spread <= self.total())
    }
}

/// Clearing a bit table costs about range / 64 words; beyond this many possible keys per row the
/// hash table is cheaper.
const BIT_SPREAD: u64 = 512;
/// Scanning a direct table costs a slot per possible key; beyond this the loser tree is cheaper.
const DIRECT_SPREAD: u64 = 32;
/// One run holds all rows but one in this many: searching it beats walking it.
const DOMINATED: u64 = 32;

/// The table for a slab in which at least two runs have rows.
pub fn choose(shape: &SlabShape) -> TableKind {
    if shape.ordered {
        return if shape.within(DIRECT_SPREAD) { TableKind::Direct } else { TableKind::Tree };
    }
    let total = shape.total();
    let biggest = shape.rows.iter().max().map_or(0, |rows| *rows as u64);
    if (total - biggest).saturating_mul(DOMINATED) <= total {
        TableKind::Gallop
    } else if shape.within(BIT_SPREAD) {
        TableKind::Bit
    } else {
        TableKind::Hash
    }
}

/// The forced kind, unless the keys of the slab do not allow it.
pub(super) fn allowed(force: Option<TableKind>, shape: &SlabShape) -> Option<TableKind> {
    force.filter(|kind| match kind {
        TableKind::Bit => shape.within(1 << 12),
        TableKind::Direct => shape.within(1 << 9),
        TableKind::Hash | TableKind::Gallop | TableKind::Tree => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(rows: &[usize], range: Option<u64>, ordered: bool) -> SlabShape {
        SlabShape { rows: rows.to_vec(), range, ordered }
    }

    #[test]
    fn dense_words_take_tables_by_key() {
        let rows = [32_768; 8];
        assert_eq!(choose(&shape(&rows, Some(131_072), false)), TableKind::Bit);
        assert_eq!(choose(&shape(&rows, Some(131_072), true)), TableKind::Direct);
    }

    #[test]
    fn sparse_words_and_bytes_are_hashed_or_merged() {
        let rows = [32_768; 8];
        for range in [Some(u64::MAX), None] {
            assert_eq!(choose(&shape(&rows, range, false)), TableKind::Hash);
            assert_eq!(choose(&shape(&rows, range, true)), TableKind::Tree);
        }
    }

    #[test]
    fn one_big_run_is_searched() {
        let rows = [260_000, 100, 200];
        assert_eq!(choose(&shape(&rows, Some(500_000), false)), TableKind::Gallop);
        assert_eq!(choose(&shape(&rows, None, true)), TableKind::Tree);
        assert_eq!(choose(&shape(&[260_000, 50_000], Some(500_000), false)), TableKind::Bit);
    }

    #[test]
    fn force_gives_way_to_what_keys_allow() {
        let bytes = shape(&[10, 10], None, false);
        assert_eq!(allowed(Some(TableKind::Bit), &bytes), None);
        assert_eq!(allowed(Some(TableKind::Hash), &bytes), Some(TableKind::Hash));
        let sparse = shape(&[10, 10], Some(u64::MAX), false);
        assert_eq!(allowed(Some(TableKind::Direct), &sparse), None);
    }
}
