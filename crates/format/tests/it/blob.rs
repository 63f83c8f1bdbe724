//! BLOB files, also damaged ones.

use std::sync::Arc;

use arrow::array::{Array, AsArray};
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use object_store::path::Path;
use rimon_format::{FileRef, ReadColumn, ReadRequest, Source, format_for};
use rimon_spec::{DataField, DataType, Error, ErrorKind, TypeKind};

const MAGIC: u32 = 1_481_511_375;

/// A file as Java writes it: `None` is null.
fn file(values: &[Option<&[u8]>]) -> Vec<u8> {
    let (mut bytes, mut index) = (Vec::new(), Vec::new());
    let mut last = 0i64;
    for value in values {
        let length = value.map_or(-1, |v| v.len() as i64 + 16);
        if let Some(value) = value {
            bytes.extend(MAGIC.to_le_bytes());
            bytes.extend(*value);
            bytes.extend(length.to_le_bytes());
            bytes.extend(0u32.to_le_bytes());
        }
        let delta = length - last;
        let mut zigzag = ((delta << 1) ^ (delta >> 63)) as u64;
        while zigzag > 0x7f {
            index.push((zigzag & 0x7f) as u8 | 0x80);
            zigzag >>= 7;
        }
        index.push(zigzag as u8);
        last = length;
    }
    bytes.extend(&index);
    bytes.extend((index.len() as i32).to_le_bytes());
    bytes.push(1);
    bytes
}

async fn read(
    bytes: Vec<u8>,
    rows: Option<std::ops::Range<u64>>,
) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let store = Arc::new(InMemory::new());
    let (path, size) = (Path::from("a.blob"), bytes.len() as u64);
    store.put(&path, bytes.into()).await.unwrap();
    let file = FileRef::new(store, path, size, "a.blob");
    let reader = format_for("a.blob")?.open(file).await?;
    let output = DataField::new(0, "b", DataType::new(TypeKind::Blob));
    let source = Source::File { name: "b".into(), data_type: output.data_type.clone() };
    let mut request = ReadRequest::new(vec![ReadColumn { output, source }]).with_batch_size(2);
    if let Some(rows) = rows {
        request = request.with_ranges(vec![rows]);
    }
    let batches: Vec<_> = reader.read(request).await?.try_collect().await?;
    let mut values = Vec::new();
    for batch in batches {
        let column = batch.column(0).as_binary::<i32>();
        values.extend(
            (0..column.len()).map(|i| column.is_valid(i).then(|| column.value(i).to_vec())),
        );
    }
    Ok(values)
}

#[tokio::test]
async fn values_and_nulls_and_ranges_of_rows() {
    let values: Vec<Option<&[u8]>> = vec![Some(b"one"), None, Some(b""), Some(&[7; 5000]), None];
    let expected: Vec<_> = values.iter().map(|v| v.map(<[u8]>::to_vec)).collect();
    assert_eq!(read(file(&values), None).await.unwrap(), expected);
    assert_eq!(read(file(&values), Some(1..4)).await.unwrap(), expected[1..4]);
    assert_eq!(read(file(&[]), None).await.unwrap(), Vec::<Option<Vec<u8>>>::new());
}

#[tokio::test]
async fn damage_is_an_error_and_never_other_rows() {
    let values: Vec<Option<&[u8]>> = vec![Some(b"one"), None, Some(b"three")];
    let good = file(&values);
    let expected = read(good.clone(), None).await.unwrap();
    for at in 0..good.len() {
        for bit in [0, 7] {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            match read(bad, None).await {
                // A changed byte of a value is not seen: Java does not check it either.
                Ok(rows) => assert_eq!(rows.len(), expected.len()),
                Err(e) => assert!(matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::Unsupported)),
            }
        }
        assert!(read(good[..at].to_vec(), None).await.is_err(), "cut to {at} bytes");
    }
}
