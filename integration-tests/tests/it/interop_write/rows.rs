//! Java reads from our files what we wrote, and describes them as it describes its own.

use std::collections::BTreeSet;

use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use rimon_spec::DataField;
use serde_json::{Value, json};

use super::case::{Case, Spec, row, schema};
use crate::tables::difference;

/// Every type that can stand in a Parquet column of an append table.
const FLAT: &str = "id INT; b BOOLEAN; ti TINYINT; si SMALLINT; bi BIGINT; f FLOAT; d DOUBLE; \
    d9 DECIMAL(9, 2); d18 DECIMAL(18, 4); d38 DECIMAL(38, 10); c CHAR(5); vc VARCHAR(30); s STRING; \
    bin BINARY(4); vb VARBINARY(20); by BYTES; dt DATE; t0 TIME(0); t3 TIME(3); ts0 TIMESTAMP(0); \
    ts3 TIMESTAMP(3); ts6 TIMESTAMP(6); ts9 TIMESTAMP(9); l3 TIMESTAMP_LTZ(3); l6 TIMESTAMP_LTZ(6)";

pub(super) const NESTED: &str = "id INT; a ARRAY<INT>; m MAP<STRING, BIGINT>; r ROW<x INT, y STRING>; \
    ar ARRAY<ROW<k STRING, v ARRAY<DATE>>>; mr MAP<INT, ROW<a DECIMAL(10, 2), b TIMESTAMP(3)>>; \
    aa ARRAY<ARRAY<BYTES>>";

/// Writes the same random rows with both and compares rows, files, snapshots and schema.
pub(super) fn compare(
    test: &str,
    spec: &Spec,
    commits: usize,
    mut row: impl FnMut(&mut Random, &[DataField]) -> Value,
) {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::new(test);
    let ours = Case::ours(spec);
    let javas = Case::javas(&mut oracle, spec);
    assert_eq!(schema(&ours.directory(), 0), schema(&javas.directory(), 0), "{test}: schema");
    let fields = ours.fields();
    for commit in 1..=commits {
        let rows: Vec<Value> = (0..40).map(|_| row(&mut random, &fields)).collect();
        ours.write(&rows);
        javas.java_writes(&mut oracle, &rows);
        let expected = javas.java_reads(&mut oracle);
        for (who, got) in [("Java", ours.java_reads(&mut oracle)), ("we", ours.read())] {
            if let Some(how) = difference(&got, &expected) {
                panic!("{test}, commit {commit}: {who} read our table: {how}");
            }
        }
        let got = javas.read();
        if let Some(how) = difference(&got, &expected) {
            panic!("{test}, commit {commit}: we read Java's table: {how}");
        }
    }
    let (got, expected) = (ours.files(&mut oracle), javas.files(&mut oracle));
    assert_eq!(got.len(), expected.len(), "{test}: number of files");
    let mut wrong = BTreeSet::new();
    for (got, expected) in got.iter().zip(&expected) {
        differing_fields(got, expected, &mut wrong);
    }
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{test}: files differ from Java's:\n  {}", wrong.join("\n  "));
    assert_eq!(ours.snapshots(&mut oracle), javas.snapshots(&mut oracle), "{test}: snapshots");
}

/// What differs in the metadata of a file: fields, and of those with a value per column, the columns.
fn differing_fields(got: &str, expected: &str, wrong: &mut BTreeSet<String>) {
    let got: Value = serde_json::from_str(got).expect("JSON");
    let expected: Value = serde_json::from_str(expected).expect("JSON");
    let mut explained = false;
    for (key, javas) in expected.as_object().expect("an object") {
        let ours = &got[key];
        if ours == javas || (explained && key == "bytes") {
            continue; // other bytes are no news when the values in them are others
        }
        explained = true;
        match (ours.as_object(), javas.as_object()) {
            (Some(ours), Some(javas)) => {
                let other = javas.iter().filter(|(column, value)| ours.get(*column) != Some(value));
                wrong.extend(other.map(|(column, value)| {
                    let ours = ours.get(column).unwrap_or(&Value::Null);
                    format!("{key} of {column}: {ours}, in Java {value}")
                }));
                wrong
                    .extend((ours.len() != javas.len()).then(|| format!("{key} of other columns")));
            }
            _ => {
                wrong.insert(format!("{key}: {ours}, in Java {javas}"));
            }
        }
    }
}

pub(super) fn any(random: &mut Random, fields: &[DataField]) -> Value {
    row(random.row(fields), "+I")
}

/// Rows of few keys, a third of them updates and deletes.
pub(super) fn keyed(random: &mut Random, fields: &[DataField]) -> Value {
    let mut fields = random.row(fields);
    if fields["id"].is_number() {
        fields.insert("id".into(), json!(random.below(30)));
    }
    row(fields, ["+I", "+I", "+I", "+U", "-D", "-U"][random.below(6)])
}

#[test]
fn append() {
    compare("append", &Spec { columns: FLAT, ..Spec::default() }, 3, any);
}

#[test]
fn append_nested() {
    compare("append_nested", &Spec { columns: NESTED, ..Spec::default() }, 2, any);
}

#[test]
fn append_in_buckets() {
    for key in ["id", "s", "bi,dt", "d38", "ts3,ts9", "by", "b,ti,si", "f,d,t3,l6"] {
        let options = format!("bucket=3; bucket-key={key}");
        let spec = Spec { columns: FLAT, options: leak(options), ..Spec::default() };
        compare(&format!("append_in_buckets by {key}"), &spec, 1, any);
    }
}

/// Few partitions: of more than ten, Java's writer writes rows again on the way and counts them twice.
#[test]
fn append_in_partitions() {
    for partitions in ["s", "dt,id", "b,ti,si", "bi,d18", "vc,dt"] {
        let keys: Vec<&str> = partitions.split(',').collect();
        let spec = Spec { columns: FLAT, partitions, ..Spec::default() };
        let mut known: Vec<Vec<Value>> = Vec::new();
        compare(&format!("append_in_partitions by {partitions}"), &spec, 1, |random, fields| {
            let mut fields = random.row(fields);
            if known.len() < 8 {
                known.push(keys.iter().map(|k| fields[*k].clone()).collect());
            }
            let partition = known[random.below(known.len())].clone();
            fields.extend(keys.iter().map(|k| (*k).to_owned()).zip(partition));
            row(fields, "+I")
        });
    }
}

#[test]
fn append_with_other_statistics() {
    for options in [
        "metadata.stats-mode=full",
        "metadata.stats-mode=none",
        "metadata.stats-mode=counts",
        "metadata.stats-mode=truncate(4)",
        "metadata.stats-dense-store=false",
        "fields.s.stats-mode=none; fields.id.stats-mode=full",
        "file.compression=snappy",
        "file.compression=none",
        "manifest.compression=null",
        "parquet.page.row.count.limit=7; parquet.enable.dictionary=false",
        "parquet.bloom.filter.enabled#s=true; parquet.bloom.filter.expected.ndv#s=100",
        "parquet.compression=snappy; parquet.page.size=128; parquet.block.size=4096",
        "data-file.prefix=part-; file.suffix.include.compression=true; data-file.path-directory=data",
    ] {
        let spec = Spec { columns: FLAT, options, ..Spec::default() };
        compare(&format!("append with {options}"), &spec, 1, any);
    }
}

#[test]
fn append_in_every_codec() {
    for (format, codecs) in [
        ("parquet", &["gzip", "lz4", "zstd", "snappy", "none"][..]),
        ("avro", &["zstd", "snappy", "deflate", "bzip2", "null"][..]),
    ] {
        for codec in codecs {
            let options = format!(
                "file.format={format}; file.compression={codec}; file.compression.zstd-level=9"
            );
            let spec = Spec { columns: NESTED, options: leak(options), ..Spec::default() };
            compare(&format!("append in {format} with {codec}"), &spec, 1, any);
        }
    }
}

/// Java would compact by itself after some commits; a write-only table does not.
const WRITE_ONLY: &str = "bucket=1; write-only=true";

#[test]
fn primary_key() {
    let columns = leak(FLAT.replacen("id INT", "id INT NOT NULL", 1));
    let spec = Spec { columns, key: "id", options: WRITE_ONLY, ..Spec::default() };
    compare("primary_key", &spec, 4, keyed);
}

#[test]
fn primary_key_thin() {
    let columns = leak(FLAT.replacen("id INT", "id INT NOT NULL", 1));
    let options = "bucket=1; write-only=true; data-file.thin-mode=true";
    let spec = Spec { columns, key: "id", options, ..Spec::default() };
    compare("primary_key_thin", &spec, 2, keyed);
}

#[test]
fn primary_key_nested() {
    let columns = leak(NESTED.replacen("id INT", "id INT NOT NULL", 1));
    let spec = Spec { columns, key: "id", options: WRITE_ONLY, ..Spec::default() };
    compare("primary_key_nested", &spec, 2, keyed);
}

#[test]
fn primary_key_of_every_type() {
    for data_type in [
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INT",
        "BIGINT",
        "DECIMAL(9, 2)",
        "DECIMAL(38, 10)",
        "CHAR(5)",
        "STRING",
        "BINARY(4)",
        "BYTES",
        "DATE",
        "TIME(3)",
        "TIMESTAMP(3)",
        "TIMESTAMP(6)",
        "TIMESTAMP(9)",
        "TIMESTAMP_LTZ(3)",
        "TIMESTAMP_LTZ(6)",
    ] {
        let columns = leak(format!("v STRING; k {data_type} NOT NULL; n INT"));
        let options = "bucket=2; write-only=true";
        let spec = Spec { columns, key: "k", options, ..Spec::default() };
        let mut known: Vec<Value> = Vec::new();
        compare(&format!("primary_key {data_type}"), &spec, 2, |random, fields| {
            let mut fields = random.row(fields);
            if !known.is_empty() && random.one_in(2) {
                fields.insert("k".into(), known[random.below(known.len())].clone());
            }
            known.push(fields["k"].clone());
            row(fields, if random.one_in(5) { "-D" } else { "+I" })
        });
    }
}

#[test]
fn primary_key_in_partitions_and_buckets() {
    let spec = Spec {
        columns: "v DOUBLE; s STRING NOT NULL; d DECIMAL(20, 2) NOT NULL; p DATE NOT NULL; n INT",
        key: "p,s,d",
        partitions: "p",
        options: "bucket=2; write-only=true",
    };
    let mut known: Vec<[Value; 3]> = Vec::new();
    compare("primary_key_in_partitions_and_buckets", &spec, 3, |random, fields| {
        let mut fields = random.row(fields);
        fields.insert("p".into(), json!(["1969-12-31", "2024-02-29"][random.below(2)]));
        if !known.is_empty() && random.one_in(2) {
            let [s, d, p] = known[random.below(known.len())].clone();
            fields.extend([("s".into(), s), ("d".into(), d), ("p".into(), p)]);
        }
        known.push([fields["s"].clone(), fields["d"].clone(), fields["p"].clone()]);
        row(fields, if random.one_in(5) { "-D" } else { "+I" })
    });
}

#[test]
fn sequence_field() {
    let spec = Spec {
        columns: "id INT NOT NULL; n BIGINT; v STRING",
        key: "id",
        options: "bucket=1; write-only=true; sequence.field=n",
        ..Spec::default()
    };
    compare("sequence_field", &spec, 3, |random, fields| {
        let mut fields = random.row(fields);
        fields.insert("id".into(), json!(random.below(10)));
        fields.insert("n".into(), json!(random.below(20)));
        row(fields, if random.one_in(6) { "-D" } else { "+I" })
    });
}

/// Java's write buffer takes no notice of the order and keeps the greatest of a key's rows in one commit, where its
/// reader, and we in both places, keep the least. So each commit here has a key once.
#[test]
fn sequence_field_descending() {
    let spec = Spec {
        columns: "id INT NOT NULL; n BIGINT; v STRING",
        key: "id",
        options: "bucket=1; write-only=true; sequence.field=n; sequence.field.sort-order=descending",
        ..Spec::default()
    };
    let mut id = 0;
    compare("sequence_field_descending", &spec, 4, |random, fields| {
        let mut fields = random.row(fields);
        id = (id + 1) % 40;
        fields.insert("id".into(), json!(id));
        fields.insert("n".into(), json!(random.below(20)));
        row(fields, if random.one_in(6) { "-D" } else { "+I" })
    });
}

/// Specs live as long as the test.
fn leak(text: String) -> &'static str {
    text.leak()
}
