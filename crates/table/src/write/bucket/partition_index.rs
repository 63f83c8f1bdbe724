//! Which dynamic bucket the keys of one partition are in: `PartitionIndex.java`.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rimon_spec::{Error, Result, TableOptions};

/// There are no more buckets in a partition: Java keeps their numbers as 16-bit ones.
const MOST_BUCKETS: u16 = i16::MAX as u16;

/// How keys are spread over buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Keys of a bucket.
    target: u64,
    /// Buckets of a partition; above it they grow over their target.
    most: Option<u16>,
    /// Shares of the hashes that each have buckets of their own: bucket b is of share b modulo this number.
    shares: u16,
}

impl Limits {
    /// As the `dynamic-bucket.*` options say.
    pub(crate) fn of(options: &TableOptions) -> Self {
        let bounded = |n: u32| u16::try_from(n).unwrap_or(MOST_BUCKETS).clamp(1, MOST_BUCKETS);
        let most = options.dynamic_bucket_max_buckets.map(bounded);
        let shares = bounded(options.dynamic_bucket_initial_buckets);
        Self {
            target: options.dynamic_bucket_target_row_num,
            most,
            shares: shares.min(most.unwrap_or(MOST_BUCKETS)),
        }
    }
}

/// The keys, by their hash, and buckets of one partition. A hash is in one bucket, for ever.
#[derive(Debug, Default)]
pub(crate) struct PartitionIndex {
    bucket_of: HashMap<i32, u16>,
    buckets: BTreeMap<u16, Bucket>,
    /// For each share the bucket that took its last new key.
    open: Vec<Option<u16>>,
}

#[derive(Debug, Default)]
struct Bucket {
    keys: u64,
    /// Whether it has new keys since they were last taken.
    grown: bool,
}

impl PartitionIndex {
    /// Takes what an index file says.
    ///
    /// # Errors
    /// `Corrupt` when a hash is in two buckets.
    pub(crate) fn load(&mut self, bucket: i32, hashes: &[i32]) -> Result<()> {
        let number = u16::try_from(bucket).ok().filter(|b| *b < MOST_BUCKETS);
        let number = number.ok_or_else(|| Error::corrupt("an impossible bucket"))?;
        self.bucket_of.reserve(hashes.len());
        for hash in hashes {
            match self.bucket_of.insert(*hash, number) {
                Some(other) if other != number => {
                    return Err(Error::corrupt(format!(
                        "the hash {hash} of a key is in the buckets {other} and {number}"
                    )));
                }
                _ => {}
            }
        }
        self.buckets.entry(number).or_default().keys += hashes.len() as u64;
        Ok(())
    }

    /// The bucket of a key; `pick` gives a random number below its argument.
    ///
    /// # Errors
    /// `Exhausted` when there are no more buckets.
    pub(crate) fn assign(
        &mut self,
        hash: i32,
        limits: &Limits,
        pick: impl FnOnce(u64) -> u64,
    ) -> Result<i32> {
        if let Some(bucket) = self.bucket_of.get(&hash) {
            return Ok(i32::from(*bucket));
        }
        let share = (hash.unsigned_abs() % u32::from(limits.shares)) as u16;
        let bucket = match self.with_room(share, limits) {
            Some(bucket) => bucket,
            None => match self.unused(share, limits) {
                Some(bucket) => bucket,
                None => self.any(share, limits, pick)?,
            },
        };
        if let Some(open) = self.open.get_mut(usize::from(share)) {
            *open = Some(bucket);
        }
        let entry = self.buckets.entry(bucket).or_default();
        entry.keys += 1;
        entry.grown = true;
        self.bucket_of.insert(hash, bucket);
        Ok(i32::from(bucket))
    }

    /// A bucket of the share that has less keys than it should.
    fn with_room(&mut self, share: u16, limits: &Limits) -> Option<u16> {
        self.open.resize(usize::from(limits.shares), None);
        let has_room =
            |bucket: &u16| self.buckets.get(bucket).is_some_and(|b| b.keys < limits.target);
        if let Some(bucket) = self.open.get(usize::from(share)).copied().flatten() {
            // Buckets are filled in order: the ones before this are full.
            if has_room(&bucket) {
                return Some(bucket);
            }
        }
        self.of_share(share, limits).find(has_room)
    }

    fn of_share(&self, share: u16, limits: &Limits) -> impl Iterator<Item = u16> {
        let shares = limits.shares;
        self.buckets.keys().copied().filter(move |bucket| bucket % shares == share)
    }

    fn unused(&self, share: u16, limits: &Limits) -> Option<u16> {
        let most = limits.most.unwrap_or(MOST_BUCKETS);
        let mut numbers = (share..most).step_by(usize::from(limits.shares));
        numbers.find(|bucket| !self.buckets.contains_key(bucket))
    }

    fn any(&self, share: u16, limits: &Limits, pick: impl FnOnce(u64) -> u64) -> Result<u16> {
        let none = || {
            Error::exhausted("a partition is out of dynamic buckets")
                .with_hint("raise 'dynamic-bucket.target-row-num'")
        };
        if limits.most.is_none() {
            return Err(none());
        }
        let buckets: Vec<u16> = self.of_share(share, limits).collect();
        let index = usize::try_from(pick(buckets.len() as u64)).unwrap_or(0);
        buckets.get(index).copied().ok_or_else(none)
    }

    /// The buckets that have new keys since the last call, with all their hashes.
    pub(crate) fn take_grown(&mut self) -> Vec<(i32, Vec<i32>)> {
        let mut grown: BTreeMap<u16, Vec<i32>> = BTreeMap::new();
        for (number, bucket) in &mut self.buckets {
            if std::mem::take(&mut bucket.grown) {
                let keys = usize::try_from(bucket.keys).unwrap_or(0);
                grown.insert(*number, Vec::with_capacity(keys));
            }
        }
        if !grown.is_empty() {
            for (hash, bucket) in &self.bucket_of {
                if let Some(hashes) = grown.get_mut(bucket) {
                    hashes.push(*hash);
                }
            }
        }
        grown.into_iter().map(|(number, hashes)| (i32::from(number), hashes)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(target: u64, most: Option<u16>, shares: u16) -> Limits {
        Limits { target, most, shares }
    }

    fn assign(index: &mut PartitionIndex, hash: i32, limits: &Limits) -> i32 {
        index.assign(hash, limits, |n| n - 1).unwrap()
    }

    #[test]
    fn buckets_are_filled_one_after_the_other() {
        let (mut index, limits) = (PartitionIndex::default(), limits(2, None, 1));
        let found: Vec<i32> = (0..5).map(|hash| assign(&mut index, hash, &limits)).collect();
        assert_eq!(found, [0, 0, 1, 1, 2]);
        assert_eq!(assign(&mut index, 0, &limits), 0, "a known key stays");
        assert_eq!(index.take_grown().len(), 3);
        assert_eq!(assign(&mut index, 4, &limits), 2);
        assert!(index.take_grown().is_empty(), "known keys change no file");
        assert_eq!(assign(&mut index, 9, &limits), 2);
        let mut grown = index.take_grown();
        grown[0].1.sort_unstable();
        assert_eq!(grown, [(2, vec![4, 9])]);
    }

    #[test]
    fn loaded_buckets_with_room_are_used_first() {
        let (mut index, limits) = (PartitionIndex::default(), limits(3, None, 1));
        index.load(0, &[1, 2, 3]).unwrap();
        index.load(4, &[4]).unwrap();
        assert_eq!(assign(&mut index, 5, &limits), 4);
        assert_eq!(assign(&mut index, 2, &limits), 0);
        assert_eq!(assign(&mut index, 6, &limits), 4);
        assert_eq!(assign(&mut index, 7, &limits), 1, "the smallest number that is free");
        assert!(index.load(2, &[1]).is_err(), "a key cannot be in two buckets");
    }

    #[test]
    fn at_the_most_buckets_they_overflow() {
        let (mut index, limits) = (PartitionIndex::default(), limits(1, Some(2), 1));
        let found: Vec<i32> = (0..4).map(|hash| assign(&mut index, hash, &limits)).collect();
        assert_eq!(found, [0, 1, 1, 1]);
    }

    #[test]
    fn initial_buckets_share_the_keys() {
        let (mut index, limits) = (PartitionIndex::default(), limits(2, None, 3));
        let found: Vec<i32> = (0..9).map(|hash| assign(&mut index, hash, &limits)).collect();
        assert_eq!(found, [0, 1, 2, 0, 1, 2, 3, 4, 5]);
    }
}
