//! Packing weighted things into bins in order: how Java cuts splits (`BinPacking.java`).

/// Packs `items` in order into bins of at most `target` weight; an item heavier than that has a bin of its own.
pub(super) fn pack_ordered<T>(
    items: Vec<T>,
    weight: impl Fn(&T) -> u64,
    target: u64,
) -> Vec<Vec<T>> {
    let mut bins = Vec::new();
    let mut bin = Vec::new();
    let mut filled = 0u64;
    for item in items {
        let w = weight(&item);
        if !bin.is_empty() && filled.saturating_add(w) > target {
            bins.push(std::mem::take(&mut bin));
            filled = 0;
        }
        filled = filled.saturating_add(w);
        bin.push(item);
    }
    if !bin.is_empty() {
        bins.push(bin);
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::pack_ordered;

    #[test]
    fn packs_in_order_and_leaves_heavy_items_alone() {
        let bins = pack_ordered(vec![3u64, 4, 9, 1, 1], |w| *w, 8);
        assert_eq!(bins, vec![vec![3, 4], vec![9], vec![1, 1]]);
    }

    #[test]
    fn packs_nothing_into_no_bins() {
        assert!(pack_ordered(Vec::<u64>::new(), |w| *w, 8).is_empty());
    }
}
