use super::*;
use crate::ErrorKind;
use proptest::prelude::*;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().map(|c| (c as char).to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn positions(vector: &DeletionVector) -> Vec<u64> {
    vector.deleted(0..u64::MAX).flatten().collect()
}

/// Index files that Java wrote: kind, bytes, recorded length, deleted rows.
fn java() -> Vec<(VectorKind, Vec<u8>, i32, Vec<u64>)> {
    use VectorKind::{Bits32, Bits64};
    vec![
        (
            Bits32,
            bytes("01000000185e43f2d03a3000000100000000000100100000000a001d00d96de10d"),
            24,
            vec![10, 29],
        ),
        (
            Bits32,
            bytes("01000000135e43f2d03b3000000100000400010005000400ba3b6127"),
            19,
            (5..10).collect(),
        ),
        (
            Bits32,
            bytes("010000001b5e43f2d03b300000010000050003000000000004000300100000000313bd31"),
            27,
            vec![0, 4, 5, 6, 7, 16],
        ),
        (
            Bits64,
            bytes(
                "010000001fd1d339640100000000000000000000003b30000001000004000100050004004f7071d9",
            ),
            39,
            (5..10).collect(),
        ),
        (
            Bits64,
            bytes(
                "0100000024d1d339640100000000000000000000003a3000000100000000000100100000000a001d006b742f77",
            ),
            44,
            vec![10, 29],
        ),
    ]
}

#[test]
fn reads_and_writes_what_java_wrote() {
    for (kind, file, length, deleted) in java() {
        let vector = DeletionVector::decode(&file[1..], length).unwrap();
        assert_eq!(positions(&vector), deleted);
        assert_eq!(vector.cardinality(), deleted.len() as u64);
        assert_eq!(vector.last(), deleted.last().copied());
        let made: DeletionVector = deleted.into_iter().collect();
        let (written, ranges) = encode_index_file([("f", &made)], kind).unwrap();
        // Java keeps a container of runs that grew from one, also when an array is as small.
        if made.cardinality() != 6 {
            assert_eq!(written, file);
            assert_eq!((ranges[0].offset, ranges[0].length), (1, length));
        }
        assert_eq!(DeletionVector::decode(&written[1..], ranges[0].length).unwrap(), vector);
    }
    let none: [(&str, &DeletionVector); 0] = [];
    assert_eq!(encode_index_file(none, VectorKind::Bits32).unwrap().0, [1]);
}

#[test]
fn every_changed_bit_is_seen() {
    for (_, file, length, _) in java() {
        for bit in 0..(file.len() - 1) * 8 {
            let mut damaged = file[1..].to_vec();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let error = DeletionVector::decode(&damaged, length).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Corrupt);
        }
        for end in 1..file.len() {
            assert!(DeletionVector::decode(&file[1..end], length).is_err());
        }
        assert!(DeletionVector::decode(&file[1..], length + 1).is_err());
    }
}

#[test]
fn a_right_checksum_does_not_make_a_bitmap() {
    // The claim of 2^60 bitmaps, and runs that touch.
    let mut many = MAGIC_64.to_vec();
    many.extend_from_slice(&(1_u64 << 60).to_le_bytes());
    let mut runs = MAGIC_32.to_vec();
    runs.extend_from_slice(&bytes("3b300000010000050002000000010002000100"));
    for payload in [many, runs] {
        let mut framed = (payload.len() as u32).to_be_bytes().to_vec();
        framed.extend_from_slice(&payload);
        framed.extend_from_slice(&crc32fast::hash(&payload).to_be_bytes());
        let size = payload.len() as i32;
        for length in [size, size + 8] {
            assert!(DeletionVector::decode(&framed, length).is_err());
        }
    }
}

proptest! {
    #[test]
    fn written_vectors_read_back(
        rows in proptest::collection::btree_set(prop_oneof![0_u64..100, 0_u64..200_000, Just(1_u64 << 31)], 0..300),
        far in proptest::collection::btree_set(0_u64..3 << 32, 0..3),
    ) {
        let near: DeletionVector = rows.iter().copied().collect();
        prop_assert_eq!(near.encode(VectorKind::Bits32).is_ok(), !rows.contains(&(1 << 31)));
        let all: std::collections::BTreeSet<u64> = rows.union(&far).copied().collect();
        let vector: DeletionVector = all.iter().copied().collect();
        let framed = vector.encode(VectorKind::Bits64).unwrap();
        let back = DeletionVector::decode(&framed, framed.len() as i32).unwrap();
        prop_assert_eq!(&back, &vector);
        prop_assert_eq!(positions(&back), all.iter().copied().collect::<Vec<_>>());
        for row in [0, 1, 5, 1 << 31, 1 << 32] {
            prop_assert_eq!(back.contains(row), all.contains(&row));
        }
    }

    #[test]
    fn parts_of_a_vector(
        rows in proptest::collection::btree_set(0_u64..200, 0..80),
        start in 0_u64..220,
        length in 0_u64..220,
    ) {
        let shift = (1 << 32) - 100;
        let vector: DeletionVector = rows.iter().map(|r| r + shift).collect();
        let wanted = start + shift..start + shift + length;
        let found: Vec<u64> = vector.deleted(wanted.clone()).flatten().collect();
        let expected: Vec<u64> = rows.iter().map(|r| r + shift).filter(|r| wanted.contains(r)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn noise_never_panics(noise in proptest::collection::vec(any::<u8>(), 0..200), wide in any::<bool>()) {
        let mut payload = if wide { MAGIC_64 } else { MAGIC_32 }.to_vec();
        if wide {
            payload.extend_from_slice(&1_u64.to_le_bytes());
            payload.extend_from_slice(&0_u32.to_le_bytes());
        }
        payload.extend_from_slice(&[0x3b, 0x30, 0, 0]);
        payload.extend_from_slice(&noise);
        let mut framed = (payload.len() as u32).to_be_bytes().to_vec();
        framed.extend_from_slice(&payload);
        framed.extend_from_slice(&crc32fast::hash(&payload).to_be_bytes());
        let _ = DeletionVector::decode(&framed, payload.len() as i32 + if wide { 8 } else { 0 });
        let _ = DeletionVector::decode(&noise, 8);
    }
}
