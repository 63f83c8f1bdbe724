//! Makes the seeds anew: `cargo test -p rimon-fuzz-decoders -- --ignored make_seeds`.

use std::fs;
use std::path::{Path, PathBuf};

use rimon_integration_tests::fixture::Fixture;
use rimon_spec::index::union_bitmaps64;
use rimon_spec::{BinaryRow, DataType, DeletionVector, TypeKind, Value, VectorKind};

/// Larger files make slow fuzzing.
const LARGEST: usize = 12 << 10;
/// Seeds of one kind from one fixture.
const EACH: usize = 2;

/// Tables whose metadata files are seeds.
const METADATA: [&str; 10] = [
    "append_stats_full",
    "append_partition_types",
    "append_manifest_compression_deflate",
    "append_manifest_compression_null",
    "append_manifest_compression_snappy",
    "pk_dv_partitioned_v64",
    "statistics",
    "tags",
    "consumers",
    "changelog_decoupled_lookup",
];

/// Tables whose data files are seeds, with the schema (`data_file.rs`).
const DATA: [(&str, u8); 14] = [
    ("append_scalars_parquet", 0),
    ("append_scalars_orc", 0),
    ("append_scalars_avro", 0),
    ("append_nested_parquet", 1),
    ("append_nested_orc", 1),
    ("append_nested_avro", 1),
    ("append_orc_none", 2),
    ("append_orc_lz4", 2),
    ("append_orc_zlib", 2),
    ("append_avro_null", 2),
    ("append_avro_bzip2", 2),
    ("append_avro_snappy", 2),
    ("append_parquet_none", 2),
    ("append_parquet_no_dictionary", 2),
];

/// Tables whose manifests are no Avro.
const FOREIGN: [&str; 2] = ["append_manifest_orc", "append_manifest_parquet"];

/// Files of lines: format and options (`data_file.rs`), and the bytes.
const LINES: [(&str, u8, &str); 5] = [
    (
        "csv",
        0,
        "1,\"a,b\",2024-01-01,1.5,AQI=,2024-01-01 12:00:00.5\n2,,,,,\r\n3,\"say \\\"hi\\\"\"\n",
    ),
    ("csv_header", 0xfc, "id,s,d,n,b,taab1,x,1969-12-31,-1,,aab"),
    (
        "json",
        1,
        "{\"id\":\"1\",\"a\":[\"1.5\",null],\"m\":{\"7\":{\"x\":\"AQI=\"}},\"t\":\"12:00:00\"}\n{}\n",
    ),
    ("json_numbers", 0xf1, "{\"id\":7,\"a\":[1e300,2],\"m\":{\"1\":null}}\n"),
    ("text", 0x12, "one\n\ntwo"),
];

/// Tables with file indexes beside their data files, and the type of their columns (`value.rs`).
const INDEXES: [(&str, u8); 6] = [
    ("index_several", 0),
    ("index_several", 2),
    ("index_bloom_filter_file", 0),
    ("index_bitmap_file", 0),
    ("index_bsi_file", 0),
    ("index_range_bitmap_file", 0),
];

struct Corpus(PathBuf);

impl Corpus {
    fn add(&self, decoder: &str, name: &str, bytes: &[u8]) {
        if bytes.len() > LARGEST {
            return;
        }
        let folder = self.0.join(decoder);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join(name), bytes).expect("a seed");
    }
}

/// All files below a folder, by path.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn decoder_of(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    let begins = [
        ("snapshot-", "snapshot"),
        ("changelog-", "snapshot"),
        ("schema-", "schema"),
        ("tag-", "tag"),
        ("consumer-", "consumer"),
        ("stat-", "statistics"),
        ("manifest-list-", "manifest_list"),
        ("index-manifest-", "index_manifest"),
        ("manifest-", "manifest"),
    ];
    if name.ends_with(".parquet") || name.ends_with(".orc") || name.ends_with(".avro") {
        return None;
    }
    begins.iter().find(|(begin, _)| name.starts_with(begin)).map(|(_, decoder)| *decoder)
}

#[test]
#[ignore = "writes the corpora"]
fn make_seeds() {
    let corpus = Corpus(Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus"));
    metadata(&corpus);
    data(&corpus);
    indexes(&corpus);
    vectors(&corpus);
    bitmaps(&corpus);
    values(&corpus);
    lines(&corpus);
}

fn metadata(corpus: &Corpus) {
    for name in METADATA {
        let table = Fixture::named(name).unpack();
        let mut counts = std::collections::HashMap::new();
        for file in files(&table.table()) {
            let Some(decoder) = decoder_of(&file) else { continue };
            let count = counts.entry(decoder).or_insert(0);
            *count += 1;
            if *count <= EACH {
                let bytes = fs::read(&file).expect("a file");
                corpus.add(decoder, &format!("{name}-{count}"), &bytes);
            }
        }
    }
}

fn data(corpus: &Corpus) {
    for (name, schema) in DATA {
        let table = Fixture::named(name).unpack();
        for format in ["parquet", "orc", "avro"] {
            let of_format = |p: &PathBuf| p.extension().is_some_and(|e| e == format);
            let Some(file) = files(&table.table()).into_iter().find(of_format) else { continue };
            let bytes = fs::read(file).expect("a file");
            // plain, and by ranges with an exact filter and string views
            for how in [0, 15 << 2] {
                let seed = [&[schema | how], &bytes[..]].concat();
                corpus.add(format, &format!("{name}-{how}"), &seed);
            }
        }
    }
}

fn lines(corpus: &Corpus) {
    for (name, first, text) in LINES {
        corpus.add("lines", name, &[&[first], text.as_bytes()].concat());
    }
    for name in FOREIGN {
        let table = Fixture::named(name).unpack();
        let manifests = files(&table.table())
            .into_iter()
            .filter(|path| decoder_of(path).is_some_and(|decoder| decoder.contains("manifest")));
        for (n, path) in manifests.enumerate() {
            let bytes = fs::read(path).expect("a manifest");
            corpus.add("foreign_manifest", &format!("{name}-{n}"), &bytes);
        }
    }
}

fn indexes(corpus: &Corpus) {
    for (name, data_type) in INDEXES {
        let table = Fixture::named(name).unpack();
        let rows = u16::try_from(table.reads()[0].expected.len()).expect("a small table");
        let head = [&[data_type], &rows.to_be_bytes()[..]].concat();
        for file in files(&table.table()) {
            if file.extension().is_some_and(|e| e == "index") {
                let bytes = fs::read(file).expect("a file");
                corpus.add(
                    "file_index",
                    &format!("{name}-{data_type}"),
                    &[&head, &bytes[..]].concat(),
                );
                for (n, (kind, body)) in bodies(&bytes).into_iter().enumerate() {
                    let decoder = match kind.as_str() {
                        "bloom-filter" => "index_bloom",
                        "bitmap" => "index_bitmap",
                        "bsi" => "index_bsi",
                        _ => "index_range_bitmap",
                    };
                    let seed = [&head, body].concat();
                    corpus.add(decoder, &format!("{name}-{data_type}-{n}"), &seed);
                }
            }
        }
    }
}

/// The indexes in a file that is whole: kinds and bytes (`FileIndexFormat.java`).
fn bodies(bytes: &[u8]) -> Vec<(String, &[u8])> {
    let mut rest = &bytes[16..];
    fn int(rest: &mut &[u8]) -> usize {
        let (head, tail) = rest.split_at(4);
        *rest = tail;
        i32::from_be_bytes(head.try_into().expect("four")) as usize
    }
    fn text(rest: &mut &[u8]) -> String {
        let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        let text = String::from_utf8(rest[2..2 + length].to_vec()).expect("ASCII");
        *rest = &rest[2 + length..];
        text
    }
    let mut found = Vec::new();
    for _ in 0..int(&mut rest) {
        text(&mut rest);
        for _ in 0..int(&mut rest) {
            let kind = text(&mut rest);
            let (start, length) = (int(&mut rest), int(&mut rest));
            if let Some(body) = bytes.get(start..start.saturating_add(length)) {
                found.push((kind, body));
            }
        }
    }
    found
}

fn vectors(corpus: &Corpus) {
    let sets: [(&str, Vec<u64>); 4] = [
        ("none", Vec::new()),
        ("few", vec![0, 3, 5, 70_000]),
        ("runs", (10..5000).chain(6000..6002).collect()),
        ("sparse", (0..6000).map(|n| n * 3).collect()),
    ];
    for (name, rows) in sets {
        for kind in [VectorKind::Bits32, VectorKind::Bits64] {
            let vector: DeletionVector = rows.iter().copied().collect();
            let bytes = vector.encode(kind).expect("a vector");
            corpus.add("deletion_vector", &format!("{name}-{kind:?}"), &bytes);
            let bitmap = &bytes[8..bytes.len() - 4];
            corpus.add("deletion_vector", &format!("{name}-{kind:?}-bitmap"), bitmap);
        }
    }
}

/// A bitmap of one number in the bytes of Java's `Roaring64Bitmap`.
fn bitmap64(number: u64) -> Vec<u8> {
    let number = number.to_be_bytes();
    let tree = [&[1, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0], &number[..6], &[0; 8]].concat();
    let array = [1, 0, 0, 0, 0xFE, 1, 0, 0, 0, 1, 2, 1, 0, 0, 0, number[7], number[6]];
    let ends = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    [&tree[..], &array, &ends].concat()
}

fn bitmaps(corpus: &Corpus) {
    let sets: [(&str, Vec<u64>); 5] = [
        ("one", vec![7]),
        ("few", vec![0, 3, 70_000, u64::MAX, 1 << 40]),
        ("node16", (0..9).map(|n| n << 16).collect()),
        ("node48", (0..30).map(|n| n << 24).collect()),
        ("node256", (0..100).map(|n| n << 40 | n).collect()),
    ];
    for (name, numbers) in sets {
        let one = |number: &u64| bitmap64(*number);
        let unite = |a: Vec<u8>, b: Vec<u8>| union_bitmaps64(&a, &b).expect("two bitmaps");
        let bytes = numbers.iter().map(one).reduce(unite).expect("a number");
        corpus.add("bitmap_values", name, &bytes);
    }
    let vector: DeletionVector = (10..300_u64).chain([70_000]).collect();
    let bytes = vector.encode(VectorKind::Bits32).expect("a vector");
    corpus.add("bitmap_values", "bits32", &bytes[8..bytes.len() - 4]);
}

fn values(corpus: &Corpus) {
    let types = [TypeKind::Int, TypeKind::BigInt, TypeKind::VarChar { length: 2_147_483_647 }];
    let types: Vec<DataType> = types.into_iter().map(DataType::new).collect();
    let rows = [
        ("short", vec![Value::Int(7), Value::BigInt(-1), Value::String("short".into())]),
        ("long", vec![Value::Int(7), Value::Null, Value::String("longer than eight".into())]),
    ];
    for (name, values) in rows {
        let row = BinaryRow::encode(&types, &values).expect("a row").to_framed();
        corpus.add("binary_row", name, &[&[3, 0, 1, 2], &row[..]].concat());
    }
    for (n, text) in TYPES.iter().enumerate() {
        corpus.add("data_type", &format!("type-{n}"), text.as_bytes());
    }
    for (n, (of, text)) in LITERALS.iter().enumerate() {
        corpus.add("literal", &format!("literal-{n}"), &[&[*of], text.as_bytes()].concat());
    }
    for (n, text) in ["p=1", "p=a%2Fb", "a%3Dé", "data-0.zstd.parquet"].iter().enumerate() {
        corpus.add("partition_path", &format!("path-{n}"), text.as_bytes());
    }
    for (n, text) in OPTIONS.iter().enumerate() {
        corpus.add("options", &format!("options-{n}"), text.as_bytes());
    }
}

const TYPES: [&str; 8] = [
    "INT NOT NULL",
    "DECIMAL(38, 18)",
    "TIMESTAMP(9) WITH LOCAL TIME ZONE",
    "ARRAY<MAP<STRING, ROW<`a` INT NOT NULL, b VARCHAR(20) 'x'>>>",
    "MULTISET<BYTES>",
    r#"{"type":"ARRAY NOT NULL","element":"INT"}"#,
    r#"{"type":"MAP","key":"INT NOT NULL","value":{"type":"MULTISET","element":"STRING"}}"#,
    r#"{"type":"ROW","fields":[{"id":1,"name":"a","type":"TIME(3)","description":"d"}]}"#,
];

const LITERALS: [(u8, &str); 10] = [
    (0, "-2147483648"),
    (3, "1.5e-300"),
    (4, "true"),
    (7, "NaN"),
    (8, "1234567.89"),
    (9, "-12345678901234567890.123456789012345678"),
    (10, "2020-02-29"),
    (11, "23:59:59.999"),
    (13, "1969-12-31 23:59:59.123456789"),
    (2, "text"),
];

const OPTIONS: [&str; 3] = [
    "1merge-engine=partial-update\nfields.a.sequence-group=b,c\nbucket=4\nfile.format.per.level=0:avro",
    "0bucket=-1\nfile.compression.per.level=0:lz4,1:none\nwrite-buffer-size=256 mb\nsnapshot.time-retained=1 h",
    "1changelog-producer=lookup\nsequence.field=a,b\nsequence.field.sort-order=descending\nmetadata.stats-mode=truncate(16)",
];
