//! Tables of first rows, which writers compact: our writer and Java's keep one tree between them.

use std::collections::{BTreeMap, BTreeSet};

use rimon_integration_tests::command::sql_ok;
use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use rimon_spec::{DataField, DataFileMeta, DataType, Predicate, Value as Scalar};
use rimon_table::plan::live_files;
use serde_json::{Map, Value, json};

use super::case::{Case, Spec, TABLE, row};
use super::rows::compare;
use crate::tables::{difference, open, runtime};

const COLUMNS: &str = "id INT NOT NULL; k STRING NOT NULL; p INT NOT NULL; a INT; b STRING; d DECIMAL(20, 3); \
    ts TIMESTAMP(6); x DOUBLE; y BYTES";

const ROUNDS: usize = 20;

/// The first row of each key.
#[derive(Debug, Default)]
struct Model {
    rows: BTreeMap<Vec<String>, Map<String, Value>>,
}

impl Model {
    fn apply(&mut self, key: &str, rows: &[Value]) {
        for row in rows {
            let mut row = row.as_object().expect("a row").clone();
            if row.shift_remove("_kind").is_some_and(|kind| kind == "-D" || kind == "-U") {
                continue;
            }
            let key = key.split(',').map(|k| row[k.trim()].to_string()).collect();
            self.rows.entry(key).or_insert(row);
        }
    }

    fn lines(&self, fields: &[DataField]) -> Vec<String> {
        let line = |row: &Map<String, Value>| {
            let mut line = Map::new();
            line.insert("_kind".into(), json!("+I"));
            for field in fields {
                line.insert(field.name.clone(), row.get(&field.name).cloned().unwrap_or_default());
            }
            Value::Object(line).to_string()
        };
        let mut lines: Vec<String> = self.rows.values().map(line).collect();
        lines.sort();
        lines
    }
}

/// First and last key of a file, and its name.
type KeyRange = (Vec<Scalar>, Vec<Scalar>, String);

/// The trees of a table, by partition and bucket.
fn trees(case: &Case) -> BTreeMap<(Vec<u8>, i32), Vec<DataFileMeta>> {
    runtime().block_on(async {
        let table = open(&case.directory()).await.expect("a table");
        let mut trees: BTreeMap<_, Vec<DataFileMeta>> = BTreeMap::new();
        let Some(snapshot) = table.snapshots().latest().await.expect("a snapshot") else {
            return trees;
        };
        let live = live_files(&table, &snapshot, &Predicate::True).await.expect("files");
        for entry in live.entries {
            let id = (entry.partition.as_bytes().to_vec(), entry.bucket);
            trees.entry(id).or_default().push(entry.file);
        }
        trees
    })
}

/// No two files of a level above 0 have a key in common, and no key is there twice: `keys` are all there are.
fn assert_sound(case: &Case, keys: usize, emptied: bool, what: &str) {
    let types: Vec<DataType> = runtime().block_on(async {
        let table = open(&case.directory()).await.expect("a table");
        table.schema().key_fields().iter().map(|f| f.data_type.clone()).collect()
    });
    let order = |a: &[Scalar], b: &[Scalar]| {
        let orders = a.iter().zip(b).map(|(a, b)| a.compare(b));
        orders.into_iter().find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    };
    let mut rows = 0;
    for ((_, bucket), files) in trees(case) {
        let mut levels: BTreeMap<i32, Vec<KeyRange>> = BTreeMap::new();
        for file in files {
            assert!(!emptied || file.level > 0, "{what}: {} is left in level 0", file.file_name);
            if file.level == 0 {
                continue;
            }
            rows += file.row_count as usize;
            assert_eq!(file.delete_row_count, Some(0), "{what}: {}", file.file_name);
            let decode = |key: &rimon_spec::BinaryRow| key.decode(&types).expect("a key");
            let range = (decode(&file.min_key), decode(&file.max_key), file.file_name);
            levels.entry(file.level).or_default().push(range);
        }
        for (level, mut files) in levels {
            files.sort_by(|a, b| order(&a.0, &b.0));
            for pair in files.windows(2) {
                let apart = order(&pair[0].1, &pair[1].0).is_lt();
                assert!(apart, "{what}: bucket {bucket}, level {level}: {pair:?} overlap");
            }
        }
    }
    if emptied {
        assert_eq!(rows, keys, "{what}: rows of all files");
    }
}

fn rows(random: &mut Random, fields: &[DataField], deletes: bool) -> Vec<Value> {
    // many keys now and then, so that runs are of very different sizes
    let (most, keys) = if random.one_in(4) { (400, 2_000) } else { (25, 150) };
    (0..random.below(most) + 1)
        .map(|_| {
            let mut made = random.row(fields);
            let id = random.below(keys);
            made.insert("id".into(), json!(id));
            if made.contains_key("k") {
                made.insert("k".into(), json!(format!("key-{}", id % 7)));
                made.insert("p".into(), json!(id % 2));
            }
            let kind = if deletes && random.one_in(6) { "-D" } else { "+I" };
            row(made, kind)
        })
        .collect()
}

/// We and Java write and compact in turn; after each move both read the first row of each key, and the tree is sound.
fn play(test: &str, spec: &Spec, java_writes: bool) {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::new(test);
    let case = Case::ours(spec);
    let fields = case.fields();
    let mut model = Model::default();
    let mut history = Vec::new();
    for round in 1..=ROUNDS {
        let deletes = spec.options.contains("ignore-delete");
        let rows = rows(&mut random, &fields, deletes);
        // in turn, so that each meets what the other has made
        let ours = round % 2 == 1 || !java_writes;
        if ours {
            history.push(format!("we write {}", rows.len()));
            case.write(&rows);
        } else {
            history.push(format!("Java writes {}", rows.len()));
            case.java_writes(&mut oracle, &rows);
        }
        model.apply(spec.key, &rows);
        if random.one_in(5) {
            let mode = if random.one_in(2) { "full" } else { "minor" };
            history.push(format!("Java compacts, {mode}"));
            oracle.run(&case.warehouse(), TABLE, "compact", json!({"mode": mode}));
        }
        let what = format!("{test}, round {round} ({})", history.join(", "));
        assert_sound(&case, model.rows.len(), true, &what);
        let expected = model.lines(&fields);
        for (who, got) in [("we", case.read()), ("Java", case.java_reads(&mut oracle))] {
            if let Some(how) = difference(&got, &expected) {
                panic!("{what}: {who} read {how}");
            }
        }
    }
}

#[test]
fn a_bucket_passes_between_us_and_java() {
    let options = "bucket=1; merge-engine=first-row";
    let spec = Spec { columns: COLUMNS, key: "id", options, ..Spec::default() };
    play("compacting_bucket", &spec, true);
}

#[test]
fn partitions_with_small_files_pass_between_us_and_java() {
    let options = "bucket=2; merge-engine=first-row; target-file-size=6 kb; num-sorted-run.compaction-trigger=3; \
        first-row.ignore-delete=true; compaction.max-size-amplification-percent=60; compaction.size-ratio=20";
    let spec = Spec { columns: COLUMNS, key: "id,k,p", partitions: "p", options };
    play("compacting_partitions", &spec, true);
}

#[test]
fn avro_and_levels_of_several_formats_pass_between_us_and_java() {
    for (test, options) in [
        ("compacting_avro", "bucket=1; merge-engine=first-row; file.format=avro; num-levels=4"),
        (
            "compacting_formats",
            "bucket=1; merge-engine=first-row; file.format.per.level=0:avro; \
                file.compression.per.level=5:snappy; num-sorted-run.compaction-trigger=2; data-file.thin-mode=true",
        ),
        (
            "compacting_spilled",
            "bucket=2; merge-engine=first-row; write-buffer-size=64 kb; page-size=4 kb; compaction.force-rewrite-all-files=true; \
                compaction.incremental-size-threshold=40 kb; metadata.stats-mode.per.level=5:none",
        ),
    ] {
        play(test, &Spec { columns: COLUMNS, key: "k,id", options, ..Spec::default() }, true);
    }
}

#[test]
fn dynamic_buckets_pass_between_us_and_java() {
    let options = "bucket=-1; merge-engine=first-row; dynamic-bucket.target-row-num=60";
    play(
        "compacting_dynamic",
        &Spec { columns: COLUMNS, key: "id,p", partitions: "p", options },
        true,
    );
}

#[test]
fn keys_stay_in_the_partition_of_their_first_row() {
    let options = "bucket=-1; merge-engine=first-row; dynamic-bucket.target-row-num=60";
    let columns = "id INT NOT NULL; part INT NOT NULL; a STRING";
    play("compacting_moving", &Spec { columns, key: "id", partitions: "part", options }, true);
}

/// Both writers make the same tree of the same rows where sizes do not decide.
#[test]
fn files_are_those_of_java() {
    for options in [
        "bucket=1; merge-engine=first-row",
        "bucket=2; merge-engine=first-row; ignore-delete=true; compaction.size-ratio=100000",
        "bucket=1; merge-engine=first-row; file.format=avro; num-sorted-run.compaction-trigger=100; num-levels=7",
    ] {
        let spec = Spec { columns: COLUMNS, key: "id", options, ..Spec::default() };
        let deletes = options.contains("ignore-delete");
        compare("compacting_files", &spec, 4, |random, fields| {
            let mut made = random.row(fields);
            made.insert("id".into(), json!(random.below(120)));
            let kinds = if deletes { &["+I", "+U", "-D"][..] } else { &["+I", "+U"] };
            let kind = random.pick(kinds).to_owned();
            row(made, &kind)
        });
    }
}

#[test]
fn sql_shows_first_rows_at_once() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let options = "bucket=2; merge-engine=first-row";
    let columns = "id INT NOT NULL; a STRING";
    let case = Case::ours(&Spec { columns, key: "id", options, ..Spec::default() });
    let sql = |text: &str| sql_ok(&case.warehouse(), "csv", text);
    for round in 0..6 {
        sql(&format!("INSERT INTO {TABLE} VALUES (1, 'r{round}'), ({round}, 'own'), (7, 'x')"));
        let shown = sql(&format!("SELECT id, a FROM {TABLE} WHERE id = 1"));
        assert_eq!(shown, "id,a\n1,r0\n");
        let keys: BTreeSet<i32> = (0..=round).chain([1, 7]).collect();
        assert_sound(&case, keys.len(), true, "sql");
        oracle.run(
            &case.warehouse(),
            TABLE,
            "write",
            json!({"rows": [{"id": 1, "a": "java"}, {"id": round, "a": "java"}]}),
        );
    }
    assert_eq!(case.read(), case.java_reads(&mut oracle));
    // what replaces all rows comes compacted, in one snapshot
    let before = case.snapshots(&mut oracle).len();
    sql(&format!("INSERT OVERWRITE {TABLE} VALUES (1, 'new'), (1, 'newer'), (2, 'two')"));
    assert_eq!(case.snapshots(&mut oracle).len(), before + 1);
    assert_eq!(sql(&format!("SELECT id, a FROM {TABLE} ORDER BY id")), "id,a\n1,new\n2,two\n");
    assert_eq!(case.read(), case.java_reads(&mut oracle));
    assert_sound(&case, 2, true, "overwritten");
}
