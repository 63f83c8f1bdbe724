//! Random tables beyond those of [`super::shape`]: every type as key and partition, deeper nesting, options seldom set.

use rimon_integration_tests::random::Random;

use super::options::options;
use super::shape::Shape;

const KEYS: [&str; 24] = [
    "TINYINT",
    "SMALLINT",
    "INT",
    "BIGINT",
    "FLOAT",
    "DOUBLE",
    "BOOLEAN",
    "DECIMAL(4, 0)",
    "DECIMAL(18, 18)",
    "DECIMAL(19, 4)",
    "DECIMAL(38, 38)",
    "CHAR(1)",
    "VARCHAR(3)",
    "STRING",
    "BINARY(1)",
    "BINARY(9)",
    "BYTES",
    "DATE",
    "TIME(0)",
    "TIMESTAMP(0)",
    "TIMESTAMP(4)",
    "TIMESTAMP(9)",
    "TIMESTAMP_LTZ(3)",
    "TIMESTAMP_LTZ(9)",
];

const PARTITIONS: [&str; 17] = [
    "TINYINT",
    "SMALLINT",
    "INT",
    "BIGINT",
    "FLOAT",
    "DOUBLE",
    "BOOLEAN",
    "DECIMAL(5, 2)",
    "DECIMAL(30, 10)",
    "CHAR(3)",
    "VARCHAR(8)",
    "STRING",
    "DATE",
    "TIME(3)",
    "TIMESTAMP(3)",
    "TIMESTAMP(6)",
    "TIMESTAMP_LTZ(6)",
];

const VALUES: [&str; 38] = [
    "INT",
    "STRING",
    "DECIMAL(1, 0)",
    "DECIMAL(18, 18)",
    "DECIMAL(19, 0)",
    "DECIMAL(38, 38)",
    "CHAR(1)",
    "VARCHAR(1)",
    "BINARY(1)",
    "BINARY(17)",
    "TIME(1)",
    "TIMESTAMP(1)",
    "TIMESTAMP(4)",
    "TIMESTAMP(8)",
    "TIMESTAMP_LTZ(1)",
    "TIMESTAMP_LTZ(5)",
    "TIMESTAMP_LTZ(9)",
    "ARRAY<INT NOT NULL>",
    "ARRAY<BOOLEAN>",
    "ARRAY<DOUBLE>",
    "ARRAY<DECIMAL(38, 10)>",
    "ARRAY<TIMESTAMP(9)>",
    "ARRAY<TIMESTAMP_LTZ(6)>",
    "ARRAY<BINARY(3)>",
    "ARRAY<ARRAY<ARRAY<STRING>>>",
    "ARRAY<MAP<STRING, ARRAY<TIME(3)>>>",
    "ARRAY<MULTISET<DATE>>",
    "MAP<STRING, STRING NOT NULL>",
    "MAP<DATE, ARRAY<DECIMAL(20, 5)>>",
    "MAP<TIME(3), TIMESTAMP(6)>",
    "MAP<TIMESTAMP(3), MAP<INT, ARRAY<BYTES>>>",
    "MAP<BOOLEAN, ROW<a TINYINT NOT NULL, b ARRAY<FLOAT>>>",
    "MULTISET<INT>",
    "MULTISET<BIGINT>",
    "ROW<a ROW<b ROW<c ROW<d ARRAY<MAP<STRING, INT>>>>>>",
    "ROW<a INT NOT NULL, b ROW<x DATE, y TIMESTAMP_LTZ(3)>, c MULTISET<STRING>>",
    "ROW<k DECIMAL(38, 10), t TIME(0), n TIMESTAMP(9), f FLOAT, y BINARY(2)>",
    "ARRAY<ROW<a CHAR(2), m MAP<INT, ROW<z BIGINT, w ARRAY<SMALLINT>>>>>",
];

impl Shape {
    /// A table of the rarer kind.
    pub(super) fn wide(random: &mut Random) -> Self {
        let keyed = !random.one_in(3);
        let mut shape = Self::default();
        for i in 0..[0, 1, 1, 2, 3][random.below(5)] {
            shape.partitions.push(format!("p{i}"));
            shape.add(random, &format!("p{i}"), &PARTITIONS, keyed);
        }
        if keyed {
            for i in 0..1 + random.below(4) {
                shape.key.push(format!("k{i}"));
                shape.add(random, &format!("k{i}"), &KEYS, true);
            }
            shape.key.extend(shape.partitions.clone());
            random.shuffle(&mut shape.key);
        }
        for i in 0..1 + random.below(10) {
            shape.add(random, &format!("c{i}"), &VALUES, false);
        }
        options(random, &mut shape);
        rare(random, &mut shape);
        shape.allow_avro();
        random.shuffle(&mut shape.columns);
        shape
    }

    /// Java writes no nanoseconds to Avro, and no multisets but of texts.
    fn allow_avro(&mut self) {
        let avro = |(key, value): (&String, &String)| {
            (key.starts_with("file.format") || key == "changelog-file.format")
                && value.contains("avro")
        };
        if !self.options.iter().any(avro) {
            return;
        }
        for (_, data_type) in &mut self.columns {
            for element in ["INT", "BIGINT", "DATE"] {
                *data_type = data_type.replace(&format!("MULTISET<{element}>"), "MULTISET<STRING>");
            }
            for digits in ["(9)", "(8)"] {
                for word in ["TIMESTAMP", "TIMESTAMP_LTZ"] {
                    *data_type =
                        data_type.replace(&format!("{word}{digits}"), &format!("{word}(6)"));
                }
            }
        }
    }
}

/// Options that [`options`] does not set.
fn rare(random: &mut Random, shape: &mut Shape) {
    if shape.keyed() && random.one_in(3) {
        shape.set("file.format.per.level", "0:avro,3:orc,4:parquet,5:orc");
        shape.set("file.compression.per.level", "0:snappy,3:zstd,5:snappy");
        shape.options.remove("file.compression");
    }
    if shape.keyed() && random.one_in(4) {
        shape.set("metadata.stats-mode.per.level", "0:none,5:full");
    }
    if random.one_in(3) {
        let mode = random.pick(&["none", "counts", "truncate(2)", "full"]);
        let column = shape.columns[random.below(shape.columns.len())].0.clone();
        shape.set(&format!("fields.{column}.stats-mode"), mode);
    }
    if random.one_in(6) {
        shape.set("metadata.stats-keep-first-n-columns", "2");
    }
    if shape.option("file.format") == "parquet" {
        parquet(random, shape);
    }
    if shape.option("file.format") == "orc" && random.one_in(2) {
        shape.set("orc.stripe.size", "4096");
        shape.set("orc.dictionary.key.threshold", random.pick(&["0", "1"]));
    }
    if random.one_in(8) {
        shape.set("manifest.format", random.pick(&["orc", "parquet"]));
    }
    if random.one_in(8) && !shape.keyed() {
        shape.set("row-tracking.enabled", "true");
    }
    if shape.option("deletion-vectors.enabled") == "true" && random.one_in(3) {
        shape.set("deletion-vector.index-file.target-size", "100 b");
    }
    if shape.keyed() && random.one_in(4) {
        shape.set("changelog-file.format", random.pick(&["avro", "orc", "parquet"]));
        shape.set("changelog-producer.row-deduplicate", random.pick(&["true", "false"]));
    }
    if shape.option("merge-engine") == "aggregation" && random.one_in(3) {
        shape.set("fields.default-aggregate-function", random.pick(&["last_value", "first_value"]));
    }
    if random.one_in(8) {
        shape.set("index-file-in-data-file-dir", "true");
    }
}

/// How Parquet files are written: many small row groups and pages, without dictionaries, in the newer version.
fn parquet(random: &mut Random, shape: &mut Shape) {
    for (key, value) in [
        ("parquet.block.size", "1024"),
        ("parquet.page.size", "128"),
        ("parquet.page.row.count.limit", "5"),
        ("parquet.enable.dictionary", "false"),
        ("parquet.writer.version", "PARQUET_2_0"),
        ("parquet.bloom.filter.enabled", "true"),
    ] {
        if random.one_in(3) {
            shape.set(key, value);
        }
    }
}
