use super::super::avro::{BlockWriter, Sink};
use super::*;
use crate::{
    DataFileMeta, DataType, DeletionVectorRange, ErrorKind, FileKind, FileSource, GlobalIndexMeta,
    IndexManifestEntry, ManifestEntry, ManifestFileMeta, SimpleStats, Value,
};
use proptest::prelude::*;

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/vectors/", $name)).as_slice()
    };
}

const MANIFESTS: [&[u8]; 6] = [
    vector!("manifest-1.4.avro"),
    vector!("manifest-partitions.avro"),
    vector!("manifest-0.4.avro"),
    vector!("manifest-null.avro"),
    vector!("manifest-snappy.avro"),
    vector!("manifest-deflate.avro"),
];
const LISTS: [&[u8]; 2] = [vector!("list-1.4.avro"), vector!("list-0.4.avro")];
const INDEXES: [&[u8]; 3] =
    [vector!("index-1.4.avro"), vector!("index-0.9.avro"), vector!("index-global.avro")];
const CODECS: [AvroCodec; 4] =
    [AvroCodec::Null, AvroCodec::Zstandard(1), AvroCodec::Snappy, AvroCodec::Deflate(-1)];

/// The schema in a file's header.
fn schema_of(bytes: &[u8]) -> String {
    let mut cursor = Cursor::new(bytes.strip_prefix(b"Obj\x01").unwrap());
    assert_eq!(cursor.long().unwrap(), 2);
    assert_eq!(cursor.string().unwrap(), "avro.schema");
    cursor.string().unwrap().to_owned()
}

#[test]
fn the_schemas_written_are_java_s() {
    let zstd = AvroCodec::Zstandard(1);
    assert_eq!(schema_of(&encode_manifest(&[], &zstd).unwrap()), schema_of(MANIFESTS[0]));
    assert_eq!(schema_of(&encode_manifest_list(&[], &zstd).unwrap()), schema_of(LISTS[0]));
    assert_eq!(schema_of(&encode_manifest_index(&[], &zstd).unwrap()), schema_of(INDEXES[0]));
}

#[test]
fn java_s_files_are_read_and_written_back() {
    for bytes in MANIFESTS {
        let entries = decode_manifest(bytes, "m").unwrap();
        assert!(!entries.is_empty());
        for codec in CODECS {
            let again = encode_manifest(&entries, &codec).unwrap();
            assert_eq!(decode_manifest(&again, "m").unwrap(), entries);
        }
    }
    for bytes in LISTS {
        let metas = decode_manifest_list(bytes, "l").unwrap();
        let again = encode_manifest_list(&metas, &AvroCodec::Snappy).unwrap();
        assert_eq!(decode_manifest_list(&again, "l").unwrap(), metas);
    }
    for bytes in INDEXES {
        let entries = decode_manifest_index(bytes, "i").unwrap();
        assert!(!entries.is_empty());
        let again = encode_manifest_index(&entries, &AvroCodec::Deflate(-1)).unwrap();
        assert_eq!(decode_manifest_index(&again, "i").unwrap(), entries);
    }
}

#[test]
fn fields_mean_what_java_wrote() {
    let entry = &decode_manifest(vector!("manifest-null.avro"), "m").unwrap()[0];
    assert_eq!((entry.kind, entry.bucket, entry.total_buckets), (FileKind::Add, 0, -1));
    assert_eq!(entry.partition, BinaryRow::empty());
    let file = &entry.file;
    assert!(file.file_name.starts_with("data-") && file.file_name.ends_with(".parquet"));
    assert_eq!((file.level, file.schema_id, file.delete_row_count), (0, 0, Some(0)));
    assert_eq!(
        (file.file_source, file.value_stats_cols.as_ref()),
        (Some(FileSource::Append), None)
    );
    assert_eq!(file.key_stats, SimpleStats::empty());
    assert!(file.creation_time.is_some() && file.row_count > 0);
    let old = &decode_manifest(vector!("manifest-0.4.avro"), "m").unwrap()[0];
    assert_eq!((old.file.file_source, &old.file.external_path), (None, &None));
    let index = &decode_manifest_index(vector!("index-1.4.avro"), "i").unwrap()[0];
    assert_eq!(index.index_type, "DELETION_VECTORS");
    let ranges = index.deletion_vectors.as_ref().unwrap();
    assert_eq!((ranges[0].offset, index.row_count), (1, ranges.len() as i64));
    let global = decode_manifest_index(vector!("index-global.avro"), "i").unwrap();
    assert!(global.iter().all(|e| e.global_index.is_some()));
}

fn row_of() -> impl Strategy<Value = BinaryRow> {
    let types: Vec<DataType> = vec!["INT".parse().unwrap(), "STRING".parse().unwrap()];
    (any::<Option<i32>>(), any::<Option<String>>()).prop_map(move |(i, s)| {
        let values = [i.map_or(Value::Null, Value::Int), s.map_or(Value::Null, Value::String)];
        BinaryRow::encode(&types, &values).unwrap()
    })
}

fn stats_of() -> impl Strategy<Value = SimpleStats> {
    let counts = prop::option::of(prop::collection::vec(any::<Option<i64>>(), 0..4));
    (row_of(), row_of(), counts).prop_map(|(min_values, max_values, null_counts)| SimpleStats {
        min_values,
        max_values,
        null_counts,
    })
}

fn file_of() -> impl Strategy<Value = DataFileMeta> {
    let names = || prop::collection::vec(any::<String>(), 0..3);
    let bytes = prop::option::of(prop::collection::vec(any::<u8>(), 0..20));
    let source =
        prop::sample::select(vec![None, Some(FileSource::Append), Some(FileSource::Compact)]);
    (
        ("[a-z]{1,9}", 0..i64::MAX, 0..i64::MAX, row_of(), row_of(), stats_of(), stats_of()),
        (any::<i64>(), any::<i64>(), any::<i64>(), any::<i32>(), names(), any::<Option<i64>>()),
        (any::<Option<i64>>(), bytes, source, prop::option::of(names()), any::<Option<String>>()),
        (any::<Option<i64>>(), prop::option::of(names()), any::<Option<Vec<i64>>>()),
    )
        .prop_map(|(a, b, c, d)| DataFileMeta {
            file_name: a.0,
            file_size: a.1,
            row_count: a.2,
            min_key: a.3,
            max_key: a.4,
            key_stats: a.5,
            value_stats: a.6,
            min_sequence_number: b.0,
            max_sequence_number: b.1,
            schema_id: b.2,
            level: b.3,
            extra_files: b.4,
            creation_time: b.5,
            delete_row_count: c.0,
            embedded_index: c.1,
            file_source: c.2,
            value_stats_cols: c.3,
            external_path: c.4,
            first_row_id: d.0,
            write_cols: d.1,
            write_cols_sequences: d.2,
        })
}

fn entries() -> impl Strategy<Value = Vec<ManifestEntry>> {
    let kind = prop::sample::select(vec![FileKind::Add, FileKind::Delete]);
    let entry = (kind, row_of(), any::<i32>(), any::<i32>(), file_of()).prop_map(
        |(kind, partition, bucket, total_buckets, file)| ManifestEntry {
            kind,
            partition,
            bucket,
            total_buckets,
            file,
        },
    );
    prop::collection::vec(entry, 0..4)
}

fn index_entry() -> impl Strategy<Value = IndexManifestEntry> {
    let bytes = || prop::option::of(prop::collection::vec(any::<u8>(), 0..9));
    let ranges = prop::collection::vec(
        (any::<String>(), any::<i32>(), any::<i32>(), any::<Option<i64>>()).prop_map(
            |(data_file, offset, length, cardinality)| DeletionVectorRange {
                data_file,
                offset,
                length,
                cardinality,
            },
        ),
        0..3,
    );
    let global = (any::<(i64, i64, i32)>(), any::<Option<Vec<i32>>>(), bytes(), bytes()).prop_map(
        |(range, extra_field_ids, index_meta, source_meta)| GlobalIndexMeta {
            row_range_start: range.0,
            row_range_end: range.1,
            index_field_id: range.2,
            extra_field_ids,
            index_meta,
            source_meta,
        },
    );
    (
        row_of(),
        "[a-z]{1,5}",
        any::<(i32, i64, i64)>(),
        prop::option::of(ranges),
        prop::option::of(global),
    )
        .prop_map(|(partition, file_name, n, deletion_vectors, global_index)| {
            IndexManifestEntry {
                kind: FileKind::Add,
                partition,
                bucket: n.0,
                index_type: "HASH".into(),
                file_name,
                file_size: n.1,
                row_count: n.2,
                deletion_vectors,
                external_path: None,
                global_index,
            }
        })
}

fn codec() -> impl Strategy<Value = AvroCodec> {
    prop::sample::select(CODECS.to_vec())
}

proptest! {
    #[test]
    fn manifests_round_trip(entries in entries(), codec in codec()) {
        let bytes = encode_manifest(&entries, &codec).unwrap();
        prop_assert_eq!(&bytes, &encode_manifest(&entries, &codec).unwrap());
        prop_assert_eq!(decode_manifest(&bytes, "m").unwrap(), entries);
    }

    #[test]
    fn lists_round_trip(stats in stats_of(), n in any::<[i64; 4]>(), bounds in any::<[Option<i32>; 4]>(), rows in any::<[Option<i64>; 2]>()) {
        let meta = ManifestFileMeta {
            file_name: "m".into(),
            file_size: n[0],
            num_added_files: n[1],
            num_deleted_files: n[2],
            partition_stats: stats,
            schema_id: n[3],
            min_bucket: bounds[0],
            max_bucket: bounds[1],
            min_level: bounds[2],
            max_level: bounds[3],
            min_row_id: rows[0],
            max_row_id: rows[1],
        };
        let metas = vec![meta; 3];
        let bytes = encode_manifest_list(&metas, &AvroCodec::Zstandard(3)).unwrap();
        prop_assert_eq!(decode_manifest_list(&bytes, "l").unwrap(), metas);
    }

    #[test]
    fn indexes_round_trip(entry in index_entry(), codec in codec()) {
        let bytes = encode_manifest_index(std::slice::from_ref(&entry), &codec).unwrap();
        prop_assert_eq!(decode_manifest_index(&bytes, "i").unwrap(), vec![entry]);
    }

    #[test]
    fn random_bytes_are_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..300), magic in any::<bool>()) {
        if magic {
            bytes.splice(0..0, *b"Obj\x01");
        }
        prop_assert!(decode_manifest(&bytes, "m").is_err());
        prop_assert!(decode_manifest_list(&bytes, "l").is_err());
        prop_assert!(decode_manifest_index(&bytes, "i").is_err());
    }

    #[test]
    fn flipped_bits_never_panic(which in 0..MANIFESTS.len(), flips in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 1..4)) {
        let mut bytes = MANIFESTS[which].to_vec();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if let Err(e) = decode_manifest(&bytes, "m") {
            prop_assert!(matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::Unsupported));
            prop_assert!(e.to_string().contains("file: m"));
        }
    }

    #[test]
    fn random_objects_never_panic(body in prop::collection::vec(any::<u8>(), 1..400)) {
        let mut writer = BlockWriter::new(AvroCodec::Null);
        writer.write(|out| out.0.extend_from_slice(&body)).unwrap();
        let bytes = writer.finish(&schemas::manifest(true)).unwrap();
        let _ = decode_manifest(&bytes, "m");
        let mut writer = BlockWriter::new(AvroCodec::Null);
        writer.write(|out| out.0.extend_from_slice(&body)).unwrap();
        let _ = decode_manifest_index(&writer.finish(&schemas::index(true)).unwrap(), "i");
    }
}

#[test]
fn every_cut_is_noticed() {
    for bytes in [MANIFESTS[0], MANIFESTS[4]] {
        for end in 0..bytes.len() {
            let cut = &bytes[..end];
            // A cut at the end of a block cannot be seen: the size in the manifest list tells.
            let whole_blocks = end > 16 && cut[end - 16..] == bytes[bytes.len() - 16..];
            assert_eq!(decode_manifest(cut, "m").is_err(), !whole_blocks, "{end}");
        }
    }
}

#[test]
fn unknown_fields_are_read_over() {
    let schema = r#"["null",{"type":"record","name":"other","fields":[
        {"name":"_NEW","type":{"type":"map","values":{"type":"array","items":["null",{"type":"fixed","name":"f","size":3}]}}},
        {"name":"_FILE_NAME","type":["null","string"]},
        {"name":"_E","type":{"type":"enum","name":"e","symbols":["A"]}},
        {"name":"_VERSION","type":"int"},{"name":"_FILE_SIZE","type":"int"},
        {"name":"_NUM_ADDED_FILES","type":"long"},{"name":"_NUM_DELETED_FILES","type":["long","null"]},
        {"name":"_AGAIN","type":"f"},
        {"name":"_PARTITION_STATS","type":{"type":"record","name":"s","fields":[
            {"name":"_MIN_VALUES","type":"bytes"},{"name":"_D","type":"double"},{"name":"_MAX_VALUES","type":"bytes"}]}},
        {"name":"_SCHEMA_ID","type":"long"}]}]"#;
    let mut writer = BlockWriter::new(AvroCodec::Null);
    let object = |out: &mut Sink| {
        out.long(1);
        out.long(1);
        out.string("key");
        out.array(&[1, 0], |out, branch| {
            out.long(*branch);
            out.0.extend(std::iter::repeat_n(7, 3 * *branch as usize));
        });
        out.long(0);
        out.long(1);
        out.string("manifest-x");
        out.long(0);
        out.int(2);
        out.int(99);
        out.long(3);
        out.long(0);
        out.long(1);
        out.0.extend([1, 2, 3]);
        out.bytes(&[0; 12]);
        out.0.extend([0; 8]);
        out.bytes(&[0; 12]);
        out.long(5);
    };
    writer.write(object).unwrap();
    let bytes = writer.finish(schema).unwrap();
    let metas = decode_manifest_list(&bytes, "l").unwrap();
    let meta = &metas[0];
    assert_eq!((meta.file_name.as_str(), meta.file_size, meta.schema_id), ("manifest-x", 99, 5));
    assert_eq!((meta.min_bucket, &meta.partition_stats.null_counts), (None, &None));
}

#[test]
fn absurd_headers_are_corrupt() {
    let with = |schema: &str| {
        let bytes = BlockWriter::new(AvroCodec::Null).finish(schema).unwrap();
        decode_manifest_list(&bytes, "l").unwrap_err()
    };
    // Types that double eight times over, ninety times.
    let mut fields =
        String::from(r#"{"name":"a0","type":{"type":"record","name":"r0","fields":[]}}"#);
    for i in 1..90 {
        let last = i - 1;
        fields.push_str(&format!(
            r#",{{"name":"a{i}","type":{{"type":"record","name":"r{i}","fields":[{{"name":"x","type":"r{last}"}},{{"name":"y","type":"r{last}"}}]}}}}"#
        ));
    }
    let doubling = format!(r#"{{"type":"record","name":"r","fields":[{fields}]}}"#);
    let itself = r#"{"type":"record","name":"r","fields":[{"name":"x","type":["null","r"]}]}"#;
    let deep = format!("{}\"int\"{}", r#"{"type":"array","items":"#.repeat(500), "}".repeat(500));
    for schema in [doubling.as_str(), itself, &deep, "\"int\"", "{}", "nonsense", r#"{"type":"x"}"#]
    {
        assert_eq!(with(schema).kind(), ErrorKind::Corrupt, "{schema}");
    }
}

#[test]
fn absurd_lengths_are_corrupt() {
    let mut header = encode_manifest_list(&[], &AvroCodec::Null).unwrap();
    let sync = header[header.len() - 16..].to_vec();
    for (count, length) in [(1, i64::MAX), (i64::MAX, 4), (-1, 4), (1, -1), (i64::MIN, 4)] {
        let mut out = Sink(header.clone());
        out.long(count);
        out.long(length);
        out.0.extend([0; 4]);
        out.0.extend(&sync);
        assert_eq!(decode_manifest_list(&out.0, "l").unwrap_err().kind(), ErrorKind::Corrupt);
    }
    header.truncate(4);
    let mut out = Sink(header);
    out.long(i64::MAX);
    assert_eq!(decode_manifest_list(&out.0, "l").unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn other_versions_and_codecs_are_refused_by_name() {
    let mut writer = BlockWriter::new(AvroCodec::Null);
    writer.write(|out| out.int(3)).unwrap();
    let error =
        decode_manifest(&writer.finish(&schemas::manifest(false)).unwrap(), "m").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(AvroCodec::from_option("xz", 1).unwrap_err().to_string().contains("xz"));
    let deflate = vector!("manifest-deflate.avro");
    let at = deflate.windows(7).position(|w| w == b"deflate").unwrap();
    let mut other = deflate.to_vec();
    other[at] = b'x';
    assert!(decode_manifest(&other, "m").unwrap_err().to_string().contains("xeflate"));
}

#[test]
fn many_entries_fill_many_blocks() {
    let one = decode_manifest(MANIFESTS[0], "m").unwrap();
    let many: Vec<_> = one.iter().cycle().take(2000).cloned().collect();
    let bytes = encode_manifest(&many, &AvroCodec::Zstandard(1)).unwrap();
    assert_eq!(decode_manifest(&bytes, "m").unwrap(), many);
}
