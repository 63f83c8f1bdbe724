//! 10 M rows with a key in one INSERT, far more than a writer keeps in memory, next to a sort by key and a copy.

use crate::insert::{SORTED, Write, measure};
use crate::mor_engines::PARTIAL_UPDATE;
use crate::{Args, Result};

/// Keys, distinct and in no order.
const KEYS: &str = "(value * 2654435761) % 20000003 AS id";

/// Columns of a table beside its key, and the expressions that fill them.
struct Shape {
    name: &'static str,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    sql_type: &'static str,
    expression: String,
    /// How rows of a key become one under `aggregation`.
    function: &'static str,
}

impl Shape {
    /// A number and a measure.
    fn narrow() -> Self {
        Self { name: "narrow", columns: (0..2).map(Column::of_kind).collect() }
    }

    /// 29 columns: counts, measures, codes, texts and times.
    fn wide() -> Self {
        Self { name: "wide", columns: (0..29).map(Column::of_kind).collect() }
    }

    fn table(&self, options: &str) -> String {
        let columns: Vec<String> =
            self.columns.iter().map(|c| format!("{} {}", c.name, c.sql_type)).collect();
        format!(
            "(id BIGINT NOT NULL, {}, PRIMARY KEY (id)) WITH ('bucket' = '1'{options})",
            columns.join(", ")
        )
    }

    fn rows(&self, rows: usize) -> String {
        let columns: Vec<String> =
            self.columns.iter().map(|c| format!("{} AS {}", c.expression, c.name)).collect();
        format!("SELECT {KEYS}, {} FROM generate_series(1, {rows})", columns.join(", "))
    }

    fn aggregation(&self) -> String {
        let function =
            |c: &Column| format!(", 'fields.{}.aggregate-function' = '{}'", c.name, c.function);
        let functions: String = self.columns.iter().map(function).collect();
        format!(", 'merge-engine' = 'aggregation'{functions}")
    }
}

impl Column {
    /// The kinds of columns in turn.
    fn of_kind(number: usize) -> Self {
        let prime = 7919 + 2 * number;
        let (sql_type, expression, function) = match number % 5 {
            0 => ("BIGINT", format!("(value * {prime}) % 1000000007"), "sum"),
            1 => ("DOUBLE", format!("CAST((value * {prime}) % 100000 AS DOUBLE) / 100.0"), "max"),
            2 => ("INT", format!("CAST((value * {prime}) % 1000 AS INT)"), "min"),
            3 => (
                "STRING",
                format!("concat('city_', CAST((value * {prime}) % 5000 AS VARCHAR))"),
                "last_non_null_value",
            ),
            _ => (
                "TIMESTAMP(3)",
                format!(
                    "arrow_cast(1700000000000 + value * {prime}, 'Timestamp(Millisecond, None)')"
                ),
                "last_value",
            ),
        };
        Self { name: format!("c{number}"), sql_type, expression, function }
    }
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    let rows = args.rows.unwrap_or(10_000_000);
    let mut cases = Vec::new();
    for shape in [Shape::narrow(), Shape::wide()] {
        let aggregation = shape.aggregation();
        let partial_update = format!(", {}", PARTIAL_UPDATE.options);
        let engines = [
            ("deduplicate", "", "1.2"),
            ("partial-update", partial_update.as_str(), "1.5"),
            ("aggregation", aggregation.as_str(), "1.5"),
        ];
        cases.extend(engines.map(|(engine, options, goal)| Write {
            what: format!("{}, {engine}", shape.name),
            table: shape.table(options),
            rows: shape.rows(rows),
            goal,
            plain: SORTED,
        }));
    }
    measure(args, &cases).await
}
