//! `rimon table`.

use std::process::Stdio;

use crate::process::Place;

fn csv(place: &Place, args: &[&str]) -> String {
    let args: Vec<_> = args.iter().copied().chain(["--format", "csv"]).collect();
    place.run(&args).ok().stdout
}

#[test]
fn a_table_from_its_birth_to_its_end() {
    let place = Place::new();
    let create = [
        "table",
        "create",
        "shop.stock",
        "--column",
        "dt STRING NOT NULL",
        "--column",
        "id BIGINT NOT NULL COMMENT 'on the label'",
        "--column",
        "\"Where, Exactly\" MAP<STRING, INT>",
        "--primary-key",
        "dt,id",
        "--partitioned-by",
        "dt",
        "--option",
        "bucket=4",
        "--option",
        "bucket=2",
        "--comment",
        "it's here",
        "--format",
        "csv",
    ];
    let created = place.run(&create).ok();
    let expected = "id,column,type,nullable,primary_key,partition,default,comment\n\
        0,dt,STRING,false,1,1,,\n\
        1,id,BIGINT,false,2,,,on the label\n\
        2,\"Where, Exactly\",\"MAP<STRING, INT>\",true,,,,\n";
    assert!(created.stdout.ends_with(expected), "{created:?}");
    let described = csv(&place, &["table", "describe", "shop.stock"]);
    assert_eq!(described, created.stdout);
    for line in [
        "table,shop.stock",
        "primary key,\"dt, id\"",
        "partitioned by,dt",
        "comment,it's here",
        "option bucket,2",
    ] {
        assert!(described.lines().any(|found| found == line), "{line}: {described}");
    }

    place.run(&create).fails(1, "stock");
    let again: Vec<_> = create.iter().copied().chain(["--if-not-exists"]).collect();
    place.run(&again).ok();
    assert_eq!(csv(&place, &["table", "list"]), "database,table\nshop,stock\n");
    assert_eq!(csv(&place, &["table", "list", "shop"]), "database,table\nshop,stock\n");
    assert_eq!(csv(&place, &["table", "list", "default"]), "database,table\n");
    place.run(&["table", "list", "nodb"]).fails(1, "nodb");

    let insert = "INSERT INTO shop.stock (dt, id) VALUES ('d1', 1), ('d2', 2)";
    place.run(&["sql", "-c", insert]).ok();
    place.run(&["sql", "-c", insert]).ok();
    let snapshots = csv(&place, &["table", "snapshots", "shop.stock"]);
    assert_eq!(snapshots.lines().count(), 3, "{snapshots}");
    assert!(snapshots.contains(",APPEND,"), "{snapshots}");
    assert_eq!(csv(&place, &["table", "files", "shop.stock"]).lines().count(), 5);
    assert_eq!(csv(&place, &["table", "schemas", "paimon.shop.stock"]).lines().count(), 2);
    assert_eq!(csv(&place, &["table", "options", "shop.stock"]), "key,value\nbucket,2\n");

    place.run(&["table", "drop", "shop.stock"]).fails(2, "asked").hints("--yes");
    assert_eq!(csv(&place, &["table", "drop", "shop.stock", "--yes"]), "dropped\nshop.stock\n");
    place.run(&["table", "drop", "shop.stock", "--yes"]).fails(1, "stock");
    place.run(&["table", "drop", "shop.stock", "--yes", "--if-exists"]).ok();
    assert!(!place.path("warehouse/shop.db/stock").exists());
}

#[test]
fn every_verb_speaks_every_format() {
    let place = Place::new();
    place.run(&["sql", "-c", "CREATE TABLE t (a INT); INSERT INTO t VALUES (1)"]).ok();
    for verb in ["describe", "snapshots", "files", "schemas", "options"] {
        for format in ["table", "csv", "tsv", "json", "ndjson", "arrow"] {
            let args = ["table", verb, "t", "--format", format];
            let output = place.command(&args).stdout(Stdio::piped()).output().unwrap();
            assert!(output.status.success(), "{verb} {format}: {output:?}");
        }
    }
    let json = place.run(&["table", "snapshots", "t", "--format", "json"]).ok().stdout;
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows[0]["snapshot_id"], 1);
    assert_eq!(rows[0]["total_record_count"], 1);
}

#[test]
fn wrong_columns_are_wrong_usage() {
    let place = Place::new();
    for column in ["a", "a NOTYPE", "a INT, b INT", "a INT) WITH ('bucket' = '1'", ""] {
        let run = place.run(&["table", "create", "t", "--column", column]).fails(2, "--column");
        run.hints("NAME TYPE");
    }
    place.run(&["table", "create", "t"]).fails(2, "--column");
    let args = ["table", "create", "t", "--column", "a INT", "--primary-key", "b"];
    place.run(&args).fails(1, "b");
    let args = ["table", "create", "t", "--column", "a INT", "--option", "buket=1"];
    place.run(&args).fails(1, "buket");
    assert!(!place.path("warehouse/default.db/t").exists());
}
