//! Merge engines that combine rows: our files hold what Java's hold, and tables pass between both.

use std::collections::BTreeMap;

use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use rimon_spec::DataField;
use serde_json::{Map, Value, json};

use super::case::{Case, Spec, TABLE, row};
use super::rows::compare;
use crate::tables::difference;

type Fields = Map<String, Value>;

/// A random row of few keys, in which `set` then changes what must be small.
fn few(
    random: &mut Random,
    fields: &[DataField],
    set: impl Fn(&mut Random, &mut Fields),
    kinds: &[&str],
) -> Value {
    let mut fields = random.row(fields);
    fields.insert("id".into(), json!(random.below(12)));
    set(random, &mut fields);
    let kind = kinds[random.below(kinds.len())];
    row(fields, kind)
}

/// Small numbers, or null, in columns.
fn numbers(random: &mut Random, fields: &mut Fields, columns: &[&str], below: usize) {
    for column in columns {
        let value = if random.one_in(5) { Value::Null } else { json!(random.below(below)) };
        fields.insert((*column).to_owned(), value);
    }
}

#[test]
fn partial_update() {
    let spec = Spec {
        columns: "id INT NOT NULL; a INT; b STRING; c DOUBLE; d DECIMAL(20, 3); e ARRAY<INT>",
        key: "id",
        options: "bucket=1; write-only=true; merge-engine=partial-update; \
            partial-update.remove-record-on-delete=true",
        ..Spec::default()
    };
    compare("partial_update", &spec, 4, |random, fields| {
        few(random, fields, |_, _| {}, &["+I", "+I", "+U", "+I", "-D", "-U"])
    });
}

#[test]
fn partial_update_that_ignores_deletes() {
    let spec = Spec {
        columns: "id INT NOT NULL; a INT; b STRING",
        key: "id",
        options: "bucket=1; write-only=true; merge-engine=partial-update; ignore-delete=true",
        ..Spec::default()
    };
    compare("partial_update_that_ignores_deletes", &spec, 3, |random, fields| {
        few(random, fields, |_, _| {}, &["+I", "+U", "-D"])
    });
}

#[test]
fn partial_update_with_sequence_groups() {
    for removes in ["", "; partial-update.remove-record-on-sequence-group=g2"] {
        let options = format!(
            "bucket=1; write-only=true; merge-engine=partial-update; fields.g1.sequence-group=a,b; \
             fields.g2.sequence-group=s,l,m; fields.s.aggregate-function=sum; \
             fields.l.aggregate-function=last_non_null_value; fields.m.aggregate-function=max; \
             fields.m.ignore-retract=true{removes}"
        );
        let spec = Spec {
            columns: "id INT NOT NULL; g1 INT; a STRING; b INT; x DATE; g2 BIGINT; s INT; l STRING; m INT",
            key: "id",
            options: options.leak(),
            ..Spec::default()
        };
        let small = |random: &mut Random, fields: &mut Fields| {
            numbers(random, fields, &["g1", "g2", "s", "m"], 7);
        };
        compare("partial_update_with_sequence_groups", &spec, 4, |random, fields| {
            few(random, fields, small, &["+I", "+I", "+U", "+I", "-D", "-U"])
        });
    }
}

const AGGREGATED: &str = "id INT NOT NULL; si INT; sl BIGINT; sd DOUBLE; sc DECIMAL(20, 4); mx STRING; mn DATE; lv INT; \
    lnn STRING; fv INT; fnn INT; la STRING; ba BOOLEAN; bo BOOLEAN; c ARRAY<INT>; cd ARRAY<STRING>; mm MAP<STRING, INT>; \
    nu ARRAY<ROW<k INT, v STRING>>; nk ARRAY<ROW<k INT, v STRING>>; d TIMESTAMP(6)";

const FUNCTIONS: &str = "fields.si.aggregate-function=sum; fields.sl.aggregate-function=sum; \
    fields.sd.aggregate-function=sum; fields.sc.aggregate-function=sum; fields.mx.aggregate-function=max; \
    fields.mn.aggregate-function=min; fields.lv.aggregate-function=last_value; \
    fields.lnn.aggregate-function=last_non_null_value; fields.fv.aggregate-function=first_value; \
    fields.fnn.aggregate-function=first_non_null_value; fields.la.aggregate-function=listagg; \
    fields.ba.aggregate-function=bool_and; fields.bo.aggregate-function=bool_or; \
    fields.c.aggregate-function=collect; fields.cd.aggregate-function=collect; fields.cd.distinct=true; \
    fields.mm.aggregate-function=merge_map; fields.nu.aggregate-function=nested_update; \
    fields.nk.aggregate-function=nested_update; fields.nk.nested-key=k; \
    fields.mx.ignore-retract=true; fields.mn.ignore-retract=true; fields.fv.ignore-retract=true; \
    fields.fnn.ignore-retract=true; fields.la.ignore-retract=true; fields.ba.ignore-retract=true; \
    fields.bo.ignore-retract=true; fields.sd.ignore-retract=true; fields.sc.ignore-retract=true";

fn aggregated(random: &mut Random, fields: &mut Fields) {
    numbers(random, fields, &["si", "sl", "lv", "fv", "fnn"], 100);
    fields.insert("la".into(), json!(format!("t{}", random.below(9))));
    fields.insert("sc".into(), json!(format!("{}.{:04}", random.below(99), random.below(9999))));
    for column in ["nu", "nk"] {
        let rows = (0..random.below(4)).map(|_| json!({"k": random.below(30), "v": "v"}));
        let rows: Vec<Value> = rows.collect();
        fields.insert(column.into(), json!(rows));
    }
    let texts: Vec<Value> =
        (0..random.below(9)).map(|_| json!(format!("e{}", random.below(30)))).collect();
    fields.insert("cd".into(), json!(texts));
}

#[test]
fn aggregation() {
    let options = format!("bucket=1; write-only=true; merge-engine=aggregation; {FUNCTIONS}");
    let spec = Spec { columns: AGGREGATED, key: "id", options: options.leak(), ..Spec::default() };
    compare("aggregation", &spec, 4, |random, fields| {
        few(random, fields, aggregated, &["+I", "+I", "+I", "+U", "-U", "-D"])
    });
}

#[test]
fn aggregation_by_sequence_that_removes_rows() {
    let spec = Spec {
        columns: "id INT NOT NULL; seq INT; s INT; f STRING; l STRING; m INT",
        key: "id",
        options: "bucket=1; write-only=true; merge-engine=aggregation; sequence.field=seq; \
            aggregation.remove-record-on-delete=true; fields.s.aggregate-function=sum; \
            fields.f.aggregate-function=first_value; fields.l.aggregate-function=last_value; \
            fields.m.aggregate-function=max",
        ..Spec::default()
    };
    let small = |random: &mut Random, fields: &mut Fields| {
        numbers(random, fields, &["seq", "s", "m"], 9);
    };
    compare("aggregation_by_sequence", &spec, 4, |random, fields| {
        few(random, fields, small, &["+I", "+I", "+I", "+U", "-D"])
    });
}

/// Two columns order the rows, one says their kind.
#[test]
fn aggregation_with_kinds_and_two_sequences_in_columns() {
    let spec = Spec {
        columns: "id INT NOT NULL; s1 INT; s2 DATE; rk STRING; s BIGINT; l STRING; c ARRAY<INT>",
        key: "id",
        options: "bucket=2; write-only=true; merge-engine=aggregation; sequence.field=s1,s2; rowkind.field=rk; \
            fields.s.aggregate-function=sum; fields.l.aggregate-function=last_value; \
            fields.c.aggregate-function=collect",
        ..Spec::default()
    };
    let small = |random: &mut Random, fields: &mut Fields| {
        numbers(random, fields, &["s1", "s"], 5);
        let kinds = ["+I", "+I", "+U", "-U", "-D"];
        fields.insert("rk".into(), json!(kinds[random.below(kinds.len())]));
    };
    compare("aggregation_with_kinds", &spec, 3, |random, fields| {
        few(random, fields, small, &["+I"])
    });
}

#[test]
fn first_row() {
    let spec = Spec {
        columns: "id INT NOT NULL; a INT; b STRING",
        key: "id",
        options: "bucket=1; write-only=true; merge-engine=first-row; ignore-delete=true",
        ..Spec::default()
    };
    compare("first_row", &spec, 3, |random, fields| {
        few(random, fields, |_, _| {}, &["+I", "+U", "-D"])
    });
}

/// What an engine makes of the row of a key so far and a new one.
type Merge = fn(&mut Fields, &Fields);

/// We and Java write in turn, Java compacts in between, and both read what the model says.
fn play(test: &str, spec: &Spec, merge: Merge) {
    let Some(mut oracle) = Oracle::shared() else { return };
    let mut random = Random::new(test);
    let case = Case::ours(spec);
    let mut model: BTreeMap<String, Fields> = BTreeMap::new();
    for round in 1..=20 {
        for _ in 0..2 {
            let small = |random: &mut Random, fields: &mut Fields| {
                numbers(random, fields, &["a", "b", "c"], 1000);
            };
            let fields = case.fields();
            let rows: Vec<Value> = (0..random.below(30) + 1)
                .map(|_| few(&mut random, &fields, small, &["+I", "+U"]))
                .collect();
            if random.one_in(2) {
                case.write(&rows);
            } else {
                case.java_writes(&mut oracle, &rows);
            }
            for row in &rows {
                let mut row = row.as_object().expect("a row").clone();
                row.shift_remove("_kind");
                match model.get_mut(&row["id"].to_string()) {
                    Some(so_far) => merge(so_far, &row),
                    None => drop(model.insert(row["id"].to_string(), row)),
                }
            }
        }
        // Rows of first-row are not read before they are compacted.
        if round % 3 == 0 || test.contains("first") {
            let mode = if random.one_in(2) { "full" } else { "minor" };
            oracle.run(&case.warehouse(), TABLE, "compact", json!({"mode": mode}));
        }
        let mut expected: Vec<String> = model.values().map(line).collect();
        expected.sort();
        for (who, got) in [("we", case.read()), ("Java", case.java_reads(&mut oracle))] {
            if let Some(how) = difference(&got, &expected) {
                panic!("{test}, round {round}: {who} read {how}");
            }
        }
    }
}

fn line(row: &Fields) -> String {
    let mut line = Map::new();
    line.insert("_kind".into(), json!("+I"));
    line.extend(row.clone());
    Value::Object(line).to_string()
}

fn overwrite(so_far: &mut Fields, row: &Fields) {
    for (column, value) in row.iter().filter(|(_, value)| !value.is_null()) {
        so_far.insert(column.clone(), value.clone());
    }
}

const PLAYED: &str = "id INT NOT NULL; a INT; b INT; c BIGINT; s STRING";

#[test]
fn a_partial_update_table_passes_between_us_and_java() {
    let options = "bucket=2; merge-engine=partial-update";
    let spec = Spec { columns: PLAYED, key: "id", options, ..Spec::default() };
    play("ping_pong_partial_update", &spec, overwrite);
}

#[test]
fn an_aggregation_table_passes_between_us_and_java() {
    let options = "bucket=2; merge-engine=aggregation; fields.a.aggregate-function=sum; \
        fields.b.aggregate-function=max; fields.c.aggregate-function=sum";
    let spec = Spec { columns: PLAYED, key: "id", options, ..Spec::default() };
    play("ping_pong_aggregation", &spec, |so_far, row| {
        let number = |fields: &Fields, column: &str| fields[column].as_i64();
        for column in ["a", "c"] {
            let sum = number(so_far, column).unwrap_or(0) + number(row, column).unwrap_or(0);
            if !so_far[column].is_null() || !row[column].is_null() {
                so_far.insert(column.to_owned(), json!(sum));
            }
        }
        so_far.insert("b".into(), json!(number(so_far, "b").max(number(row, "b"))));
        if !row["s"].is_null() {
            so_far.insert("s".into(), row["s"].clone());
        }
    });
}

#[test]
fn a_first_row_table_passes_between_us_and_java() {
    let options = "bucket=2; merge-engine=first-row; write-only=true";
    let spec = Spec { columns: PLAYED, key: "id", options, ..Spec::default() };
    play("ping_pong_first_row", &spec, |_, _| {});
}

/// What cannot be taken back is refused before anything is written, with column and row kind.
#[test]
fn what_cannot_be_taken_back_is_refused() {
    use crate::tables::{self, open, runtime};
    for (engine, words) in [
        ("merge-engine=aggregation; fields.a.aggregate-function=max", ["max", "a"]),
        ("merge-engine=partial-update", ["partial-update", "-D"]),
        ("merge-engine=first-row; write-only=true", ["first-row", "-D"]),
        (
            "merge-engine=partial-update; fields.b.sequence-group=a; fields.a.aggregate-function=min",
            ["min", "a"],
        ),
    ] {
        let options = format!("bucket=1; {engine}").leak();
        let case = Case::ours(&Spec { columns: PLAYED, key: "id", options, ..Spec::default() });
        let rows = [json!({"_kind": "-D", "id": 1, "a": 2, "b": 3, "c": 4, "s": "x"})];
        let directory = case.directory();
        let error = runtime().block_on(async {
            let table = open(&directory).await.expect("a table");
            let schema = rimon_format::arrow_schema::to_arrow_schema(&table.schema().fields);
            let rows =
                rimon_integration_tests::row::Rows::from_json(&rows, &schema.expect("types"));
            tables::write(&table, &rows).await.expect_err(engine)
        });
        let text = format!("{error} {error:?}");
        for word in words.iter().chain(&["-D"]) {
            assert!(text.contains(word), "{engine}: {text}");
        }
        assert!(case.read().is_empty(), "{engine}");
    }
}
