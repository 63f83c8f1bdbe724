//! Tables of shapes that no fixture has, written by Java as the files in `scenarios` say, read by both after each step.
//!
//! A file holds `[{"name", "spec", "steps": [[command, arguments], …], …}]`. `$W` is the warehouse; `{"random": 30}` in
//! the arguments of a write are so many random rows, of `columns` only when it has some. `kinds` are the kinds of
//! random rows, `stream` asks for the changelog, too, and `refused` is a word of our refusal.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rimon_integration_tests::oracle::Oracle;
use rimon_integration_tests::random::Random;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::judge::{Judge, Tally, Version};
use super::play::{DIRECTORY, TABLE, fields, snapshots};
use super::rows::Roles;
use super::shape::Shape;
use crate::tables::{changelog, difference, open, runtime};

struct Scenario {
    name: String,
    spec: Value,
    steps: Vec<(String, Value)>,
    kinds: Vec<String>,
    sequence: Vec<String>,
    stream: bool,
    refused: Option<String>,
}

const WORDS: [&str; 7] = ["name", "spec", "steps", "kinds", "sequence", "stream", "refused"];

fn strings(of: &Value) -> Vec<String> {
    let all = of.as_array().into_iter().flatten();
    all.filter_map(Value::as_str).map(str::to_owned).collect()
}

impl Scenario {
    fn new(value: &Value) -> Self {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        let unknown =
            value.as_object().into_iter().flatten().find(|(k, _)| !WORDS.contains(&k.as_str()));
        assert!(unknown.is_none(), "{unknown:?}");
        let step = |step: &Value| {
            let command = step[0].as_str().expect("a command").to_owned();
            (command, if step[1].is_null() { json!({}) } else { step[1].clone() })
        };
        Self {
            name: text("name").expect("a name"),
            spec: value["spec"].clone(),
            steps: value["steps"].as_array().expect("steps").iter().map(step).collect(),
            kinds: strings(&value["kinds"]),
            sequence: strings(&value["sequence"]),
            stream: value["stream"] == true,
            refused: text("refused"),
        }
    }

    fn shape(&self) -> Shape {
        let kinds: Vec<&'static str> = ["+I", "-U", "+U", "-D"]
            .into_iter()
            .filter(|k| self.kinds.iter().any(|kind| kind == k))
            .collect();
        let mut shape = Shape {
            key: strings(&self.spec["primary_keys"]),
            partitions: strings(&self.spec["partition_keys"]),
            sequence: self.sequence.clone(),
            kinds: if kinds.is_empty() { vec!["+I"] } else { kinds },
            ..Shape::default()
        };
        for (key, value) in self.spec["options"].as_object().into_iter().flatten() {
            shape.set(key, value.as_str().unwrap_or_default());
        }
        shape
    }
}

fn read_scenarios() -> Vec<(PathBuf, String)> {
    let folder = std::env::var("RIMON_SCENARIOS").map_or_else(
        |_| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/histories/scenarios"),
        PathBuf::from,
    );
    let files = std::fs::read_dir(&folder).expect("a folder of scenarios");
    let mut files: Vec<PathBuf> = files.map(|f| f.expect("a file").path()).collect();
    files.sort();
    let text = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).expect("a file of scenarios");
        (file, text)
    };
    files.into_iter().map(text).collect()
}

/// Plays a scenario; `Err` says where we differ.
fn play(oracle: &mut Oracle, scenario: &Scenario, warehouse: &Path) -> Result<Tally, String> {
    let runtime = runtime();
    let mut judge = Judge { oracle, runtime: &runtime, warehouse, tally: Tally::default() };
    let mut random = Random::new(&scenario.name);
    let spec = json!({"spec": scenario.spec});
    ask(&mut judge, "create", spec)?;
    let roles = Roles::new(&mut random, &scenario.shape(), &fields(&mut judge, None)?);
    let (mut tags, mut branches) = (BTreeSet::new(), BTreeSet::new());
    let mut compared = BTreeSet::new();
    for (command, arguments) in &scenario.steps {
        let mut arguments = arguments.clone();
        if let Some(count) = arguments.get("random").and_then(Value::as_u64) {
            let branch = arguments.get("branch").and_then(Value::as_str).map(str::to_owned);
            let mut fields = fields(&mut judge, branch.as_deref())?;
            if let Some(columns) = arguments.get("columns").and_then(Value::as_str) {
                fields.retain(|f| columns.split(',').any(|c| c == f.name));
            }
            let rows: Vec<Value> = (0..count).map(|_| roles.row(&mut random, &fields)).collect();
            arguments["rows"] = json!(rows);
        }
        let name = arguments["name"].as_str().unwrap_or_default().to_owned();
        ask(&mut judge, command, arguments)?;
        match command.as_str() {
            "create-tag" => _ = tags.insert(name),
            "delete-tag" => _ = tags.remove(&name),
            "create-branch" => _ = branches.insert(name),
            "rollback" | "fast-forward" => compared.clear(),
            _ => {}
        }
        let found = snapshots(&mut judge).ok_or("Java does not open the table")?;
        for id in found {
            if compared.insert(id) {
                judge.compare(&mut random, &Version::snapshot(id))?;
            }
        }
    }
    let mut versions = vec![Version::latest()];
    let found = snapshots(&mut judge).ok_or("Java does not open the table")?;
    versions.extend(found.iter().map(|id| Version::snapshot(*id)));
    versions.extend(tags.iter().map(|name| Version::tag(name)));
    versions.extend(branches.iter().map(|name| Version::branch(name)));
    for version in versions {
        judge.compare(&mut random, &version)?;
    }
    if scenario.stream {
        stream(&mut judge)?;
    }
    Ok(judge.tally)
}

fn ask(judge: &mut Judge<'_>, command: &str, arguments: Value) -> Result<Value, String> {
    let done = judge.oracle.ask(judge.warehouse, TABLE, command, arguments);
    done.map_err(|refused| format!("Java refuses {command}: {}", refused.error))
}

/// The changelog from the first snapshot on, in no order within a snapshot.
fn stream(judge: &mut Judge<'_>) -> Result<(), String> {
    let rows = ask(judge, "changelog", json!({"from": 1}))?;
    let mut javas: Vec<String> =
        rows.as_array().into_iter().flatten().map(Value::to_string).collect();
    let directory = judge.warehouse.join(DIRECTORY);
    let ours = judge.runtime.block_on(async { changelog(&open(&directory).await?, 1).await });
    let mut ours = ours.map_err(|e| format!("the changelog: {e:?}"))?;
    javas.sort();
    ours.sort();
    difference(&ours, &javas).map_or(Ok(()), |how| Err(format!("the changelog: {how}")))
}

/// What is wrong with a scenario, if anything.
fn judge(scenario: &Scenario, played: Result<Tally, String>) -> Option<String> {
    let tally = match played {
        Ok(tally) => tally,
        Err(how) => return Some(how),
    };
    if !tally.java_refused.is_empty() {
        return Some(format!("Java does not read it: {:?}", tally.java_refused));
    }
    match &scenario.refused {
        Some(word) if tally.refused.keys().any(|m| m.contains(word)) => None,
        Some(word) => Some(format!("is not refused for '{word}', but {:?}", tally.refused)),
        None if tally.refused.is_empty() && tally.equal > 0 => None,
        None => Some(format!("is refused: {:?}", tally.refused)),
    }
}

#[test]
fn tables_of_other_shapes_are_read_as_in_java() {
    let Some(mut oracle) = Oracle::shared() else { return };
    let only = std::env::var("RIMON_SCENARIO").ok();
    let (mut wrong, mut equal, mut played) = (Vec::new(), 0, 0);
    for (file, text) in read_scenarios() {
        let name = file.display();
        let all: Vec<Value> =
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name} holds scenarios: {e}"));
        for value in all {
            let folder = TempDir::new().expect("a folder");
            let text = value.to_string().replace("$W", &folder.path().display().to_string());
            let scenario = Scenario::new(&serde_json::from_str(&text).expect("still JSON"));
            if only.as_ref().is_some_and(|part| !scenario.name.contains(part)) {
                continue;
            }
            let outcome = play(&mut oracle, &scenario, folder.path());
            equal += outcome.as_ref().map_or(0, |tally| tally.equal);
            played += 1;
            if let Some(how) = judge(&scenario, outcome) {
                eprintln!("{}: {how}", scenario.name);
                wrong.push(format!("{}: {how}", scenario.name));
            }
        }
    }
    eprintln!("{played} tables, {equal} versions equal to Java's");
    assert!(wrong.is_empty(), "{} scenarios are wrong:\n  {}", wrong.len(), wrong.join("\n  "));
    assert!(played > 0, "no scenario");
}
