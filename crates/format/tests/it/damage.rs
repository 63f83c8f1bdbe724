//! Damaged files give errors: no panic, no wrong silence about their end.

use crate::support::block_on;
use crate::support::{collect, format, java_fields, java_file, read_as, stored, write};
use arrow::array::RecordBatch;
use rimon_format::evolution::read_columns;
use rimon_format::{FileFormat, ReadRequest, WriteOptions, format_for};
use rimon_spec::{DataField, Error, ErrorKind};

fn expected(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Corrupt | ErrorKind::Unsupported | ErrorKind::ResourceExhausted)
}

fn check(error: &Error, what: &str) {
    assert!(expected(error.kind()), "{what}: {error:?}");
    assert!(error.to_string().contains("t.parquet"), "{what}: {error:?}");
}

fn files() -> Vec<(Vec<u8>, Vec<DataField>)> {
    let fields = java_fields("nested", 0);
    let java = java_file("nested", 0);
    let batch: RecordBatch = read_as(&java, &fields, &fields).unwrap();
    let (ours, _) = write(&fields, &[batch], &WriteOptions::default()).unwrap();
    vec![(java, fields.clone()), (ours, fields)]
}

#[test]
fn truncated_anywhere() {
    for (bytes, fields) in files() {
        for length in (0..bytes.len()).step_by(7) {
            let error = read_as(&bytes[..length], &fields, &fields).unwrap_err();
            check(&error, &format!("cut to {length}"));
        }
    }
}

#[test]
fn bytes_changed_anywhere() {
    // Damage inside a page that still decodes is not seen in our files: their pages have no checksum.
    for (bytes, fields) in files() {
        for at in (0..bytes.len()).step_by(11) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            if let Err(error) = read_as(&damaged, &fields, &fields) {
                check(&error, &format!("byte {at}"));
            }
        }
    }
}

/// Java writes a checksum for every page.
#[test]
fn pages_of_java_changed_anywhere_are_corrupt() {
    for table in ["nested", "scalars"] {
        let (whole, fields) = (java_file(table, 0), java_fields(table, 0));
        let rows = read_as(&whole, &fields, &fields).unwrap();
        let tail = whole.last_chunk::<8>().unwrap();
        let footer = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]) as usize;
        let mut found = 0;
        for at in (4..whole.len() - 8 - footer).step_by(29) {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (at % 8);
            match read_as(&damaged, &fields, &fields) {
                Ok(read) => assert_eq!(read, rows, "{table}: byte {at}"),
                Err(error) => {
                    found += usize::from(error.to_string().contains("the checksum of a page"));
                    check(&error, &format!("{table}: byte {at}"));
                }
            }
        }
        assert!(found > 20, "{table}: only {found} found by their checksum");
    }
}

#[test]
fn a_size_that_is_not_the_files() {
    let (bytes, fields) = files().remove(0);
    block_on(async {
        for wrong in [bytes.len() as u64 + 100, bytes.len() as u64 - 1, 0] {
            let mut file = stored(&bytes).await;
            file.size = wrong;
            let error = match format().open(file).await {
                Ok(reader) => {
                    let columns = read_columns(&fields, &fields, &[]).unwrap();
                    collect(reader.as_ref(), ReadRequest::new(columns)).await.unwrap_err()
                }
                Err(error) => error,
            };
            check(&error, &format!("size {wrong}"));
        }
    });
}

#[test]
fn a_file_that_is_not_there() {
    block_on(async {
        let mut file = stored(b"").await;
        file.path = "other.parquet".into();
        file.size = 100;
        assert_eq!(format().open(file).await.unwrap_err().kind(), ErrorKind::NotFound);
    });
}

#[test]
fn formats_by_extension() {
    assert_eq!(format_for("data-1.zstd.parquet").unwrap().name(), "parquet");
    assert_eq!(format_for("data-1.avro").unwrap().name(), "avro");
    assert_eq!(format_for("data-1.orc").unwrap().name(), "orc");
    for name in ["data-1.lance", "data-1"] {
        let error = format_for(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(name));
    }
}
