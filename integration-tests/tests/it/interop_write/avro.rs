//! The same for tables whose data files are Avro.

use super::case::Spec;
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
