//! The SQL of the guide, as it stands.

use std::fs;
use std::process::Command;

use crate::process::{Place, Run, repository};

/// Runs `rimon` from the root of the repository, where the guide's relative paths begin.
fn run(place: &Place, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rimon"));
    command.current_dir(repository()).env("RIMON_WAREHOUSE", place.path("warehouse")).args(args);
    Run::of(command.output().unwrap())
}

#[test]
fn the_quickstart_runs_again_and_again() {
    let place = Place::new();
    for _ in 0..2 {
        let run = run(&place, &["sql", "-f", "docs/guide/quickstart.sql"]).ok();
        let rows: Vec<_> = run.stdout.lines().collect();
        for expected in [
            "| 2024-05-01 |        1 |          1 |      2 | shipped   |",
            "| 2024-05-01 |        1 |          1 |      2 | new   |",
            "|          2 | Moka pot       | 27.50 | 2023-02-01    |",
            "|        3 | new    | cancelled |",
            "|        5 | NULL   | new       |",
        ] {
            assert!(rows.contains(&expected), "{expected}\n{}", run.stdout);
        }
        assert!(!run.stdout.contains("Milk frother"), "{}", run.stdout);
        assert!(run.stderr.contains("5. Five orders, each in its latest state."), "{}", run.stderr);
    }
}

#[test]
fn the_examples_of_the_guide_run() {
    let mut pages = 0;
    for entry in fs::read_dir(repository().join("docs/guide")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let blocks = sql_blocks(&fs::read_to_string(&path).unwrap());
        if blocks.is_empty() {
            continue;
        }
        pages += 1;
        let place = Place::new();
        place.write("page.sql", &blocks);
        let script = place.path("page.sql");
        let run = run(&place, &["sql", "-f", script.to_str().unwrap()]);
        assert_eq!(run.code, Some(0), "{}: {run:?}", path.display());
    }
    assert!(pages >= 2);
}

/// The text of all ```sql blocks, one after the other.
fn sql_blocks(page: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for line in page.lines() {
        match line {
            "```sql" => inside = true,
            "```" => inside = false,
            _ if inside => text.extend([line, "\n"]),
            _ => {}
        }
    }
    text
}
