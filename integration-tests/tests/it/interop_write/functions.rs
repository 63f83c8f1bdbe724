//! Aggregate functions that few tables use, on random rows: what we write Java reads as what it writes itself.

use rimon_integration_tests::random::Random;
use rimon_spec::index::union_bitmaps64;
use serde_json::{Map, Value, json};

use super::case::{Spec, row};
use super::rows::compare;

type Fields = Map<String, Value>;

/// Rows of few keys, whose columns `set` makes small, of kinds that all functions take.
fn play(
    name: &str,
    columns: &'static str,
    options: &str,
    set: fn(&mut Random, &mut Fields),
    kinds: &[&str],
) {
    let options = format!("bucket=1; write-only=true; merge-engine=aggregation; {options}").leak();
    let spec = Spec { columns, key: "id", options, ..Spec::default() };
    compare(name, &spec, 4, |random, fields| {
        let mut made = random.row(fields);
        made.insert("id".into(), json!(random.below(10)));
        set(random, &mut made);
        row(made, kinds[random.below(kinds.len())])
    });
}

const RETRACTS: [&str; 5] = ["+I", "+I", "+U", "-U", "-D"];
const INSERTS: [&str; 2] = ["+I", "+U"];

fn maybe(random: &mut Random, value: Value) -> Value {
    if random.one_in(6) { Value::Null } else { value }
}

#[test]
fn products() {
    let columns = "id INT NOT NULL; t TINYINT; s SMALLINT; i INT; b BIGINT; f FLOAT; d DOUBLE; c DECIMAL(38, 2)";
    let options = "fields.default-aggregate-function=product";
    play(
        "product",
        columns,
        options,
        |random, fields| {
            for column in ["t", "s", "i", "b", "f", "d", "c"] {
                // products of ones, twos and their negatives divide without a rest
                let value = ["1", "2", "-1", "1"][random.below(4)];
                let value = match column {
                    "f" | "d" => json!(format!("{value}e0")),
                    "c" => json!(format!("{value}.00")),
                    _ => json!(value.parse::<i32>().expect("a number")),
                };
                let value = if ["t", "s"].contains(&column) && value == json!(2) {
                    json!(1)
                } else {
                    value
                };
                fields.insert(column.into(), maybe(random, value));
            }
        },
        &RETRACTS,
    );
}

#[test]
fn sums_of_every_number() {
    let columns = "id INT NOT NULL; t TINYINT; s SMALLINT; i INT; b BIGINT; f FLOAT; d DOUBLE; c DECIMAL(18, 3)";
    play(
        "sums",
        columns,
        "fields.default-aggregate-function=sum",
        |random, fields| {
            for column in ["t", "s", "i", "b"] {
                let value = json!(random.below(9));
                fields.insert(column.into(), maybe(random, value));
            }
            for column in ["f", "d"] {
                let value = json!(format!("{}e0", random.below(99)));
                fields.insert(column.into(), maybe(random, value));
            }
            let value = json!(format!("{}.{:03}", random.below(999), random.below(999)));
            fields.insert("c".into(), maybe(random, value));
        },
        &RETRACTS,
    );
}

#[test]
fn first_values_by_their_old_name_and_lists_of_texts() {
    let columns =
        "id INT NOT NULL; f STRING; l STRING; m STRING; lo INT; hi DECIMAL(9, 2); t TIMESTAMP(6)";
    let options = "fields.f.aggregate-function=first_not_null_value; fields.l.aggregate-function=listagg; \
        fields.l.distinct=true; fields.l.list-agg-delimiter=::; fields.m.aggregate-function=listagg; \
        fields.m.list-agg-delimiter=; fields.lo.aggregate-function=min; fields.hi.aggregate-function=max; \
        fields.t.aggregate-function=max";
    play(
        "first and lists",
        columns,
        options,
        |random, fields| {
            for column in ["l", "m"] {
                let value = json!(["a", "b", "ab", "c::d"][random.below(4)]);
                fields.insert(column.into(), maybe(random, value));
            }
        },
        &INSERTS,
    );
}

#[test]
fn collections_that_give_back() {
    let columns = "id INT NOT NULL; c ARRAY<INT>; cd ARRAY<INT>; m MAP<INT, STRING>; r ARRAY<ROW<a INT, b STRING>>";
    let options = "fields.c.aggregate-function=collect; fields.cd.aggregate-function=collect; fields.cd.distinct=true; \
        fields.m.aggregate-function=merge_map; fields.r.aggregate-function=collect; fields.r.distinct=true";
    play(
        "collections",
        columns,
        options,
        |random, fields| {
            for column in ["c", "cd"] {
                let value = (0..random.below(4)).map(|_| json!(random.below(5))).collect();
                fields.insert(column.into(), maybe(random, value));
            }
            let row = |random: &mut Random| json!({"a": random.below(3), "b": "x"});
            let value = (0..random.below(3)).map(|_| row(random)).collect();
            fields.insert("r".into(), maybe(random, value));
        },
        &RETRACTS,
    );
}

#[test]
fn maps_by_time_and_nested_rows() {
    let columns = "id INT NOT NULL; m MAP<STRING, ROW<v STRING, ts STRING>>; n ARRAY<ROW<k INT, a STRING, b INT>>; \
        u ARRAY<ROW<k INT, a STRING, b INT>>";
    let options = "fields.m.aggregate-function=merge_map_with_keytime; fields.m.ts-field=ts; \
        fields.n.aggregate-function=nested_partial_update; fields.n.nested-key=k; \
        fields.u.aggregate-function=nested_update; fields.u.nested-key=k,b";
    play(
        "keytime and nested",
        columns,
        options,
        |random, fields| {
            let entry = |random: &mut Random, key: usize| {
                let ts = format!("2024-01-0{}", 1 + random.below(9));
                json!([format!("k{key}"), {"v": format!("v{}", random.below(100)), "ts": ts}])
            };
            let value = (0..random.below(3)).map(|key| entry(random, key)).collect();
            fields.insert("m".into(), maybe(random, value));
            for column in ["n", "u"] {
                let nested = |random: &mut Random, k: usize| {
                    let (a, b) = (json!(format!("a{}", random.below(9))), json!(random.below(3)));
                    json!({"k": k, "a": maybe(random, a), "b": maybe(random, b)})
                };
                let value = (0..random.below(4)).map(|k| nested(random, k)).collect();
                fields.insert(column.into(), maybe(random, value));
            }
        },
        &INSERTS,
    );
}

/// Bitmaps of 32 bits, each of one number.
#[test]
fn unions_of_bitmaps() {
    let columns = "id INT NOT NULL; r VARBINARY(10000)";
    play(
        "bitmaps",
        columns,
        "fields.r.aggregate-function=rbm32",
        |random, fields| {
            let (high, low) = (random.below(3), random.below(2000));
            let header = "3a30000001000000";
            let bitmap =
                format!("{header}{high:02x}00000010000000{:02x}{:02x}", low & 255, low >> 8);
            fields.insert("r".into(), maybe(random, json!(bitmap)));
        },
        &INSERTS,
    );
}

/// A bitmap of one 64-bit number in the bytes of Java's `Roaring64Bitmap`.
fn bitmap64(number: u64) -> Vec<u8> {
    let number = number.to_be_bytes();
    let tree = [&[1, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0], &number[..6], &[0; 8]].concat();
    let array = [1, 0, 0, 0, 0xFE, 1, 0, 0, 0, 1, 2, 1, 0, 0, 0, number[7], number[6]];
    let ends = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    [&tree[..], &array, &ends].concat()
}

/// Bitmaps of 64 bits, each of up to a hundred numbers that share some of their bytes.
#[test]
fn unions_of_long_bitmaps() {
    play(
        "bitmaps64",
        "id INT NOT NULL; r VARBINARY(100000)",
        "fields.r.aggregate-function=rbm64",
        |random, fields| {
            let spread = [3, 40, 255][random.below(3)];
            let mut bitmap = bitmap64(random.below(9) as u64);
            for _ in 0..random.below(100) {
                let at = |random: &mut Random| random.below(spread) as u64;
                let high = [at(random) << 16, at(random) << 40, at(random) << 40 | 3 << 24]
                    [random.below(3)];
                let more = bitmap64(high | random.below(20) as u64);
                bitmap = union_bitmaps64(&bitmap, &more).expect("two bitmaps");
            }
            let hex: String = bitmap.iter().map(|byte| format!("{byte:02x}")).collect();
            fields.insert("r".into(), maybe(random, json!(hex)));
        },
        &INSERTS,
    );
}
