//! Layouts that small files of Java do not have: many chunks, many blocks, old versions.

use super::super::rows::Op;
use super::super::{bitmap, range_bitmap};
use crate::index::portable::write_bitmap;
use crate::{DataType, TypeKind, Value};
use proptest::prelude::*;
use roaring::RoaringBitmap;
use std::collections::BTreeMap;

fn int(out: &mut Vec<u8>, value: usize) {
    out.extend_from_slice(&(value as u32).to_be_bytes());
}

fn part(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    int(&mut out, body.len());
    out.extend_from_slice(body);
    out
}

fn key(value: &Value) -> Vec<u8> {
    match value {
        Value::Int(v) => v.to_be_bytes().to_vec(),
        Value::String(v) => part(v.as_bytes()),
        other => panic!("{other:?}"),
    }
}

fn portable(rows: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let mut out = Vec::new();
    write_bitmap(&rows.into_iter().collect::<RoaringBitmap>(), &mut out).unwrap();
    out
}

/// Rows of each value, in the order of values; nulls apart.
type Column = (BTreeMap<Vec<u8>, (Value, Vec<u32>)>, Vec<u32>);

fn column(values: &[Option<i32>], text: bool) -> Column {
    let mut by_value: Column = Default::default();
    for (row, value) in values.iter().enumerate() {
        let Some(v) = value else {
            by_value.1.push(row as u32);
            continue;
        };
        let value = make(*v, text);
        // Bytes that sort as the values do.
        let sorted =
            if text { format!("{v:04}").into_bytes() } else { (v + 500).to_be_bytes().to_vec() };
        by_value.0.entry(sorted).or_insert((value, vec![])).1.push(row as u32);
    }
    by_value
}

fn make(v: i32, text: bool) -> Value {
    if text { Value::String(format!("{v:04}")) } else { Value::Int(v) }
}

/// As `RangeBitmap.Appender`, with so many values to a chunk.
fn encode_range_bitmap((values, _): &Column, rows: usize, per_chunk: usize, text: bool) -> Vec<u8> {
    let values: Vec<_> = values.values().collect();
    let (mut offsets, mut chunks, mut keys) = (vec![], vec![], vec![]);
    for (number, chunk) in values.chunks(per_chunk).enumerate() {
        int(&mut offsets, chunks.len());
        let rest: Vec<_> = chunk[1..].iter().map(|(v, _)| key(v)).collect();
        chunks.push(1);
        chunks.extend(key(&chunk[0].0));
        let start = keys.len();
        int(&mut chunks, number * per_chunk);
        int(&mut chunks, start);
        int(&mut chunks, rest.len());
        if text {
            int(&mut chunks, rest.len() * 4);
            let mut at = 0;
            for key in &rest {
                int(&mut keys, at);
                at += key.len();
            }
        }
        int(&mut chunks, rest.concat().len());
        if !text {
            int(&mut chunks, 4);
        }
        keys.extend(rest.concat());
    }
    let mut header = vec![1];
    int(&mut header, values.len().div_ceil(per_chunk));
    int(&mut header, offsets.len());
    int(&mut header, chunks.len());
    let dictionary = [part(&header), offsets, chunks, keys].concat();

    let present = portable(values.iter().flat_map(|(_, rows)| rows.clone()));
    let digits = (usize::BITS - (values.len() - 1).leading_zeros()).max(1);
    let (mut places, mut bodies) = (vec![], vec![]);
    for digit in 0..digits {
        let with = values.iter().enumerate().filter(|(code, _)| code >> digit & 1 == 1);
        let body = portable(with.flat_map(|(_, (_, rows))| rows.clone()));
        int(&mut places, bodies.len());
        int(&mut places, body.len());
        bodies.extend(body);
    }
    let mut header = vec![1, digits as u8];
    int(&mut header, present.len());
    header.extend(part(&places));
    let slices = [part(&header), present, bodies].concat();

    let mut header = vec![1];
    int(&mut header, rows);
    int(&mut header, values.len());
    header.extend(key(&values[0].0));
    header.extend(key(&values[values.len() - 1].0));
    int(&mut header, dictionary.len());
    [part(&header), dictionary, slices].concat()
}

/// As `BitmapFileIndex.Writer`; `per_block` values to a block, or version 1.
fn encode_bitmap((values, nulls): &Column, rows: usize, per_block: Option<usize>) -> Vec<u8> {
    let mut bodies = if nulls.len() > 1 { portable(nulls.clone()) } else { vec![] };
    let null_length = bodies.len();
    let entries: Vec<_> = values
        .values()
        .map(|(value, rows)| {
            if let [row] = rows.as_slice() {
                return (key(value), (-1 - *row as i32) as usize, usize::MAX);
            }
            let body = portable(rows.clone());
            let offset = bodies.len();
            bodies.extend(&body);
            (key(value), offset, body.len())
        })
        .collect();
    let mut out = vec![if per_block.is_some() { 2 } else { 1 }];
    int(&mut out, rows);
    int(&mut out, entries.len());
    out.push(u8::from(!nulls.is_empty()));
    if let Some(first) = nulls.first() {
        int(&mut out, if nulls.len() == 1 { (-1 - *first as i32) as usize } else { 0 });
        if per_block.is_some() {
            int(&mut out, null_length);
        }
    }
    let Some(per_block) = per_block else {
        for (key, offset, _) in &entries {
            out.extend(key);
            int(&mut out, *offset);
        }
        return [out, bodies].concat();
    };
    int(&mut out, entries.len().div_ceil(per_block));
    let mut blocks = vec![];
    for block in entries.chunks(per_block) {
        out.extend(&block[0].0);
        int(&mut out, blocks.len());
        int(&mut blocks, block.len());
        for (key, offset, length) in block {
            blocks.extend(key);
            int(&mut blocks, *offset);
            int(&mut blocks, *length);
        }
    }
    int(&mut out, blocks.len());
    [out, blocks, bodies].concat()
}

fn passing(values: &[Option<i32>], pass: impl Fn(i32) -> bool) -> Vec<u32> {
    let rows = values.iter().enumerate();
    rows.filter(|(_, v)| v.is_some_and(&pass)).map(|(row, _)| row as u32).collect()
}

proptest! {
    #[test]
    fn many_chunks_and_blocks(
        mut values in proptest::collection::vec(proptest::option::of(0_i32..40), 1..60),
        asked in -1_i32..42,
        per in 1_usize..6,
        text in any::<bool>(),
    ) {
        let asked = if text { asked.max(0) } else { asked };
        values.push(Some(7));
        let rows = values.len() as u32;
        let of_column = column(&values, text);
        let data_type = if text { DataType::string() } else { DataType::new(TypeKind::Int) };
        let literal = make(asked, text);
        let range = encode_range_bitmap(&of_column, values.len(), per, text);
        let nulls: Vec<u32> = of_column.1.clone();
        let checks: [(Op<'_>, Vec<u32>); 8] = [
            (Op::Eq(&literal), passing(&values, |v| v == asked)),
            (Op::NotEq(&literal), passing(&values, |v| v != asked)),
            (Op::IsNull, nulls),
            (Op::IsNotNull, passing(&values, |_| true)),
            (Op::Lt(&literal), passing(&values, |v| v < asked)),
            (Op::LtEq(&literal), passing(&values, |v| v <= asked)),
            (Op::Gt(&literal), passing(&values, |v| v > asked)),
            (Op::GtEq(&literal), passing(&values, |v| v >= asked)),
        ];
        for (at, (op, expected)) in checks.iter().enumerate() {
            let expected: RoaringBitmap = expected.iter().copied().collect();
            let found = range_bitmap::evaluate(&range, &data_type, rows, *op).unwrap();
            prop_assert_eq!(found.as_ref(), Some(&expected), "{:?}", op);
            for per_block in [None, Some(per)] {
                let bytes = encode_bitmap(&of_column, values.len(), per_block);
                let found = bitmap::evaluate(&bytes, &data_type, rows, *op).unwrap();
                prop_assert_eq!(found.as_ref(), Some(&expected).filter(|_| at < 4), "{:?}", op);
            }
        }
    }
}
