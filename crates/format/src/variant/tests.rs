use super::builder::Builder;
use super::dictionary::Dictionary;
use super::*;
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Int32Array, ListArray, StringArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::FieldRef;
use proptest::prelude::*;
use rimon_spec::ErrorKind;
use std::sync::Arc;

/// `{"a":1,"s":"text","n":null,"arr":[1,2.5,"x",true,null,{"d":1}],"obj":{"z":1,"a":2}}` as Java Paimon 1.4.2 encodes it.
const OBJECT: (&str, &str) = (
    "0205000302050100080724022f0c0111746578740003060002080a0b0c130c012001190000000578040002010400020c01020200060200040c010c02",
    "01070001020306070a0b61736e617272646f626a7a",
);

fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|c| std::str::from_utf8(c).unwrap());
    digits.map(|d| u8::from_str_radix(d, 16).unwrap()).collect()
}

fn field(name: &str, array: &ArrayRef) -> FieldRef {
    Arc::new(Field::new(name, array.data_type().clone(), true))
}

fn group(columns: Vec<(&str, ArrayRef)>) -> ArrayRef {
    let fields: Vec<FieldRef> = columns.iter().map(|(n, a)| field(n, a)).collect();
    Arc::new(StructArray::new(fields.into(), columns.into_iter().map(|(_, a)| a).collect(), None))
}

fn binary(cells: &[Option<&[u8]>]) -> ArrayRef {
    Arc::new(cells.iter().copied().collect::<BinaryArray>())
}

fn first(column: &ArrayRef) -> (Vec<u8>, Vec<u8>) {
    let rows = column.as_struct();
    let cell = |i: usize| rows.column(i).as_binary::<i32>().value(0).to_vec();
    (cell(0), cell(1))
}

/// The variant copied with new ids, as for a row that is not shredded in a file that is.
fn copied(value: &[u8], metadata: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let mut builder = Builder::default();
    builder.append(value, Dictionary::new(metadata)?, 0)?;
    builder.finish()
}

#[test]
fn keys_are_numbered_in_the_order_in_which_they_are_met() {
    let (value, metadata) = copied(&hex(OBJECT.0), &hex(OBJECT.1)).unwrap();
    // a, arr, d, n, obj, z, s: the fields of an object are sorted.
    assert_eq!(metadata.get(10..), Some(&b"aarrdnobjzs"[..]));
    // Copying it again changes nothing.
    assert_eq!(copied(&value, &metadata).unwrap(), (value, metadata));
}

#[test]
fn an_object_in_pieces_is_put_together() {
    // {"a": 7, "b": "x", "c": true} with a and b shredded, b in its encoded form, and d missing.
    let rest = {
        let mut builder = Builder::default();
        let c = builder.field("c", 0);
        builder.boolean(true);
        builder.object(0, vec![c]).unwrap();
        builder.finish().unwrap()
    };
    let empty = || binary(&[None]);
    let a = group(vec![("value", empty()), ("typed_value", Arc::new(Int32Array::from(vec![7])))]);
    let text = Arc::new(StringArray::from(vec![None::<&str>]));
    let b = group(vec![("value", binary(&[Some(&hex("0578"))])), ("typed_value", text)]);
    let d = group(vec![("value", empty())]);
    let typed = group(vec![("d", d), ("b", b), ("a", a)]);
    let column = group(vec![
        ("metadata", binary(&[Some(&rest.1)])),
        ("value", binary(&[Some(&rest.0)])),
        ("typed_value", typed),
    ]);
    let (value, metadata) = first(&assemble(&column).unwrap());
    // Ids in the order b, a, c; fields sorted by key.
    assert_eq!(metadata, hex("010300010203626163"));
    assert_eq!(value, hex("02030100020200040505780c0704"));
}

#[test]
fn lists_are_put_together() {
    let items = group(vec![
        ("value", binary(&[None, Some(&[0]), None])),
        ("typed_value", Arc::new(Int32Array::from(vec![Some(1), None, Some(300)]))),
    ]);
    let element = Arc::new(Field::new("element", items.data_type().clone(), true));
    let list = ListArray::new(element, OffsetBuffer::from_lengths([3]), items, None);
    let column = group(vec![
        ("metadata", binary(&[Some(&hex("010000"))])),
        ("value", binary(&[None])),
        ("typed_value", Arc::new(list)),
    ]);
    let (value, metadata) = first(&assemble(&column).unwrap());
    assert_eq!((value, metadata), (hex("0303000203060c0100102c01"), hex("010000")));
}

#[test]
fn null_rows_stay_null() {
    let fields = match group(vec![
        ("metadata", binary(&[])),
        ("value", binary(&[])),
        ("typed_value", Arc::new(Int32Array::from(vec![0; 0]))),
    ])
    .data_type()
    {
        ArrowType::Struct(fields) => fields.clone(),
        other => panic!("{other}"),
    };
    let columns: Vec<ArrayRef> = vec![
        binary(&[None, Some(&hex("010000"))]),
        binary(&[None, None]),
        Arc::new(Int32Array::from(vec![None, Some(1)])),
    ];
    let rows = StructArray::new(fields, columns, Some(NullBuffer::from(vec![false, true])));
    let made = assemble(&(Arc::new(rows) as ArrayRef)).unwrap();
    assert_eq!(made.data_type(), &arrow_type());
    assert!(made.is_null(0) && made.is_valid(1));
}

#[test]
fn values_that_share_bytes_are_refused() {
    // An array of 200 elements that all are the same array, of 200 elements that are the same, and so on: a copy of
    // it would have no end.
    let mut bytes = Vec::new();
    for _ in 0..20 {
        let header = bytes.len();
        let data = header + 1 + 1 + 2 * 201;
        bytes.extend([3 | 1 << 2, 200]);
        bytes.extend(std::iter::repeat_n([0, 0], 201).flatten());
        assert_eq!(bytes.len(), data);
    }
    bytes.push(0);
    let error = copied(&bytes, &hex("010000")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
}

proptest! {
    #[test]
    fn damaged_bytes_are_errors_or_variants(
        flips in prop::collection::vec((0_usize..80, any::<u8>()), 1..4),
        cut in 0_usize..120,
    ) {
        let (mut value, mut metadata) = (hex(OBJECT.0), hex(OBJECT.1));
        for (at, byte) in flips {
            let length = value.len();
            if let Some(target) = value.get_mut(at) {
                *target = byte;
            } else if let Some(target) = metadata.get_mut(at - length) {
                *target = byte;
            }
        }
        value.truncate(cut);
        if let Ok((value, metadata)) = copied(&value, &metadata) {
            // The fields are sorted now; with the ids in that order nothing changes any more.
            let (value, metadata) = copied(&value, &metadata).unwrap();
            prop_assert_eq!(copied(&value, &metadata).unwrap(), (value, metadata));
        }
    }
}
