//! The same for tables whose data files are Avro.

use serde_json::json;

use super::case::{Spec, row};
use super::rows::{NESTED, any, compare, keyed};

/// Every type that can stand in an Avro column.
const FLAT: &str = "id INT; b BOOLEAN; ti TINYINT; si SMALLINT; bi BIGINT; f FLOAT; d DOUBLE; \
    d9 DECIMAL(9, 2); d18 DECIMAL(18, 4); d38 DECIMAL(38, 10); c CHAR(5); vc VARCHAR(30); s STRING; \
    bin BINARY(4); vb VARBINARY(20); by BYTES; dt DATE; t0 TIME(0); t3 TIME(3); ts0 TIMESTAMP(0); \
    ts3 TIMESTAMP(3); ts6 TIMESTAMP(6); l3 TIMESTAMP_LTZ(3); l6 TIMESTAMP_LTZ(6)";

#[test]
fn append() {
    let options = "file.format=avro";
    compare("avro append", &Spec { columns: FLAT, options, ..Spec::default() }, 3, any);
}

#[test]
fn append_nested() {
    let options = "file.format=avro; file.compression=snappy";
    compare("avro append_nested", &Spec { columns: NESTED, options, ..Spec::default() }, 2, any);
}

#[test]
fn primary_key() {
    let options = "file.format.per.level=0:avro; bucket=2; file.compression=deflate";
    let spec = Spec { columns: FLAT, key: "id", options, ..Spec::default() };
    compare("avro primary_key", &spec, 2, keyed);
}

/// What is kept of the columns of a key, which may be longer than a cut text.
#[test]
fn primary_key_with_other_statistics() {
    let columns = "k STRING; id INT; v STRING; w STRING; x INT";
    for more in [
        "data-file.thin-mode=false",
        "data-file.thin-mode=true",
        "metadata.stats-mode=counts; fields.w.stats-mode=full",
        "metadata.stats-mode=full; metadata.stats-keep-first-n-columns=3",
        "metadata.stats-mode=none; fields.id.stats-mode=full",
    ] {
        let options = format!("file.format=avro; bucket=1; {more}").leak();
        let spec = Spec { columns, key: "k,id", options, ..Spec::default() };
        compare(&format!("avro statistics: {more}"), &spec, 1, |random, fields| {
            let mut made = random.row(fields);
            made.insert("id".into(), json!(random.below(50)));
            made.insert("k".into(), json!(format!("{:040}", random.below(1000))));
            row(made, "+I")
        });
    }
}

#[test]
fn postponed() {
    let options = "bucket=-2; metadata.stats-mode=full";
    let spec = Spec { columns: FLAT, key: "id", options, ..Spec::default() };
    compare("avro postponed", &spec, 2, keyed);
}
