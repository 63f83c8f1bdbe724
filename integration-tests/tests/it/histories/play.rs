//! One history: a seed, a table, its moves, and a comparison after each.

use std::collections::BTreeSet;
use std::path::Path;

use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use rimon_spec::{DataField, TableSchema};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::judge::{Judge, Tally, Version};
use super::moves::{Move, State};
use super::rows::Roles;
use super::shape::Shape;

/// The table in every warehouse.
pub(super) const TABLE: &str = "db.t";
/// Its directory there.
pub(super) const DIRECTORY: &str = "db.db/t";
/// Shapes to try until Java creates one.
const SHAPES: usize = 50;

/// Makes shapes of tables.
pub(super) type Shapes = fn(&mut Random) -> Shape;

/// What came of a seed.
pub(super) struct Outcome {
    /// What was compared.
    pub(super) tally: Tally,
    /// The moves, one line each.
    pub(super) history: Vec<String>,
    /// How we differ from Java, if we do.
    pub(super) wrong: Option<String>,
}

/// Plays the history of a seed in an empty warehouse.
pub(super) fn play(
    oracle: &mut Oracle,
    runtime: &Runtime,
    warehouse: &Path,
    shapes: Shapes,
    seed: u64,
    moves: usize,
) -> Outcome {
    let mut random = Random::seeded(seed);
    let mut history = Vec::new();
    let mut judge = Judge { oracle, runtime, warehouse, tally: Tally::default() };
    let wrong = run(&mut judge, &mut random, shapes, moves, &mut history).err();
    Outcome { tally: judge.tally, history, wrong }
}

fn run(
    judge: &mut Judge<'_>,
    random: &mut Random,
    shapes: Shapes,
    moves: usize,
    history: &mut Vec<String>,
) -> Result<(), String> {
    let shape = create(judge, random, shapes, history)?;
    let fields = fields(judge, None)?;
    let roles = Roles::new(random, &shape, &fields);
    let mut state = State {
        shape,
        roles,
        fields,
        snapshots: Vec::new(),
        tags: Vec::new(),
        branches: Vec::new(),
        rows: Vec::new(),
        number: 0,
    };
    let mut compared = BTreeSet::new();
    for _ in 0..moves {
        let next = state.next(random);
        make(judge, &mut state, &next, history);
        if matches!(next.command, "rollback" | "fast-forward") {
            compared.clear();
        }
        state.fields = self::fields(judge, None)?;
        let Some(found) = snapshots(judge) else {
            // It took a change that the merge engine's options do not allow.
            history.push("Java does not open the table any more".into());
            return Ok(());
        };
        state.snapshots = found;
        for id in state.snapshots.clone() {
            if compared.insert(id) {
                state.rows = judge.compare(random, &Version::snapshot(id))?;
            }
        }
        let (equal, refused) = (judge.tally.equal, judge.tally.refused.values().sum::<usize>());
        if (equal == 0 && refused > 2) || judge.tally.java_refused.values().sum::<usize>() > 1 {
            return Ok(());
        }
    }
    history.push("every version once more".into());
    let mut versions = vec![Version::latest()];
    versions.extend(state.snapshots.iter().map(|id| Version::snapshot(*id)));
    versions.extend(state.tags.iter().map(|name| Version::tag(name)));
    versions.extend(state.branches.iter().map(|(name, _)| Version::branch(name)));
    versions.iter().try_for_each(|version| judge.compare(random, version).map(|_| ()))
}

/// A table that Java creates: shapes that it refuses are no tables.
fn create(
    judge: &mut Judge<'_>,
    random: &mut Random,
    shapes: Shapes,
    history: &mut Vec<String>,
) -> Result<Shape, String> {
    let mut last = String::new();
    for _ in 0..SHAPES {
        let shape = shapes(random);
        match judge.oracle.ask(judge.warehouse, TABLE, "create", shape.for_java()) {
            Ok(_) => {
                history.push(format!("create {}", shape.for_java()["spec"]));
                return Ok(shape);
            }
            Err(refused) => last = refused.error,
        }
        if std::env::var_os("RIMON_VERBOSE").is_some() {
            eprintln!("not created: {last}");
        }
    }
    Err(format!("Java creates none of {SHAPES} tables: {last}"))
}

/// Makes a move, and notes what there is now. Java may refuse it; then nothing has happened.
fn make(judge: &mut Judge<'_>, state: &mut State, next: &Move, history: &mut Vec<String>) {
    let done = judge.oracle.ask(judge.warehouse, TABLE, next.command, next.arguments.clone());
    let outcome = match &done {
        Ok(reply) => reply.to_string(),
        Err(refused) => format!("refused: {}", refused.error.chars().take(200).collect::<String>()),
    };
    history.push(format!("{} -> {outcome}", next.text));
    if done.is_err() {
        return;
    }
    let name = || next.arguments["name"].as_str().unwrap_or_default().to_owned();
    match next.command {
        "create-tag" => state.tags.push(name()),
        "delete-tag" => state.tags.retain(|t| *t != name()),
        // tags after the snapshot are gone, too
        "rollback" | "fast-forward" => state.tags.clear(),
        "create-branch" => {
            if let Ok(fields) = fields(judge, Some(&name())) {
                state.branches.push((name(), fields));
            }
        }
        _ => {}
    }
}

/// The columns of the table or of a branch now.
pub(super) fn fields(
    judge: &mut Judge<'_>,
    branch: Option<&str>,
) -> Result<Vec<DataField>, String> {
    let arguments = branch.map_or(json!({}), |b| json!({"branch": b}));
    let schema = judge.oracle.run(judge.warehouse, TABLE, "schema", arguments);
    let schema = TableSchema::from_json(schema.to_string().as_bytes());
    schema.map(|s| s.fields).map_err(|e| format!("we read the schema: {e:?}"))
}

/// `None` when Java cannot open the table.
pub(super) fn snapshots(judge: &mut Judge<'_>) -> Option<Vec<i64>> {
    let snapshots = judge.oracle.ask(judge.warehouse, TABLE, "snapshots", json!({})).ok()?;
    let all = snapshots.as_array().map(Vec::as_slice).unwrap_or_default();
    Some(all.iter().filter_map(|s: &Value| s["id"].as_i64()).collect())
}
