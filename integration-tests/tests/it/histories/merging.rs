//! Random merge engines, orders of versions, and changelog producers.

use rimon_integration_tests::random::Random;

use super::options::deletion_vectors;
use super::shape::Shape;

const ALL_KINDS: [&str; 6] = ["+I", "+I", "+I", "+U", "-U", "-D"];

/// Gives a table with a primary key its merge engine and what goes with it.
pub(super) fn merging(random: &mut Random, shape: &mut Shape) {
    let engine = random.pick(&[
        "deduplicate",
        "deduplicate",
        "deduplicate",
        "partial-update",
        "partial-update",
        "aggregation",
        "aggregation",
        "first-row",
    ]);
    shape.set("merge-engine", engine);
    match engine {
        "partial-update" => partial_update(random, shape),
        "aggregation" => aggregation(random, shape),
        "first-row" => first_row(random, shape),
        _ => shape.kinds = ALL_KINDS.to_vec(),
    }
    if engine != "first-row" && random.one_in(3) {
        sequence_field(random, shape);
    }
    producer(random, shape, engine);
    if engine == "deduplicate" {
        if random.one_in(6) {
            shape.set("ignore-delete", "true");
        }
        if random.one_in(6) {
            shape.kind_column = Some("rk".into());
            shape.columns.push(("rk".into(), "STRING NOT NULL".into()));
            shape.set("rowkind.field", "rk");
        }
    }
}

fn sequence_field(random: &mut Random, shape: &mut Shape) {
    let mut names = Vec::new();
    for i in 0..1 + random.below(4) / 3 {
        let name = format!("s{i}");
        shape.add_sequence(random, &name);
        names.push(name);
    }
    shape.set("sequence.field", names.join(","));
    if random.one_in(3) {
        shape.set("sequence.field.sort-order", "descending");
    }
}

fn producer(random: &mut Random, shape: &mut Shape, engine: &str) {
    let producers: &[&str] = match engine {
        "first-row" => &["none", "lookup"],
        _ => &["none", "none", "none", "input", "lookup", "full-compaction"],
    };
    let producer = random.pick(producers);
    if producer != "none" {
        shape.set("changelog-producer", producer);
    }
    let vectors = engine != "first-row" && producer != "full-compaction";
    if vectors && shape.option("bucket") != "-2" && random.one_in(4) {
        deletion_vectors(random, shape);
    }
}

/// Columns of values: neither keys nor partitions.
fn value_columns(shape: &Shape) -> Vec<(String, String)> {
    shape.columns.iter().filter(|(n, _)| n.starts_with('c')).cloned().collect()
}

fn partial_update(random: &mut Random, shape: &mut Shape) {
    shape.sparse = true;
    shape.kinds = vec!["+I", "+I", "+U"];
    let values = value_columns(shape);
    let groups = values.len() > 1 && random.one_in(2);
    if groups {
        let cut = 1 + random.below(values.len() - 1);
        sequence_group(random, shape, "g0", &values[..cut]);
        if random.one_in(2) {
            sequence_group(random, shape, "g1", &values[cut..]);
        }
        shape.kinds = ALL_KINDS.to_vec();
        if random.one_in(4) {
            shape.set("partial-update.remove-record-on-sequence-group", "g0");
        }
    } else {
        match random.below(3) {
            0 => {
                shape.set("ignore-delete", "true");
                shape.kinds = ALL_KINDS.to_vec();
            }
            1 => {
                shape.set("partial-update.remove-record-on-delete", "true");
                shape.kinds = vec!["+I", "+I", "+U", "-D"];
            }
            _ => {}
        }
    }
}

fn sequence_group(random: &mut Random, shape: &mut Shape, name: &str, of: &[(String, String)]) {
    shape.add_sequence(random, name);
    let names: Vec<&str> = of.iter().map(|(n, _)| n.as_str()).collect();
    shape.set(&format!("fields.{name}.sequence-group"), names.join(","));
    for (column, data_type) in of {
        if random.one_in(3) {
            let (function, retracts) = function(random, data_type);
            shape.set(&format!("fields.{column}.aggregate-function"), function);
            if !retracts {
                shape.set(&format!("fields.{column}.ignore-retract"), "true");
            }
        }
    }
}

fn aggregation(random: &mut Random, shape: &mut Shape) {
    let mut all_retract = true;
    for (column, data_type) in value_columns(shape) {
        if random.one_in(6) {
            continue; // the default takes no retractions back but sets null
        }
        let (function, retracts) = function(random, &data_type);
        shape.set(&format!("fields.{column}.aggregate-function"), function);
        if function == "listagg" && random.one_in(2) {
            shape.set(&format!("fields.{column}.list-agg-delimiter"), ";");
        }
        if ["listagg", "collect"].contains(&function) && random.one_in(3) {
            shape.set(&format!("fields.{column}.distinct"), "true");
        }
        if !retracts && random.one_in(2) {
            shape.set(&format!("fields.{column}.ignore-retract"), "true");
        } else {
            all_retract &= retracts;
        }
    }
    let removes = random.one_in(5);
    if removes {
        shape.set("aggregation.remove-record-on-delete", "true");
    }
    shape.kinds = match (all_retract, removes) {
        (true, _) => ALL_KINDS.to_vec(),
        (false, true) => vec!["+I", "+I", "+U", "-D"],
        (false, false) => vec!["+I", "+I", "+U"],
    };
}

/// A function for a type, and whether it takes retractions.
fn function(random: &mut Random, data_type: &str) -> (&'static str, bool) {
    let word = data_type.split(['(', '<', ' ']).next().unwrap_or_default();
    let any: [(&'static str, bool); 4] = [
        ("last_value", true),
        ("last_non_null_value", true),
        ("first_value", false),
        ("first_non_null_value", false),
    ];
    let special: &[(&'static str, bool)] = match word {
        "TINYINT" | "SMALLINT" | "INT" | "BIGINT" | "FLOAT" | "DOUBLE" | "DECIMAL" => {
            &[("sum", true), ("sum", true), ("product", true), ("max", false), ("min", false)]
        }
        "STRING" | "VARCHAR" => &[("listagg", false), ("max", false), ("min", false)],
        "CHAR" | "DATE" | "TIMESTAMP" | "TIMESTAMP_LTZ" => &[("max", false), ("min", false)],
        "BOOLEAN" => &[("bool_and", false), ("bool_or", false)],
        "ARRAY" => &[("collect", true)],
        "MAP" => &[("merge_map", true)],
        _ => &[],
    };
    if special.is_empty() || random.one_in(3) {
        any[random.below(any.len())]
    } else {
        special[random.below(special.len())]
    }
}

fn first_row(random: &mut Random, shape: &mut Shape) {
    if random.one_in(2) {
        shape.set("ignore-delete", "true");
        shape.kinds = ALL_KINDS.to_vec();
    }
}
