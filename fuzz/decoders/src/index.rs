//! Deletion vectors and file indexes.

use rimon_spec::{
    DataField, DataType, DeletionVector, Predicate, Test, TypeKind, Value, VectorKind,
    index::{FileIndex, union_bitmaps, union_bitmaps64},
};

use crate::fair;
use crate::value::type_of;

/// First bytes of the two kinds of vectors, behind their size.
const MAGICS: [[u8; 4]; 2] = [1_581_511_376_u32.to_be_bytes(), 1_681_511_377_u32.to_le_bytes()];

/// A deletion vector: as it is, and as the bitmap of a vector of each kind whose checksum is right.
pub(crate) fn deletion_vector(bytes: &[u8]) {
    let size = bytes.first_chunk::<4>().map_or(0, |b| i32::from_be_bytes(*b));
    vector(bytes, size);
    vector(bytes, size.wrapping_add(8));
    for (magic, more) in MAGICS.into_iter().zip([0, 8]) {
        let payload = [&magic, bytes].concat();
        let Ok(size) = i32::try_from(payload.len()) else { return };
        let crc = crc32fast::hash(&payload).to_be_bytes();
        vector(&[&size.to_be_bytes(), &payload[..], &crc].concat(), size + more);
    }
}

/// Values of `rbm32` and `rbm64`: a union can be read again.
pub(crate) fn bitmap_values(bytes: &[u8]) {
    for unite in [union_bitmaps, union_bitmaps64] {
        if let Some(union) = fair(unite(bytes, bytes)) {
            fair(unite(&union, bytes)).expect("what was written");
        }
    }
}

fn vector(bytes: &[u8], length: i32) {
    let _ = DeletionVector::framed_length(length);
    let Some(vector) = fair(DeletionVector::decode(bytes, length)) else { return };
    let rows = vector.last().map_or(0, |last| last.saturating_add(1));
    let counted: u64 = vector.deleted(0..rows).take(1000).map(|r| r.end - r.start).sum();
    assert!(counted <= vector.cardinality());
    assert_eq!(vector.last().is_some_and(|last| vector.contains(last)), vector.cardinality() > 0);
    // Java writes a bitmap for each 2^32 rows up to the last.
    if rows < 1 << 40 {
        let written = fair(vector.encode(VectorKind::Bits64)).expect("it holds all");
        let length = i32::try_from(written.len()).expect("small");
        assert_eq!(vector, DeletionVector::decode(&written, length).expect("what was written"));
    }
}

/// A type, the number of rows, and a file index of columns `a`, `b`, `c`.
pub(crate) fn file_index(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let Some((rows, index)) = rest.split_first_chunk::<2>() else { return };
    ask(index, &type_of(*first), u16::from_be_bytes(*rows).into());
}

/// A type, the number of rows, and the index itself.
pub(crate) fn bloom(bytes: &[u8]) {
    body(bytes, "bloom-filter");
}

/// As [`bloom`].
pub(crate) fn bitmap(bytes: &[u8]) {
    body(bytes, "bitmap");
}

/// As [`bloom`].
pub(crate) fn bsi(bytes: &[u8]) {
    body(bytes, "bsi");
}

/// As [`bloom`].
pub(crate) fn range_bitmap(bytes: &[u8]) {
    body(bytes, "range-bitmap");
}

fn body(bytes: &[u8], kind: &str) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let Some((rows, body)) = rest.split_first_chunk::<2>() else { return };
    let Some(index) = wrap(kind, body) else { return };
    ask(&index, &type_of(*first), u16::from_be_bytes(*rows).into());
}

/// The index as the only one of a file.
fn wrap(kind: &str, body: &[u8]) -> Option<Vec<u8>> {
    let utf = |text: &str| {
        let length = u16::try_from(text.len()).expect("a short name").to_be_bytes();
        [&length, text.as_bytes()].concat()
    };
    let names = [&1_i32.to_be_bytes()[..], &utf("a"), &1_i32.to_be_bytes(), &utf(kind)].concat();
    let head = i32::try_from(16 + names.len() + 8 + 4).ok()?;
    let mut index = 1_493_475_289_347_502_i64.to_be_bytes().to_vec();
    index.extend(1_i32.to_be_bytes());
    index.extend(head.to_be_bytes());
    index.extend(names);
    index.extend(head.to_be_bytes());
    index.extend(i32::try_from(body.len()).ok()?.to_be_bytes());
    index.extend(0_i32.to_be_bytes());
    index.extend(body);
    Some(index)
}

fn ask(index: &[u8], data_type: &DataType, rows: u64) {
    let Some(index) = fair(FileIndex::open(index)) else { return };
    let field = |name: &str| Some(DataField::new(0, name, data_type.clone()));
    for column in ["a", "b", "c"] {
        for test in tests(data_type) {
            let predicate = Predicate::leaf(column, test);
            let Some(ranges) = index.matching(&predicate, &field, rows) else { continue };
            let mut last = 0;
            for range in ranges {
                assert!(last <= range.start && range.start < range.end, "{range:?}");
                last = range.end;
            }
        }
    }
}

fn tests(data_type: &DataType) -> Vec<Test> {
    let literals = ["1", "a", "-7.25", "true", "2020-02-02", "2020-02-02 00:00:00", "12:00:00"];
    let values: Vec<Value> =
        literals.iter().filter_map(|text| Value::parse(text, data_type).ok()).collect();
    let mut tests = vec![Test::IsNull, Test::IsNotNull];
    for value in values {
        let with = [Test::Eq, Test::NotEq, Test::Lt, Test::LtEq, Test::Gt, Test::GtEq];
        tests.extend(with.iter().map(|make| make(value.clone())));
        tests.push(Test::In(vec![value]));
    }
    if matches!(data_type.kind, TypeKind::VarChar { .. } | TypeKind::Char { .. }) {
        tests.push(Test::StartsWith("a".into()));
    }
    tests
}
