use datafusion::sql::sqlparser::ast::{Ident, ObjectName};
use rimon_spec::{DataType, MAX_LENGTH, TypeKind};

use super::*;

fn one(sql: &str) -> Kind {
    let mut all = parse(sql).unwrap();
    assert_eq!(all.len(), 1, "{sql}");
    all.remove(0).kind
}

fn error(sql: &str) -> String {
    parse(sql).unwrap_err().to_string()
}

fn table(sql: &str) -> CreateTable {
    match one(sql) {
        Kind::CreateTable(table) => *table,
        other => panic!("{other:?}"),
    }
}

fn names(idents: &[Ident]) -> Vec<&str> {
    idents.iter().map(|i| i.value.as_str()).collect()
}

#[test]
fn statements_are_cut_at_semicolons_that_are_tokens() {
    let sql = "SELECT ';' ; -- a ; b\n /* ; */ SELECT \";\" ;; SELECT 1";
    assert_eq!(split(sql).unwrap().len(), 3);
    assert_eq!(split("  -- nothing\n ; ").unwrap().len(), 0);
}

#[test]
fn a_shell_knows_when_a_statement_is_complete() {
    assert!(is_complete("SELECT 1;"));
    assert!(is_complete("SELECT 1; -- done"));
    assert!(is_complete("  "));
    assert!(!is_complete("SELECT 1"));
    assert!(!is_complete("SELECT ';"));
    assert!(!is_complete("SELECT ';'"));
    assert!(!is_complete("SELECT 1 /* ;"));
}

#[test]
fn create_table_with_every_clause() {
    let t = table(
        "CREATE TABLE IF NOT EXISTS db.\"T\" (
            id BIGINT NOT NULL COMMENT 'the id',
            dt STRING DEFAULT 'a;b' NOT NULL,
            price DECIMAL(10, 2) DEFAULT -1.5 COMMENT 'in EUR',
            PRIMARY KEY (dt, id) NOT ENFORCED
        ) COMMENT 'orders' PARTITIONED BY (dt) WITH ('bucket' = '4'    , 'merge-engine' = 'deduplicate', write.only = true)",
    );
    assert!(t.if_not_exists);
    assert_eq!(t.name.to_string(), "db.\"T\"");
    assert_eq!(names(&t.primary_key), ["dt", "id"]);
    assert_eq!(names(&t.partitioned_by), ["dt"]);
    assert_eq!(t.comment.as_deref(), Some("orders"));
    let options: Vec<_> = t.options.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(options, [("bucket", "4"), ("merge-engine", "deduplicate"), ("write.only", "true")]);
    let [id, dt, price] = t.columns.as_slice() else { panic!("{:?}", t.columns) };
    assert_eq!(id.data_type, DataType::not_null(TypeKind::BigInt));
    assert_eq!(id.comment.as_deref(), Some("the id"));
    assert_eq!(dt.data_type, DataType::string().with_nullable(false));
    assert_eq!(dt.default.as_deref(), Some("'a;b'"));
    assert_eq!(price.default.as_deref(), Some("-1.5"));
    assert_eq!(price.comment.as_deref(), Some("in EUR"));
}

#[test]
fn a_key_on_its_column_and_other_words_for_the_options() {
    let t = table("CREATE TABLE t (id INT PRIMARY KEY, v INT) TBLPROPERTIES ('bucket' = '1')");
    assert_eq!(names(&t.primary_key), ["id"]);
    assert_eq!(t.options.len(), 1);
    let t =
        table("CREATE TABLE t (id INT PRIMARY KEY NOT ENFORCED) USING paimon OPTIONS (bucket '1')");
    assert_eq!(t.options, [("bucket".to_string(), "1".to_string())]);
    let t = table("CREATE TABLE t WITH ('primary-key' = 'a') AS SELECT 1 AS a");
    assert!(t.columns.is_empty() && t.query.is_some());
}

#[test]
fn what_paimon_has_no_place_for_is_refused() {
    assert!(error("CREATE TABLE t (a INT UNIQUE)").contains("UNIQUE"));
    assert!(error("CREATE TABLE t (a INT DEFAULT now())").contains("literal"));
    assert!(error("CREATE TABLE t (a INT PRIMARY KEY, b INT PRIMARY KEY)").contains("twice"));
    assert!(error("CREATE TABLE t (a INT) WITH ('k' = '1', 'k' = '2')").contains("'k'"));
    assert!(error("CREATE TABLE t (a NUMBER)").contains("NUMBER"));
    assert!(error("CREATE TABLE t (a TIMESTAMP WITH TIME ZONE)").contains("LOCAL"));
    assert!(error("CREATE TABLE t (a DECIMAL(39, 2))").contains("38"));
    assert!(error("CREATE TABLE t (a INT) STORED AS ORC").contains("STORED"));
    assert!(error("CREATE TABLE t").contains("columns"));
    assert!(error("CREATE TABLE t (a INT PRIMARY KEY ENFORCED)").contains("ENFORCED"));
}

#[test]
fn types() {
    let kind = |sql: &str| {
        let t = table(&format!("CREATE TABLE t (c {sql})"));
        t.columns[0].data_type.kind.clone()
    };
    assert_eq!(kind("TINYINT"), TypeKind::TinyInt);
    assert_eq!(kind("DOUBLE PRECISION"), TypeKind::Double);
    assert_eq!(kind("DECIMAL"), TypeKind::Decimal { precision: 10, scale: 0 });
    assert_eq!(kind("VARCHAR(7)"), TypeKind::VarChar { length: 7 });
    assert_eq!(kind("VARCHAR"), TypeKind::VarChar { length: MAX_LENGTH });
    assert_eq!(kind("CHAR"), TypeKind::Char { length: 1 });
    assert_eq!(kind("BYTES"), TypeKind::VarBinary { length: MAX_LENGTH });
    assert_eq!(kind("TIME(3)"), TypeKind::Time { precision: 3 });
    assert_eq!(kind("TIMESTAMP"), TypeKind::Timestamp { precision: 6 });
    assert_eq!(kind("TIMESTAMP(9) WITHOUT TIME ZONE"), TypeKind::Timestamp { precision: 9 });
    let zoned = TypeKind::LocalZonedTimestamp { precision: 3 };
    assert_eq!(kind("TIMESTAMP_LTZ(3)"), zoned);
    assert_eq!(kind("TIMESTAMP(3) WITH LOCAL TIME ZONE"), zoned);
    let TypeKind::Map { key, value } = kind("MAP<STRING NOT NULL, ARRAY<ARRAY<INT NOT NULL>>>")
    else {
        panic!()
    };
    assert!(!key.nullable);
    let TypeKind::Array(inner) = value.kind else { panic!() };
    let TypeKind::Array(inner) = inner.kind else { panic!() };
    assert_eq!(*inner, DataType::not_null(TypeKind::Int));
    let TypeKind::Row(fields) = kind("ROW<a INT COMMENT 'x', `B c` MAP<INT, ROW(d DATE)>>") else {
        panic!()
    };
    assert_eq!(fields[0].description.as_deref(), Some("x"));
    assert_eq!(fields[1].name, "B c");
    assert!(error("CREATE TABLE t (c ARRAY<INT)").contains("Expected"));
    assert!(error("CREATE TABLE t (c ARRAY<INT>>)").contains("Expected"));
}

#[test]
fn databases_and_drops() {
    let db = ObjectName::from(vec![Ident::new("db")]);
    let created = one("create schema if not exists db comment 'c' with ('k' = 'v')");
    let pairs = vec![("comment".to_string(), "c".to_string()), ("k".to_string(), "v".to_string())];
    assert_eq!(
        created,
        Kind::CreateDatabase { name: db.clone(), if_not_exists: true, options: pairs }
    );
    assert_eq!(
        one("DROP DATABASE db CASCADE"),
        Kind::DropDatabase { name: db.clone(), if_exists: false, cascade: true }
    );
    assert!(matches!(one("DROP TABLE IF EXISTS a, db.b"),
        Kind::DropTable { names, if_exists: true } if names.len() == 2));
    assert_eq!(one("USE db"), Kind::Use(db.clone()));
    assert_eq!(one("SHOW TABLES IN db LIKE 'a%'"), Kind::ShowTables(Some(db), Some("a%".into())));
    assert!(error("DROP DATABASE db CASCADE RESTRICT").contains("end of statement"));
}

#[test]
fn alter_table() {
    let actions = |sql: &str| match one(sql) {
        Kind::AlterTable { actions, .. } => actions,
        other => panic!("{other:?}"),
    };
    let added = actions("ALTER TABLE t ADD COLUMN c INT DEFAULT 3 COMMENT 'x' AFTER b");
    let [AlterAction::AddColumn(column, Some(ColumnPosition::After(b)))] = added.as_slice() else {
        panic!("{added:?}")
    };
    assert_eq!((column.default.as_deref(), b.value.as_str()), (Some("3"), "b"));
    assert_eq!(actions("ALTER TABLE t ADD (c INT, d STRING)").len(), 2);
    assert_eq!(actions("ALTER TABLE t DROP COLUMNS (c, d)").len(), 2);
    assert_eq!(
        actions("ALTER TABLE t ALTER COLUMN c TYPE BIGINT"),
        [AlterAction::SetType(Ident::new("c"), DataType::new(TypeKind::BigInt))]
    );
    assert_eq!(
        actions("ALTER TABLE t SET ('a' = '1', 'b' = 'x')")[1],
        AlterAction::SetOption("b".into(), "x".into())
    );
    assert_eq!(
        actions("ALTER TABLE t UNSET TBLPROPERTIES ('a')"),
        [AlterAction::ResetOption("a".into())]
    );
    assert!(matches!(actions("ALTER TABLE t RENAME TO u")[0], AlterAction::RenameTable(_)));
    assert!(error("ALTER TABLE t FROBNICATE").contains("ADD"));
}

#[test]
fn everything_else_is_data_fusions() {
    for sql in [
        "SELECT 1",
        "INSERT INTO t VALUES (1)",
        "CREATE EXTERNAL TABLE t STORED AS PAIMON LOCATION '/x'",
        "CREATE VIEW v AS SELECT 1",
        "EXPLAIN SELECT 1",
        "SHOW ALL",
        "SELECT at.id FROM t at",
        "SELECT * FROM t before",
    ] {
        assert!(matches!(one(sql), Kind::DataFusion(_)), "{sql}");
    }
    assert!(error("SELEC 1").contains("SELEC"));
    assert!(error("SELECT 1 FROM (SELECT").contains("Expected"));
}

#[test]
fn versions_are_taken_out_of_every_table() {
    let Kind::DataFusion(mut statement) = one("WITH c AS (SELECT * FROM a VERSION AS OF 1)
         SELECT (SELECT max(x) FROM b VERSION AS OF 'v1') FROM c
         JOIN db.d TIMESTAMP AS OF '2024-01-01' AS e ON true
         JOIN f FOR SYSTEM_TIME AS OF '2024-01-02' ON true
         JOIN g ON true
         JOIN h WITH ('scan.snapshot-id' = '2') ON true")
    else {
        panic!()
    };
    let mut seen = Vec::new();
    take_versions(&mut statement, &mut |name, to| {
        seen.push(match to {
            TravelTo::Version(text) => format!("{name}={text}"),
            TravelTo::Timestamp(expr) => format!("{name}@{expr}"),
            TravelTo::Options(options) => format!("{name}{options:?}"),
        });
        Ok(ObjectName::from(vec![Ident::with_quote('"', format!("{name}!"))]))
    })
    .unwrap();
    seen.sort();
    assert_eq!(
        seen,
        ["a=1", "b=v1", "db.d@'2024-01-01'", "f@'2024-01-02'", r#"h[("scan.snapshot-id", "2")]"#]
    );
    let text = statement.to_string();
    assert!(text.contains("\"a!\" AS a"), "{text}");
    assert!(text.contains("\"db.d!\" AS e"), "{text}");
    assert!(!text.contains("AS OF"), "{text}");
}
