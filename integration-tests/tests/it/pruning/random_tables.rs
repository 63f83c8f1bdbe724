//! Tables of random rows and of many shapes, written by this build.

use std::path::{Path, PathBuf};

use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use rimon_datafusion::{register, session_config, sql};
use rimon_integration_tests::random::Random;
use tempfile::TempDir;

/// The shape of a table.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// What stands behind the columns.
    constraints: &'static str,
    options: &'static str,
}

const fn kind(name: &'static str, constraints: &'static str, options: &'static str) -> Kind {
    Kind { name, constraints, options }
}

impl Kind {
    fn has_key(&self) -> bool {
        self.constraints.starts_with("PRIMARY KEY")
    }
}

/// The shapes that are tried.
pub(super) const KINDS: &[Kind] = &[
    kind("append", "", "'parquet.page.row.count.limit' = '20'"),
    kind("append in partitions", "PARTITIONED BY (pt)", "'metadata.stats-mode' = 'truncate(3)'"),
    kind(
        "append in buckets",
        "PARTITIONED BY (pt, f)",
        "'bucket' = '3', 'bucket-key' = 'name,id', 'metadata.stats-dense-store' = 'false'",
    ),
    kind(
        "append in buckets by remainder",
        "",
        "'bucket' = '4', 'bucket-key' = 'id', 'bucket-function.type' = 'mod',
         'fields.a.stats-mode' = 'none', 'fields.s.stats-mode' = 'counts'",
    ),
    kind("append in Avro", "PARTITIONED BY (dt)", "'file.format' = 'avro'"),
    kind("one key", "PRIMARY KEY", "'bucket' = '1', 'parquet.page.row.count.limit' = '20'"),
    kind("a key in partitions", "PRIMARY KEY PARTITIONED BY (pt)", "'bucket' = '2'"),
    kind(
        "a key in Hive's buckets",
        "PRIMARY KEY",
        "'bucket' = '3', 'bucket-function.type' = 'hive', 'metadata.stats-mode' = 'full'",
    ),
    kind("a key with a sequence", "PRIMARY KEY", "'bucket' = '1', 'sequence.field' = 'a'"),
    kind(
        "a bucket key",
        "PRIMARY KEY PARTITIONED BY (pt)",
        "'bucket' = '4', 'bucket-key' = 'id', 'ignore-delete' = 'true'",
    ),
    kind("a key and deleted rows", "PRIMARY KEY", "'bucket' = '2', 'rowkind.field' = 'kind'"),
    kind(
        "a key, a sequence and deleted rows",
        "PRIMARY KEY PARTITIONED BY (pt)",
        "'bucket' = '1', 'sequence.field' = 'a', 'sequence.field.sort-order' = 'descending',
         'rowkind.field' = 'kind'",
    ),
    kind("a key in dynamic buckets", "PRIMARY KEY", "'bucket' = '-1'"),
    kind(
        "rows of parts",
        "PRIMARY KEY PARTITIONED BY (pt)",
        "'bucket' = '2', 'merge-engine' = 'partial-update'",
    ),
    kind(
        "sums",
        "PRIMARY KEY",
        "'bucket' = '2', 'merge-engine' = 'aggregation', 'fields.d.aggregate-function' = 'sum',
         'fields.a.aggregate-function' = 'max', 'fields.ts.aggregate-function' = 'min'",
    ),
];

/// A table in a warehouse of its own.
pub(super) struct RandomTable {
    warehouse: TempDir,
}

impl RandomTable {
    pub(super) fn directory(&self) -> PathBuf {
        self.warehouse.path().join("default.db/t")
    }
}

/// A table with several commits, and changes of its schema between them.
pub(super) async fn create(
    kind: &Kind,
    random: &mut Random,
) -> Result<RandomTable, DataFusionError> {
    let warehouse = TempDir::new().expect("a folder");
    let context = session(warehouse.path()).await?;
    let has_key = kind.has_key();
    let partitions = kind.constraints.trim_start_matches("PRIMARY KEY");
    let key = match (has_key, partitions.is_empty()) {
        (false, _) => "",
        (true, true) => ", PRIMARY KEY (id, name)",
        (true, false) => ", PRIMARY KEY (pt, id, name)",
    };
    let create = format!(
        "CREATE TABLE t (pt INT, id BIGINT, name STRING, a INT, gone INT, b DOUBLE, s STRING,
           d DECIMAL(10, 2), dt DATE, ts TIMESTAMP(3), f BOOLEAN, kind STRING{key}) {partitions}
         WITH ({})",
        kind.options
    );
    run(&context, &create).await?;
    for part in 0..3 {
        insert(&context, part, false, kind, random).await?;
    }
    let fixed = kind.options.contains("'sequence.field'");
    let widen = if fixed { "" } else { "ALTER TABLE t ALTER COLUMN a TYPE BIGINT;" };
    let changes = format!(
        "{widen} ALTER TABLE t ALTER COLUMN d TYPE DECIMAL(14, 4);
         ALTER TABLE t DROP COLUMN gone; ALTER TABLE t RENAME COLUMN s TO gone;
         ALTER TABLE t ADD COLUMN late INT"
    );
    run(&context, &changes).await?;
    for part in 3..6 {
        insert(&context, part, true, kind, random).await?;
    }
    Ok(RandomTable { warehouse })
}

/// Rows that lie close to those of their part in all columns but the flag.
async fn insert(
    context: &SessionContext,
    part: usize,
    late: bool,
    kind: &Kind,
    random: &mut Random,
) -> Result<(), DataFusionError> {
    let has_key = kind.has_key();
    // Java has no bucket for the remainder of null
    let deletes = kind.options.contains("rowkind.field");
    let nullable_key = !has_key && !kind.options.contains("'mod'");
    let rows: Vec<String> = (0..40 + random.below(80))
        .map(|_| {
            let near = |r: &mut Random| part * 40 + r.below(60);
            let mut cells = vec![
                or_null(random, !has_key, |r| ((part + r.below(3)) % 5).to_string()),
                or_null(random, nullable_key, |r| near(r).to_string()),
                or_null(random, !has_key, |r| format!("'k{}'", r.below(2))),
                or_null(random, true, |r| near(r).to_string()),
                if late { String::new() } else { "7".to_owned() },
                or_null(random, true, double),
                or_null(random, true, |r| text(part, r)),
                or_null(random, true, |r| format!("{}.{:02}", near(r), r.below(100))),
                or_null(random, true, |r| format!("DATE '2024-0{}-11'", 1 + (part + r.below(2)))),
                or_null(random, true, |r| {
                    format!("TIMESTAMP '2024-01-01 0{part}:{:02}:00'", r.below(60))
                }),
                or_null(random, true, |r| r.one_in(2).to_string()),
                if deletes && random.one_in(4) { "'-D'" } else { "'+I'" }.to_owned(),
            ];
            cells.retain(|cell| !cell.is_empty());
            if late {
                cells.push(or_null(random, true, |r| r.below(9).to_string()));
            }
            format!("({})", cells.join(", "))
        })
        .collect();
    run(context, &format!("INSERT INTO t VALUES {}", rows.join(", "))).await
}

fn or_null(random: &mut Random, nullable: bool, value: impl Fn(&mut Random) -> String) -> String {
    if nullable && random.one_in(10) { "NULL".to_owned() } else { value(random) }
}

fn double(random: &mut Random) -> String {
    let special = ["'NaN'", "'-0.0'", "'0.0'", "'inf'", "'-inf'"];
    match random.below(8) {
        0 => format!("CAST({} AS DOUBLE)", special[random.below(special.len())]),
        _ => format!("CAST({}.5 AS DOUBLE)", random.below(20)),
    }
}

/// Longer than what statistics keep, with letters of one to four bytes.
fn text(part: usize, random: &mut Random) -> String {
    const LETTERS: [&str; 8] = ["a", "b", "Z", "_", "%", "é", "漢", "😀"];
    let letters: String = (0..random.below(24)).map(|_| LETTERS[random.below(8)]).collect();
    format!("'{}{letters}'", LETTERS[(part + random.below(2)) % 8])
}

async fn session(warehouse: &Path) -> Result<SessionContext, DataFusionError> {
    let warehouse = warehouse.display().to_string();
    let catalog = rimon_catalog::connect([("warehouse", warehouse)]).await.expect("a catalog");
    let context = SessionContext::new_with_config(session_config("paimon"));
    register(&context, "paimon", catalog)?;
    Ok(context)
}

async fn run(context: &SessionContext, text: &str) -> Result<(), DataFusionError> {
    sql(context, text).await.map(drop)
}
