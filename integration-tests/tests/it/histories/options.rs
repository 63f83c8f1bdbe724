//! Random options of a table, such as Java accepts together.

use rimon_integration_tests::random::Random;

use super::merging::merging;
use super::shape::Shape;

/// Gives a table its options; columns that options need are added.
pub(super) fn options(random: &mut Random, shape: &mut Shape) {
    shape.kinds = vec!["+I"];
    formats(random, shape);
    layout(random, shape);
    indexes(random, shape);
    if shape.keyed() {
        key_options(random, shape);
        merging(random, shape);
    } else {
        append_options(random, shape);
    }
}

fn formats(random: &mut Random, shape: &mut Shape) {
    let format = random.pick(&["parquet", "parquet", "orc", "avro"]);
    shape.set("file.format", format);
    let codecs: &[&str] = match format {
        "parquet" => &["zstd", "snappy", "gzip", "lz4", "none"],
        "orc" => &["zstd", "snappy", "zlib", "lz4", "none"],
        _ => &["zstd", "snappy", "deflate", "bzip2", "null"],
    };
    if random.one_in(2) {
        shape.set("file.compression", random.pick(codecs));
    }
    if shape.keyed() && random.one_in(5) {
        let other = random.pick(&["parquet", "orc", "avro"]);
        let level = random.pick(&["0", "5"]);
        shape.set("file.format.per.level", format!("{level}:{other}"));
        shape.options.remove("file.compression");
    }
}

/// Where files are and what metadata says of them.
fn layout(random: &mut Random, shape: &mut Shape) {
    if random.one_in(3) {
        let mode = random.pick(&["none", "counts", "full", "truncate(4)"]);
        shape.set("metadata.stats-mode", mode);
    }
    if random.one_in(6) {
        shape.set("metadata.stats-dense-store", "false");
    }
    if random.one_in(4) {
        shape.set("manifest.merge-min-count", "2");
    }
    if random.one_in(6) {
        shape.set("manifest.delete-file-drop-stats", "true");
    }
    if random.one_in(6) {
        shape.set("manifest.compression", random.pick(&["none", "snappy", "gzip"]));
    }
    if random.one_in(6) {
        shape.set("data-file.prefix", "part-");
    }
    if random.one_in(8) {
        shape.set("data-file.path-directory", "data");
    }
    if random.one_in(8) {
        shape.set("file.suffix.include.compression", "true");
    }
    if random.one_in(4) {
        shape.set("target-file-size", random.pick(&["1 kb", "8 kb"]));
    }
    if random.one_in(3) {
        shape.set("source.split.target-size", "1 kb");
        shape.set("source.split.open-file-cost", "100 b");
    }
    if !shape.partitions.is_empty() {
        if random.one_in(4) {
            shape.set("partition.legacy-name", "false");
        }
        if random.one_in(6) {
            shape.set("partition.default-name", "__NONE__");
        }
    }
}

/// File indexes on columns of types that have them.
fn indexes(random: &mut Random, shape: &mut Shape) {
    if !random.one_in(4) {
        return;
    }
    let of = |words: &[&str]| -> Vec<String> {
        let columns = shape.columns.iter().filter(|(_, t)| words.iter().any(|w| t.starts_with(w)));
        columns.filter(|(_, t)| !t.contains('<')).map(|(n, _)| n.clone()).collect()
    };
    let numbers = of(&["INT", "BIGINT", "SMALLINT", "TINYINT", "DATE"]);
    let plain = of(&["INT", "BIGINT", "STRING", "VARCHAR", "DATE", "TIMESTAMP(3)"]);
    for (index, columns) in
        [("bloom-filter", &plain), ("bitmap", &plain), ("bsi", &numbers), ("range-bitmap", &plain)]
    {
        if random.one_in(2) && !columns.is_empty() {
            let name = columns[random.below(columns.len())].clone();
            shape.set(&format!("file-index.{index}.columns"), name);
        }
    }
    if random.one_in(2) {
        shape.set("file-index.in-manifest-threshold", random.pick(&["1 b", "10 kb"]));
    }
}

fn append_options(random: &mut Random, shape: &mut Shape) {
    if random.one_in(3) {
        shape.set("bucket", random.pick(&["1", "2", "3"]));
        let columns = shape.columns.iter();
        let plain: Vec<String> = columns
            .filter(|(n, t)| !t.contains('<') && !shape.partitions.contains(n))
            .map(|(n, _)| n.clone())
            .collect();
        let Some(name) = plain.first() else {
            shape.options.remove("bucket");
            return;
        };
        shape.set("bucket-key", name.clone());
        if random.one_in(3) {
            shape.set("bucket-append-ordered", "false");
        }
    }
    if random.one_in(3) {
        deletion_vectors(random, shape);
    }
    if random.one_in(5) {
        shape.set("compaction.min.file-num", "2");
    }
}

fn key_options(random: &mut Random, shape: &mut Shape) {
    if !shape.options.contains_key("bucket") {
        let bucket = random.pick(&["1", "1", "2", "2", "3", "-1", "-1", "-2"]);
        shape.set("bucket", bucket);
    }
    if shape.option("bucket") == "-1" && random.one_in(2) {
        shape.set("dynamic-bucket.target-row-num", "10");
    }
    let numeric = |t: &str| t.starts_with("INT") || t.starts_with("BIGINT");
    let keys: Vec<&(String, String)> =
        shape.columns.iter().filter(|(n, _)| n.starts_with('k')).collect();
    let mod_works = keys.len() == 1 && numeric(&keys[0].1);
    if !shape.option("bucket").starts_with('-') && random.one_in(5) {
        let function = if mod_works && random.one_in(2) { "mod" } else { "hive" };
        shape.set("bucket-function.type", function);
    }
    if random.one_in(3) {
        shape.set("num-sorted-run.compaction-trigger", random.pick(&["2", "3"]));
    }
    if random.one_in(5) {
        shape.set("num-levels", random.pick(&["3", "4"]));
    }
    if random.one_in(6) {
        shape.set("write-only", "true");
    }
    if random.one_in(8) {
        shape.set("data-file.thin-mode", "true");
    }
}

/// Deletion vectors of one of the two forms.
pub(super) fn deletion_vectors(random: &mut Random, shape: &mut Shape) {
    shape.set("deletion-vectors.enabled", "true");
    if random.one_in(2) {
        shape.set("deletion-vectors.bitmap64", "true");
    }
}
