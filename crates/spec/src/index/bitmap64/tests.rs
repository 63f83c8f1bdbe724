use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

impl Bitmap64 {
    fn numbers(&self) -> BTreeSet<u64> {
        let mut numbers = BTreeSet::new();
        for (key, place) in self.tree.leaves() {
            let high = key.iter().fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
            let container = self.containers.get(place).unwrap();
            numbers.extend(container.numbers().map(|low| high << 16 | u64::from(low)));
        }
        numbers
    }

    /// As if its numbers had come one after the other.
    fn of(numbers: &[u64]) -> Self {
        let mut bitmap = Self::default();
        for number in numbers {
            let mut one = Self::default();
            let [key @ .., _, _] = number.to_be_bytes();
            let place = one.containers.add(container::Container::of(*number as u16));
            one.tree.insert(key, place);
            bitmap.unite(&one).unwrap();
        }
        bitmap
    }
}

/// Numbers that share upper bytes, so that branches of every size and prefixes come up.
fn numbers() -> impl Strategy<Value = Vec<u64>> {
    let number = prop_oneof![
        (0..300_u64, 0..40_u64).prop_map(|(high, low)| high << 16 | low),
        (any::<u8>(), any::<u8>(), 0..3_u64)
            .prop_map(|(a, b, low)| u64::from(a) << 56 | u64::from(b) << 24 | low),
        any::<u64>(),
    ];
    proptest::collection::vec(number, 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn unions_hold_the_numbers_of_both(a in numbers(), b in numbers()) {
        let union = union_bitmaps64(&Bitmap64::of(&a).write(), &Bitmap64::of(&b).write()).unwrap();
        let read = Bitmap64::read(&union).unwrap();
        let expected: BTreeSet<u64> = a.iter().chain(&b).copied().collect();
        prop_assert_eq!(read.numbers(), expected);
        prop_assert_eq!(Bitmap64::read(&union).unwrap().write(), union);
    }

    #[test]
    fn damage_is_an_error_or_another_bitmap(a in numbers(), at in any::<usize>(), to in any::<u8>()) {
        let mut bytes = Bitmap64::of(&a).write();
        let at = at % bytes.len();
        bytes[at] = to;
        let _ = union_bitmaps64(&bytes, &bytes);
        let _ = union_bitmaps64(&bytes[..at], &bytes);
    }
}

#[test]
fn long_runs_and_many_numbers() {
    let even: Vec<u64> = (0..10_000).map(|n| n * 2).collect();
    let all: Vec<u64> = (0..20_000).collect();
    let (even, all) = (Bitmap64::of(&even).write(), Bitmap64::of(&all).write());
    assert!(even.len() > 8192 && all.len() < 100, "{} {}", even.len(), all.len());
    assert_eq!(union_bitmaps64(&even, &all).unwrap(), all);
    assert_eq!(union_bitmaps64(&[EMPTY], &[EMPTY]).unwrap(), [EMPTY]);
    assert!(union_bitmaps64(b"", &[EMPTY]).is_err());
}
